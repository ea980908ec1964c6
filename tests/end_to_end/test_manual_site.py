"""The manual as it is built: strictly, with tables as tables, and no page that fetches anything from elsewhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.manual import PAGES, ROOT

ELSEWHERE = re.compile(r"""<(?!a\b)\w+\b[^>]*?\b(?:src|href|srcset|action|data)=["']?(?:https?:)?//[^>]*>""")


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the manual, built with warnings as errors."""
    folder = tmp_path_factory.mktemp("manual")
    shutil.copytree(ROOT / "docs", folder / "docs")
    config = (ROOT / "zensical.toml").read_text(encoding="utf-8")
    (folder / "zensical.toml").write_text(config.replace('paths = ["src"]', f'paths = ["{ROOT / "src"}"]'), "utf-8")
    command = [str(Path(sys.executable).parent / "zensical"), "build", "--strict", "-f", str(folder / "zensical.toml")]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "docs"


def test_every_page_is_built(site: Path) -> None:
    docs = ROOT / "docs"
    wanted = {str(page.relative_to(docs).with_suffix(".html")) for page in PAGES[1:]}
    assert wanted <= {str(page.relative_to(site)) for page in site.rglob("*.html")}


def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert ELSEWHERE.findall(text) == [], page
        assert "default-src 'self'" in text, page
    styles = [style.read_text(encoding="utf-8") for style in site.rglob("*.css")]
    assert styles
    assert [text for text in styles if re.search(r"(?:url\(|@import)\s*[\"']?(?:https?:)?//", text)] == []


def test_a_page_that_fetches_something_would_be_noticed() -> None:
    assert ELSEWHERE.findall('<link rel="stylesheet" href="https://fonts.example/x.css">')
    assert not ELSEWHERE.findall('<a href="https://www.nhs.uk">NHS</a>')


def test_tables_are_tables(site: Path) -> None:
    broken = {
        str(page.relative_to(site)): found
        for page in site.rglob("*.html")
        if (found := re.findall(r"<p>\s*\|[^<]*|\|---\|", page.read_text(encoding="utf-8")))
    }
    assert broken == {}


def test_the_program_that_makes_the_manual_is_not_in_it(site: Path) -> None:
    assert [path.name for path in site.rglob("*.py")] == []


def test_the_search_needs_no_server(site: Path) -> None:
    assert (site / "search.js").read_text(encoding="utf-8").startswith("var __index")
    assert "window.Worker = class" in (site / "index.html").read_text(encoding="utf-8")
