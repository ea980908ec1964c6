"""Pages: self-contained, accessible, and safe whatever the data hold."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from typing import Any

import pytest
from tests.support.page_reader import STYLE, Reader, colours, contrast, faults_of

from riskstrat.reports.check.figures import Band, Dot, SmallChart, dots, small_charts, steps, timeline
from riskstrat.reports.check.senders import JudgedMonth
from riskstrat.reports.page.content import ColumnHead, Figure, Finding, Page, PageTable, Section, as_data
from riskstrat.reports.page.drawing import COLOURS, label, svg
from riskstrat.reports.page.write import html

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$\\frac{1}{0$",
    "{{ 7*7 }}",
    "a\x00b\x1b[31m\u202e",
    "漢字😀",
]
VERDICTS = ("usual", "unjudged", "low", "none", "high")


def _bars(drawing: Any, names: list[str]) -> None:
    axis = drawing.subplots()
    axis.barh(range(len(names)), range(len(names)), color=COLOURS["main"])
    axis.set_yticks(range(len(names)), [label(name) for name in names])


def months(text: str) -> list[JudgedMonth]:
    """Months of verdicts: "uulln"."""
    named = {verdict[0]: verdict for verdict in ("usual", "low", "none", "high")}
    return [JudgedMonth(24_000 + place, 10, 10.0, 1.0, named[one]) for place, one in enumerate(text)]  # type: ignore[arg-type]


FIGURES = {
    "bars": partial(_bars, names=HOSTILE),
    "timeline": partial(timeline, bands=[Band(n, months("uullnnhu")) for n in HOSTILE], first=24_000, last=24_007),
    "panels": partial(
        small_charts,
        drawn=[SmallChart("one", [24_000, 24_001], [0, 5], [0, -1]), SmallChart("two", [24_000], [4], [1])],
    ),
    "dots": partial(dots, rows=[Dot(n, [10.0, None]) for n in HOSTILE], series=["a", "b"], middle=50.0),
    "steps": partial(steps, names=HOSTILE, values=[5.0] * 6, texts=["*"] * 6),
}


def page(*texts: str) -> Page:
    """A page that has everything, with texts from data everywhere they can stand."""
    text = " ".join(texts) or "plain"
    headings = (
        ColumnHead("who", text),
        ColumnHead("n", "Rows", "count"),
        ColumnHead("share", "Share", "percent", bar=True),
    )
    grid = PageTable("grid", text, headings, ((text, 1234, 50.0), ("other", "*", None)), note=text)
    folded = PageTable("folded", text, headings, ((text, 1, 100.0),) * 3, folded=True, limit=2)
    figures = tuple(Figure(f"figure-{name}", text, text, draw) for name, draw in FIGURES.items())
    sections = (Section("one", text, (text,), (grid, folded)), Section("two", "Figures", (), figures))
    findings = (
        Finding("note", text),
        Finding("answer", text, text, "two"),
        Finding("error", text, text, "one"),
        Finding("warning", text, text),
    )
    return Page(text, text, ((text, text),), findings, sections, text)


@pytest.fixture(scope="module")
def plain() -> str:
    """A page of harmless texts."""
    return html(page())


def test_a_page_fetches_nothing(plain: str) -> None:
    assert not re.findall(r"(?i)https?:|//[a-z]|@import|<script|<link|<img|<iframe|<[^>]*\bsrc=|xmlns", plain)
    outward = [one for one in re.findall(r'href="([^"]*)"|url\(([^)]*)\)', plain) if not "".join(one).startswith("#")]
    assert outward == []
    assert "default-src 'none'" in plain


def test_everyone_can_read_a_page(plain: str) -> None:
    assert faults_of(plain) == []
    read = Reader(plain)
    assert len(read.of("svg")) == len(read.of("figcaption")) == len(FIGURES)
    assert [a for _, a in read.tags if a.get("tabindex") == "0"], "what scrolls can be reached by keyboard"


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ('lang="en-GB"', "", "no language"),
        ("<h2", "<h4", "headings out of order"),
        ('scope="col"', "", "th without scope"),
        ('role="img"', "", "a figure without a name"),
        ('id="grid-caption"', "", "led to, and not there"),
        ("</table>", "", "does not nest"),
        ('role="region"', "", "no role or name"),
        ('<a class="skip" href="#findings">', '<a class="skip" href="#one">', "skip"),
        ("<summary>", "<summary hidden></summary><summary>", "something folded"),
    ],
)
def test_what_keeps_someone_from_reading_is_found(plain: str, good: str, bad: str, fault: str) -> None:
    assert good in plain
    assert fault in " ".join(faults_of(plain.replace(good, bad)))


def test_tables_have_captions_and_headings_for_rows_and_columns(plain: str) -> None:
    read = Reader(plain)
    assert len(read.of("caption")) == len(read.of("table")) == 2
    assert {one.get("scope") for one in read.of("th")} == {"col", "row"}
    assert len(re.findall(r'<th scope="row">', plain)) == 4, "two rows, and two of three"
    assert "Not shown: 1 more row. The JSON file" in plain


def test_errors_come_first_then_the_answer_and_all_are_named_in_words(plain: str) -> None:
    levels = re.findall(r'<span class="badge \w+">(Error|Answer|Warning|Note)</span>', plain)
    assert levels == ["Error", "Answer", "Warning", "Note"]


def test_it_is_said_where_nothing_was_found() -> None:
    assert "Nothing was found that needs attention." in html(Page("a", "b"))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_texts_from_data_are_texts(hostile: str, plain: str) -> None:
    read = Reader(html(page(hostile)))
    expected = Counter(tag for tag, _ in Reader(plain).tags)
    assert Counter(tag for tag, _ in read.tags) == expected
    assert not any(name.startswith("on") for _, attributes in read.tags for name in attributes)


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_drawn_the_same_again_in_the_colours_of_the_page(name: str) -> None:
    figure = Figure(name, "a", "b", FIGURES[name])
    drawn = svg(figure)
    assert drawn == svg(figure)
    assert set(re.findall(r"#[0-9a-f]{6}\b", drawn)) == set(), "every colour is a variable of the style sheet"
    used = set(re.findall(r"var\(--(\w+)\)", drawn))
    assert all(f"--{one}:" in STYLE for one in used)


def test_the_style_sheet_has_each_colour_in_light_and_in_dark() -> None:
    assert {name: STYLE.count(f"--{name}:") for name in COLOURS} == dict.fromkeys(COLOURS, 2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(theme: str) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text, 3 to 1 for what must be seen in a figure."""
    found = colours(theme)
    paper = found["paper"]
    for name in ("ink", "muted", "link"):
        assert contrast(found[name], paper) >= 4.5, name
    for name in ("error", "warning", "note", "answer"):
        assert contrast(found[name], found[f"{name}-wash"]) >= 4.5, name
        assert contrast(found["ink"], found[f"{name}-wash"]) >= 4.5, name
        assert contrast(found["link"], found[f"{name}-wash"]) >= 4.5, name
    for name in ("main", "none", "high", "green"):
        assert contrast(found[name], paper) >= 3, name
    assert contrast(found["none"], paper) >= 4.5, "it is the colour of a text in figures"


def test_the_data_hold_values_and_not_their_texts() -> None:
    data = as_data(page())
    assert data["sections"]["one"]["grid"]["rows"] == [
        {"who": "plain", "n": 1234, "share": 50.0},
        {"who": "other", "n": "*", "share": None},
    ]
    assert [one["level"] for one in data["findings"]] == ["error", "answer", "warning", "note"]
    assert len(data["sections"]["one"]["folded"]["rows"]) == 3, "the data hold all rows"
