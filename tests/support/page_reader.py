"""What a browser, a screen reader and a person with weak sight would make of a page."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import riskstrat

VOID = {"meta", "br", "img", "hr", "link", "input", "path", "use", "circle", "rect", "line"}
STYLE = (Path(riskstrat.__file__).parent / "templates" / "page.css").read_text(encoding="utf-8")
DARK = "@media screen and (prefers-color-scheme: dark)"


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


def faults_of(page: str) -> list[str]:
    """Everything in a page that keeps someone from reading it: none, in a page that is well made."""
    read = Reader(page)
    return [*_structure(read), *_headings(read), *_names(page, read)]


def _structure(read: Reader) -> Iterator[str]:
    yield from (f"{tag}: does not nest" for tag in [*read.faults, *read.open])
    ids = Counter(str(attributes["id"]) for _, attributes in read.tags if "id" in attributes)
    yield from (f"id {one}: stands {times} times" for one, times in ids.items() if times > 1)
    targets = {str(a.get("href") or "#")[1:] for tag in ("a", "use") for a in read.of(tag)}
    labels = {name for _, a in read.tags for name in str(a.get("aria-labelledby") or "").split()}
    yield from (f"id {one}: led to, and not there" for one in (targets | labels) - set(ids))
    if not read.of("html")[0].get("lang"):
        yield "no language"
    for tag in ("h1", "main", "nav", "header", "footer"):
        if len(read.of(tag)) != 1:
            yield f"{tag}: {len(read.of(tag))} of them"
    if next((a.get("href") for a in read.of("a")), None) != "#findings":
        yield "the first link does not skip to the content"


def _headings(read: Reader) -> Iterator[str]:
    orders = [int(tag[1]) for tag, _ in read.tags if re.fullmatch(r"h[1-6]", tag)]
    if orders[:1] != [1] or any(after > before + 1 for before, after in pairwise(orders)):
        yield f"headings out of order: {orders}"
    yield from ("th without scope" for one in read.of("th") if one.get("scope") not in ("row", "col"))
    if len(read.of("caption")) != len(read.of("table")):
        yield "a table without a caption"


def _names(page: str, read: Reader) -> Iterator[str]:
    """What can be reached by keyboard, and every figure, has a name."""
    for tag, a in read.tags:
        named = a.get("aria-label") or a.get("aria-labelledby")
        if a.get("tabindex") == "0" and (a.get("role") != "region" or not named):
            yield f"{tag}: can be reached, and has no role or name"
        if tag == "svg" and (a.get("role") != "img" or not a.get("aria-labelledby")):
            yield "a figure without a name"
        if tag == "svg":
            parts = [re.search(rf'id="{one}">([^<]+)<', page) for one in str(a.get("aria-labelledby")).split()]
            yield from ("a figure without words" for part in parts if part is None or not part[1].strip())
    if len(read.of("summary")) != len(read.of("details")):
        yield "something folded has no name"


def colours(theme: str) -> dict[str, str]:
    """The colours of the style sheet by name, light or dark."""
    light, dark = STYLE.split(DARK)[:2]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", light if theme == "light" else dark.split("* {")[0]))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.2 has it."""
    bright, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Relative luminance."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
