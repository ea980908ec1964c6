"""Pages: self-contained, accessible, and safe whatever the data hold."""

from __future__ import annotations

import re
from collections import Counter
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from riskstrat.pages import Figure, Finding, Grid, Heading, Page, Section
from riskstrat.pages.drawing import COLOURS, label, svg
from riskstrat.pages.parts import as_data
from riskstrat.pages.writing import html
from riskstrat.quality.drops import Month
from riskstrat.quality.figures import Band, Dot, Panel, dots, panels, steps, timeline

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "$\\frac{1}{0$",
    "{{ 7*7 }}",
    "a\x00b\x1b[31m\u202e",
    "漢字😀",
]
VOID = {"meta", "br", "img", "hr", "link", "input", "path", "use", "circle", "rect", "line"}
VERDICTS = ("usual", "unjudged", "low", "none", "high")


def _bars(drawing: Any, names: list[str]) -> None:
    axis = drawing.subplots()
    axis.barh(range(len(names)), range(len(names)), color=COLOURS["main"])
    axis.set_yticks(range(len(names)), [label(name) for name in names])


def months(text: str) -> list[Month]:
    """Months of verdicts: "uulln"."""
    named = {verdict[0]: verdict for verdict in ("usual", "low", "none", "high")}
    return [Month(24_000 + place, 10, 10.0, 1.0, named[one]) for place, one in enumerate(text)]  # type: ignore[arg-type]


FIGURES = {
    "bars": partial(_bars, names=HOSTILE),
    "timeline": partial(timeline, bands=[Band(n, months("uullnnhu")) for n in HOSTILE], first=24_000, last=24_007),
    "panels": partial(
        panels, drawn=[Panel("one", [24_000, 24_001], [0, 5], [0, -1]), Panel("two", [24_000], [4], [1])]
    ),
    "dots": partial(dots, rows=[Dot(n, [10.0, None]) for n in HOSTILE], series=["a", "b"], middle=50.0),
    "steps": partial(steps, names=HOSTILE, values=[5.0] * 6, texts=["*"] * 6),
}


def page(*texts: str) -> Page:
    """A page that has everything, with texts from data everywhere they can stand."""
    text = " ".join(texts) or "plain"
    headings = (Heading("who", text), Heading("n", "Rows", "count"), Heading("share", "Share", "percent", bar=True))
    grid = Grid("grid", text, headings, ((text, 1234, 50.0), ("other", "*", None)), note=text)
    folded = Grid("folded", text, headings, ((text, 1, 100.0),) * 3, folded=True, limit=2)
    figures = tuple(Figure(f"figure-{name}", text, text, draw) for name, draw in FIGURES.items())
    sections = (Section("one", text, (text,), (grid, folded)), Section("two", "Figures", (), figures))
    findings = (Finding("note", text), Finding("error", text, text, "one"), Finding("warning", text, text))
    return Page(text, text, ((text, text),), findings, sections, text)


@pytest.fixture(scope="module")
def plain() -> str:
    """A page of harmless texts."""
    return html(page())


