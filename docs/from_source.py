"""Reference pages that are made from the source files: messages, decisions, packages, make targets, API pages."""

from __future__ import annotations

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from docs.from_program import cell, code, page, table

from riskstrat.errors import all_errors

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "riskstrat"
CODES = {kind.__name__: kind.exit_code for kind in all_errors()}


def _modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted(SOURCE.rglob("*.py")):
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _text(node: ast.expr | None, names: Mapping[str, ast.expr]) -> str:
    """Write a string of the source, with … for what is filled in; names are looked up once."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(part, {}) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, names) + _text(node.right, names)
    if isinstance(node, ast.IfExp):
        return " / ".join(filter(None, (_text(node.body, names), _text(node.orelse, names))))
    if isinstance(node, ast.Name) and node.id in names:
        return _text(names[node.id], {})
    return "" if node is None else "…"


def _assigned(tree: ast.AST) -> dict[str, ast.expr]:
    """The value of each name that is assigned once and on its own."""
    found = [(node.targets[0], node.value) for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    names = [target.id for target, _ in found if isinstance(target, ast.Name)]
    return {t.id: value for t, value in found if isinstance(t, ast.Name) and names.count(t.id) == 1}


def _error_calls(tree: ast.AST, names: Mapping[str, ast.expr]) -> Iterator[tuple[ast.Call, Mapping[str, ast.expr]]]:
    """Every call that makes an error, with the names known where it stands."""
    for node in ast.iter_child_nodes(tree):
        known = {**names, **_assigned(node)} if isinstance(node, ast.FunctionDef) else names
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CODES:
            yield node, known
        yield from _error_calls(node, known)


@dataclass(frozen=True, order=True)
class ErrorMessage:
    """One place in the source that makes an error: its exit code, its message and its advice."""

    exit_code: int
    message: str
    advice: str


@cache
def error_messages() -> tuple[ErrorMessage, ...]:
    """Every error message of the source, each once, by exit code."""
    found = set()
    calls = (found for _, tree in _modules() for found in _error_calls(tree, _assigned(tree)))
    for call, names in calls:
        given = {word.arg: word.value for word in call.keywords}
        message = _text(call.args[0] if call.args else given.get("message"), names)
        advice = _text(given.get("advice"), names)
        found.add(ErrorMessage(CODES[call.func.id], message, "" if advice == "…" else advice))
    return tuple(sorted(found))


def messages() -> str:
    """Write every error message, with what to do."""
    found, parts = error_messages(), []
    for kind in all_errors():
        mine = [one for one in found if one.exit_code == kind.exit_code]
        if mine:
            rows = [(one.message, one.advice) for one in mine]
            parts.append(f"## {kind.exit_code}: {cell(kind.meaning)}\n\n{table(('message', 'what to do'), rows)}")
    intro = (
        "Every error message of the program, by [exit code](exit-codes.md). … stands for what is filled in: a "
        "file, a setting, a count. A message that ends with a colon is followed by every place where it applies. "
        "Where the second column is empty, what to do depends on the case and is printed with the message. "
        "[Troubleshooting](../troubleshooting.md) explains the ones that are met most."
    )
    return page("# Messages", intro, *parts)


GROUPS = {
    "tables": "Tables, codes and dates",
    "study": "The study",
    "governance": "Governance",
    "ingest": "Reading extracts",
    "features": "Cohort, features and outcomes",
    "modelling": "Models",
    "evaluation": "Judging models",
    "lists": "Lists and decisions of teams",
    "reports": "Reports",
    "steps": "Commands",
    "cli": "The command line",
    "registry.py": "Extensions",
}
"""Packages in the order in which data flow, each with the heading of its decisions."""
SECTION = re.compile(r"^Decisions?\n-{3,}\n(.*?)(?=^\S[^\n]*\n-{3,}\n|\Z)", re.M | re.S)


@dataclass(frozen=True)
class Decision:
    """The Decision section of one module, with the first line of its docstring."""

    where: str
    line: str
    text: str

    @property
    def group(self) -> str:
        """The package, or the module if it is in none."""
        return self.where.split("/")[0]

    @property
    def stem(self) -> str:
        """The name of the module."""
        return Path(self.where).stem

    @property
    def title_and_rest(self) -> tuple[str, str]:
        """The first line up to its colon as a short title, and what follows it.

        >>> Decision("features/scores/lace.py", "Define the LACE index: length of stay, acuity.", "").title_and_rest
        ('The LACE index', 'Length of stay, acuity')
        """
        title, _, rest = re.sub(r"[.:]$", "", self.line).removeprefix("Define ").replace("; ", ": ", 1).partition(": ")
        return _upper(title), _upper(rest)


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def all_decisions() -> list[Decision]:
    """Every decision of the source, in the order in which data flow."""
    found = []
    for path, tree in _modules():
        doc = ast.get_docstring(tree) or ""
        if match := SECTION.search(doc):
            found.append(Decision(path.relative_to(SOURCE).as_posix(), doc.splitlines()[0], match[1]))
    return sorted(found, key=lambda one: (list(GROUPS).index(one.group), one.where))


def _titles(found: Sequence[Decision]) -> dict[Decision, str]:
    """Give each decision a title of its own."""
    times = Counter(one.title_and_rest[0] for one in found)
    titles = {one: one.title_and_rest[0] for one in found}
    return {
        one: f"{title} ({GROUPS[one.group].lower()})" if times[title] > 1 else title for one, title in titles.items()
    }


def decisions() -> str:
    """Write the Decision section of every module that has one."""
    titles = _titles(all_decisions())
    body = [
        f"## {heading}\n\n" + "\n\n".join(_decision(one, titles) for one in titles if one.group == group)
        for group, heading in GROUPS.items()
    ]
    intro = (
        "What was decided about patients, data and figures, and on what source. Each decision is written in the module "
        "that carries it out; this page collects them, in the order in which data flow. Search the page for the word "
        "that you need."
    )
    return page("# Decisions", intro, *body)


def _decision(one: Decision, titles: Mapping[Decision, str]) -> str:
    rest = one.title_and_rest[1]
    lead = f"*{rest}.*\n\n" if rest else ""
    stems = Counter(other.stem for other in titles)
    known = {other.stem: title for other, title in titles.items() if stems[other.stem] == 1 or other.group == one.group}
    known |= {f"{other.group}.{other.stem}": title for other, title in titles.items()}
    text = _linked(_markdown(one.text), {name: title for name, title in known.items() if title != titles[one]})
    return f"### {titles[one]}\n\n{lead}{text}\n\nModule: `src/riskstrat/{one.where}`"


def _markdown(text: str) -> str:
    r"""Turn the text of a docstring into Markdown: code, lists of terms, no doctests.

    >>> print(_markdown("Two.\n\n``a`` (default)\n    1 < 2\n    days.\n``b``\n    3.\n\n>>> 1\n1"))
    Two.
    <BLANKLINE>
    - `a` (default): 1 &lt; 2 days.
    - `b`: 3.
    """
    text = re.sub(r"^>>> .*(?:\n.+)*", "", text, flags=re.M)
    text = re.sub(
        r"^(``\S.*)\n((?: {4}\S.*(?:\n|\Z))+)", lambda m: f"- {m[1]}: {' '.join(m[2].split())}\n", text, flags=re.M
    )
    text = re.sub(r"(?<=[^\n])\n(- ``)", lambda m: f"\n{m[1]}", text)
    text = re.sub(r"``([^`]+)``", r"`\1`", text.strip())
    return "".join(part if part.startswith("`") else part.replace("<", "&lt;") for part in re.split(r"(`[^`]*`)", text))


def _linked(text: str, titles: Mapping[str, str]) -> str:
    """Link ``see `module` `` to the decision of that module.

    >>> _linked("held (see `capacity`)", {"capacity": "PPV, at capacity"})
    'held (see [`capacity`](#ppv-at-capacity))'
    """

    def link(found: re.Match[str]) -> str:
        title = titles.get(found[2]) or titles.get(found[2].rpartition(".")[2])
        return f"{found[1]}[`{found[2]}`](#{_slug(title)})" if title else found[0]

    return re.sub(r"(\bsee |[(])`([a-z_.]+)`", link, text)


def _slug(title: str) -> str:
    return re.sub(r"[ -]+", "-", re.sub(r"[^\w -]", "", title.lower()).strip())


def layers() -> list[str]:
    """The packages and modules of the program, from the top of the import layers down."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return " | ".join(project["tool"]["importlinter"]["contracts"][0]["layers"]).split(" | ")


def _place(name: str) -> Path:
    return SOURCE / name / "__init__.py" if (SOURCE / name).is_dir() else SOURCE / f"{name}.py"


def packages() -> str:
    """Write what each package is for."""
    rows = []
    for name in layers():
        doc = ast.get_docstring(ast.parse(_place(name).read_text(encoding="utf-8"))) or ""
        rows.append((code(name), doc.splitlines()[0]))
    intro = (
        "Twelve packages and five modules, from top to bottom. Each imports only from those below it, and from a "
        "package only what its `__init__.py` names. `make check` holds that."
    )
    return f"# Packages\n\n{intro}\n\n{table(('package or module', 'what it is'), rows)}"


def make_targets() -> str:
    """Write what each target of the Makefile does."""
    found = re.findall(r"^([a-z-]+):.*## (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    return f"# Make targets\n\n{table(('target', 'does'), [(code(f'make {name}'), does) for name, does in found])}"


def api_pages() -> dict[str, object]:
    """One page of the API for each package, and for the module that extensions import."""
    names = [name for name in layers() if name not in ("__main__", "cli", "steps")]
    return {name: lambda name=name: f"# riskstrat.{name}\n\n::: riskstrat.{name}" for name in names}
