"""The worklist and the patient's page in a browser: they do what they say, fit, and axe finds nothing amiss."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from tests.end_to_end.test_reporting_browser import CHECK, CHROMIUM, WIDTHS, asked, axe
from tests.unit.lists.test_worklist import FIRST, PAGE, PAGES, PATIENT, Read, case_list

from riskstrat.lists.files.worklist import PracticeLists, worklist_html

__all__ = ["axe"]

pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium is installed")]

STEPS = """
const by = id => document.getElementById(id);
const box = (kind, one) => document.querySelector(`[data-${kind}=${one}]`);
const names = () => [...document.querySelectorAll("#list-1 tbody tr")]
  .filter(one => !one.hidden).map(one => one.querySelector(".pseudonym").textContent.slice(0, 4));
const set = (field, name, value) => {
  field[name] = value;
  field.dispatchEvent(new Event("input", {bubbles: true}));
  return names();
};
const find = text => set(by("search"), "value", text);
const while_ = (kind, one, on) => {
  const found = set(box(kind, one), "checked", on);
  set(box(kind, one), "checked", !on);
  return found;
};
const press = key => { document.querySelector(`#list-1 .labels .${key} button`).click(); return names(); };
const said = {all: names(), count: by("count").textContent, tools: by("tools").hidden};
said.condition = find("copd");
said.unfolded = document.querySelector("#list-1 details").open;
said.label = find("emergency admissions (12 m)");
said.pseudonym = find(" 0077CD ");
said.narrowed = document.querySelector("#list-1 .narrowed").textContent;
find("");
said.folded = !document.querySelector("#list-1 details").open;
said.markup = find("<script>");
said.nothing = find("no such thing");
said.empty = document.querySelector("#list-1 .nobody").hidden;
find("");
said.news = while_("only", "news", true);
said.nobody = while_("only", "nobody", true);
said.living = while_("show", "end-of-life", false);
said.home = while_("show", "care-home", false);
said.riskiest = press("risk");
said.sorted = document.querySelector("#list-1 .risk[aria-sort]").getAttribute("aria-sort");
said.safest = press("risk");
said.blankLast = press("person");
said.risen = press("change");
set(by("role"), "value", "list-2");
said.role = [by("list-1").hidden, by("list-2").hidden, by("count").textContent];
done(said);
"""
ALL = ["0012", "0077", "=1+1"]
FOUND = {
    "all": ALL, "count": "4 of 4 places shown", "tools": False, "condition": ["0012"], "unfolded": True,
    "folded": True, "label": [], "pseudonym": ["0077"],
    "narrowed": "Filtered: 1 of 3 shown.", "markup": ["=1+1"], "nothing": [], "empty": False,
    "news": ["0012", "=1+1"], "nobody": ["0012", "=1+1"], "living": ["0012", "=1+1"], "home": ["0077", "=1+1"],
    "riskiest": ["0012", "=1+1", "0077"], "sorted": "descending", "safest": ["0077", "=1+1", "0012"],
    "blankLast": ["0012", "0077", "=1+1"], "risen": ["0012", "=1+1", "0077"],
    "role": [True, False, "1 of 4 places shown"],
}  # fmt: skip


def browse(page: str, folder: Path, *options: str) -> str:
    """What Chromium says of a page as it is, under its own policy."""
    (folder / "page.html").write_text(page, "utf-8")
    command = [str(CHROMIUM), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={folder / 'profile'}"]
    command += [*options, (folder / "page.html").as_uri()]
    return subprocess.run(command, capture_output=True, text=True, timeout=300, check=True).stdout


def test_search_filters_and_sorting_work(tmp_path: Path) -> None:
    said = asked(PAGE, STEPS, 1280, tmp_path)
    assert said == FOUND


@pytest.mark.parametrize(("until", "expired"), [("2020-01-01", True), ("2999-01-01", False)])
def test_the_script_runs_under_the_policy_and_says_when_a_list_has_expired(
    until: str, expired: bool, tmp_path: Path
) -> None:
    page = worklist_html(PracticeLists("A81001", (case_list("gp_mdt", FIRST, expires_on=until),)))
    tags = Read(browse(page, tmp_path, "--dump-dom")).tags
    hidden = {attrs["id"]: "hidden" in attrs for _, attrs in tags if attrs.get("id") in ("expired", "tools")}
    assert hidden == {"expired": not expired, "tools": False}


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("width", [1280, 400])
def test_nothing_is_wider_than_the_window(name: str, width: int, tmp_path: Path) -> None:
    said = asked(PAGES[name], WIDTHS, width, tmp_path)
    assert said["wide"] == []
    assert said["inner"] == width >= said["page"]


def test_a_typical_patient_fits_one_page_of_paper(tmp_path: Path) -> None:
    browse(PATIENT, tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={tmp_path / 'page.pdf'}")
    assert len(re.findall(rb"/Type\s*/Page\b", (tmp_path / "page.pdf").read_bytes())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_amiss(name: str, theme: str, axe: str, tmp_path: Path) -> None:
    options = ["--blink-settings=preferredColorScheme=0"] if theme == "dark" else []
    said = asked(PAGES[name], axe + CHECK, 1280, tmp_path, *options)
    assert said.get("violations") == [], said
    assert said["passed"] > 20
