"""Messages use the words of the glossary: a list of words that a reader would stumble over, and how they are found."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.manual import PAGES, ROOT

SOURCE = ROOT / "src" / "riskstrat"
INSTEAD = {
    r"\bfaults?\b|a fault of ours": "error, problem",
    r"\bmend(s|ed|ing)?\b": "correct",
    r"\bset aside\b": "rejected",
    r"\bkept off\b": "excluded",
    r"\bbooks\b": "line counts",
    r"\bbundles?\b": "model",
    r"\w\(s\)": "plural()",
    r"\b(the same|it) was (compared|validated|trained|scored) before\b": "Nothing to do",
    r"\bholds? the case\b|\banswers for the case\b": "caseload, responsible",
    r"\bthere is no room\b|\bbut no room\b": "places",
    r"\bstood for by\b|\bstand for them\b": "weighted",
    r"\bcutoff\b|\bhorizon\b|\btargeting\b": "index date, outcome window, case finding",
    r"\bprecision@k\b|\btop-N\b": "PPV at capacity",
}
SQL = re.compile(r"\b(SELECT|COPY|CREATE|INSERT|WITH|DESCRIBE|FROM|AS|AND|OR|WHEN)\b")


def user_texts(path: Path) -> Iterator[tuple[int, str]]:
    """Every string of a module that has words, and is no docstring and no SQL, with its line."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or id(node) in docs:
            continue
        if " " in node.value.strip() and not SQL.search(node.value) and node.value[:2] != ", ":
            yield node.lineno, node.value


def stumbles(text: str) -> list[str]:
    """The words of a text that have a plainer one, with that."""
    return [
        f"{found[0]!r}: write {better}" for word, better in INSTEAD.items() if (found := re.search(word, text, re.I))
    ]


def test_messages_use_plain_words() -> None:
    found = [
        f"{path.relative_to(SOURCE)}:{line} {one}"
        for path in sorted(SOURCE.rglob("*.py"))
        for line, text in user_texts(path)
        for one in stumbles(text)
    ]
    assert found == [], found


@pytest.mark.parametrize(
    "page", [page for page in PAGES if "reference/api" not in str(page)], ids=lambda page: page.name
)
def test_pages_use_plain_words(page: Path) -> None:
    text = re.sub(r"`[^`]*`|^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    assert stumbles(text) == []


def test_templates_use_plain_words() -> None:
    templates = [path for path in (SOURCE / "templates").iterdir() if path.is_file()]
    assert templates
    assert {path.name: found for path in templates if (found := stumbles(path.read_text(encoding="utf-8")))} == {}


def test_a_word_that_is_not_plain_is_found() -> None:
    assert stumbles("study.toml has 2 fault(s): mend them") != []
    assert stumbles("study.toml has 2 errors. Correct them.") == []