class Reader(HTMLParser):
    """What a browser would make of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def of(self, tag: str) -> list[dict[str, str | None]]:
        """Attributes of each element of a name."""
        return [attributes for name, attributes in self.tags if name == tag]


def test_a_page_fetches_nothing(plain: str) -> None:
    assert not re.findall(r"(?i)https?:|//[a-z]|@import|<script|<link|<img|<iframe|<[^>]*\bsrc=|xmlns", plain)
    outward = [one for one in re.findall(r'href="([^"]*)"|url\(([^)]*)\)', plain) if not "".join(one).startswith("#")]
    assert outward == []
    assert "default-src 'none'" in plain


def test_elements_nest_and_no_id_stands_twice(plain: str) -> None:
    read = Reader(plain)
    assert (read.faults, read.open) == ([], [])
    ids = Counter(attributes["id"] for _, attributes in read.tags if "id" in attributes)
    assert [one for one, times in ids.items() if times > 1] == []
    targets = {(a.get("href") or "#")[1:] for tag in ("a", "use") for a in read.of(tag)}
    labels = {name for _, a in read.tags for name in (a.get("aria-labelledby") or "").split()}
    assert (targets | labels) - set(ids) == set()


def test_every_figure_says_in_words_what_it_shows(plain: str) -> None:
    read = Reader(plain)
    drawn = read.of("svg")
    assert len(drawn) == len(FIGURES)
    for one in drawn:
        assert one["role"] == "img"
        for name in str(one["aria-labelledby"]).split():
            assert re.search(rf'id="{name}">[^<]+<', plain), "a title and a description that are not empty"
    assert len(read.of("figcaption")) == len(FIGURES)


def test_tables_have_captions_and_headings_for_rows_and_columns(plain: str) -> None:
    read = Reader(plain)
    assert len(read.of("caption")) == len(read.of("table")) == 2
    assert {one.get("scope") for one in read.of("th")} == {"col", "row"}
    assert len(re.findall(r'<th scope="row">', plain)) == 4, "two rows, and two of three"
    assert "1 more rows are in the JSON file" in plain


def test_a_page_has_landmarks_a_language_and_one_heading_of_the_first_order(plain: str) -> None:
    read = Reader(plain)
    assert read.of("html")[0]["lang"] == "en-GB"
    assert [len(read.of(tag)) for tag in ("h1", "main", "nav", "header", "footer")] == [1, 1, 1, 1, 1]
    assert len(read.of("h2")) == 3
    scrolled = [a for _, a in read.tags if a.get("tabindex") == "0"]
    assert scrolled
    assert all(a.get("role") == "region" and (a.get("aria-label") or a.get("aria-labelledby")) for a in scrolled)


def test_errors_come_first_and_are_named_in_words(plain: str) -> None:
    levels = re.findall(r'<span class="badge \w+">(Error|Warning|Note)</span>', plain)
    assert levels == ["Error", "Warning", "Note"]


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
    style = (Path(svg.__code__.co_filename).parents[1] / "templates" / "page.css").read_text(encoding="utf-8")
    assert all(f"--{one}:" in style for one in used)


def test_the_style_sheet_has_each_colour_in_light_and_in_dark() -> None:
    style = (Path(svg.__code__.co_filename).parents[1] / "templates" / "page.css").read_text(encoding="utf-8")
    assert {name: style.count(f"--{name}:") for name in COLOURS} == dict.fromkeys(COLOURS, 2)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_texts_can_be_read(theme: str) -> None:
    """WCAG 2.2, 1.4.3 and 1.4.11: 4.5 to 1 for text, 3 to 1 for what must be seen in a figure."""
    style = (Path(svg.__code__.co_filename).parents[1] / "templates" / "page.css").read_text(encoding="utf-8")
    light, dark = style.split("@media screen and (prefers-color-scheme: dark)")[:2]
    found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light if theme == "light" else dark.split("* {")[0]))
    paper = found["paper"]
    for name in ("ink", "muted", "link"):
        assert contrast(found[name], paper) >= 4.5, name
    for name in ("error", "warning", "note"):
        assert contrast(found[name], found[f"{name}-wash"]) >= 4.5, name
        assert contrast(found["ink"], found[f"{name}-wash"]) >= 4.5, name
    for name in ("main", "none", "high"):
        assert contrast(found[name], paper) >= 3, name


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG has it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def test_the_data_hold_values_and_not_their_texts() -> None:
    data = as_data(page())
    assert data["sections"]["one"]["grid"]["rows"] == [
        {"who": "plain", "n": 1234, "share": 50.0},
        {"who": "other", "n": "*", "share": None},
    ]
    assert [one["level"] for one in data["findings"]] == ["error", "warning", "note"]
    assert len(data["sections"]["one"]["folded"]["rows"]) == 3, "the data hold all rows"
