"""Reports in a browser: nothing is wider than the window, and axe finds nothing amiss, in light and dark."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from tests.support.bundles import bundle
from tests.support.comparisons import comparison, validation

from riskstrat.reports.card import card_page
from riskstrat.reports.comparison.report import comparison_report
from riskstrat.reports.page.write import html
from riskstrat.study.study_file import Study

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
AXE = "axe-core@4"
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
OPENED = 'document.querySelectorAll("details").forEach(one => { one.open = true; });'
WIDTHS = """
const wide = [...document.querySelectorAll("body *")].filter(one =>
  !one.closest(".scroll, .drawing") &&
  one.getBoundingClientRect().right > innerWidth + 1);
const shown = wide.map(one => one.outerHTML.slice(0, 80));
done({inner: innerWidth, page: document.documentElement.scrollWidth, wide: shown});
"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CHECK = f"""
axe.run(document, {{runOnly: {json.dumps(RULES)}, resultTypes: ["violations"]}}).then(found => done({{
  passed: found.passes.length, violations: found.violations.map(one => [one.id, one.nodes.slice(0, 3).map(n => n.html)])
}})).catch(error => done({{error: String(error)}}));
"""
ANSWER = "function done(said) { parent.postMessage(JSON.stringify(said), '*'); }"
WINDOW = """<!DOCTYPE html><title>a window</title><pre id="answer"></pre><script>
addEventListener("message", said => { document.getElementById("answer").textContent = said.data; });
</script><iframe src="page.html" style="width: WIDTHpx; height: 900px; border: 0"></iframe>"""

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]


@pytest.fixture(scope="module")
def pages() -> dict[str, str]:
    """A comparison, a validation that finds calibration lost, and a card."""
    card = card_page(bundle(), Study(name="Example study"), validation(shift=0.0))
    return {
        "compare": html(comparison_report(comparison())),
        "validate": html(comparison_report(validation())),
        "card": html(card),
    }


@pytest.fixture(scope="module")
def axe(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The script of axe-core, from the npm registry."""
    npm, folder = shutil.which("npm"), tmp_path_factory.mktemp("axe")
    if npm is None:
        pytest.skip("no npm is installed")
    got = subprocess.run([npm, "install", "--no-audit", "--no-fund", "--prefix", folder, AXE], capture_output=True)
    if got.returncode:
        pytest.skip("axe-core could not be fetched")
    return (folder / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def asked(page: str, script: str, width: int, folder: Path, *options: str) -> dict[str, Any]:
    """What a script says of a copy of a page that lets it run, in a frame of some width.

    A window of Chromium is never narrower than 500 pixels.
    """
    free = POLICY.sub("", page)
    assert free != page, "the page itself lets no script run"
    written = free.replace("</body>", f"<script>{OPENED}{ANSWER}{script}</script></body>")
    (folder / "page.html").write_text(written, encoding="utf-8")
    (folder / "window.html").write_text(WINDOW.replace("WIDTH", f"{width}"), encoding="utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += ["--window-size=1400,1000", "--virtual-time-budget=60000", *options, "--dump-dom"]
    command.append((folder / "window.html").as_uri())
    seen = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout
    answer = re.search(r'<pre id="answer">(.*?)</pre>', seen, re.S)
    assert answer is not None
    said: dict[str, Any] = json.loads(unescape(answer[1]))
    return said


@pytest.mark.parametrize("name", ["compare", "validate", "card"])
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_wider_than_the_window(name: str, width: int, pages: dict[str, str], tmp_path: Path) -> None:
    said = asked(pages[name], WIDTHS, width, tmp_path)
    assert said["inner"] == width
    assert said["page"] <= width
    assert said["wide"] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["compare", "validate", "card"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_amiss(name: str, theme: str, pages: dict[str, str], axe: str, tmp_path: Path) -> None:
    options = ["--blink-settings=preferredColorScheme=0"] if theme == "dark" else []
    said = asked(pages[name], axe + CHECK, 1280, tmp_path, *options)
    assert said.get("violations") == [], said
    assert said["passed"] > 20
