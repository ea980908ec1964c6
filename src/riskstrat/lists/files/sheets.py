"""Format the sheets of a workbook, write their cells, and restrict what may be entered.

Decision
--------
*Safety.* Text is written as text, never as a formula, a link or a number, into cells of text format, so that a later
edit does not turn it into a formula either (CWE-1236).

*Heights.* Rows get the height that their text needs, estimated from character widths. LibreOffice does not adjust rows
when it opens a workbook, and Excel adjusts them for the screen and then cuts off the last line in print.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any

from xlsxwriter.utility import cell_autofit_width, quote_sheetname, xl_range_abs
from xlsxwriter.worksheet import Worksheet

from riskstrat.lists.columns import ListColumn, Value

BASE = {"font_name": "Arial", "font_size": 9, "valign": "top", "num_format": "@"}
CELL = {**BASE, "text_wrap": True, "bottom": 1, "left": 1, "right": 1, "border_color": "#CFD6DC"}
_HEAD = {**BASE, "text_wrap": True, "bold": True, "bg_color": "#DCE6F0", "bottom": 2, "border_color": "#003087"}
ENTRY = {**BASE, "text_wrap": True, "border": 1, "border_color": "#D9C88A", "bg_color": "#FFF9E0", "locked": False}
_DAY = {"num_format": "d mmm yyyy", "align": "left"}
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "title": {**BASE, "font_size": 15, "bold": True, "font_color": "#003087"},
    "facts": {**BASE, "font_size": 11},
    "quiet": {**BASE, "font_color": "#425563"},
    "head": _HEAD,
    "entry_head": {**_HEAD, "bg_color": "#FFE08A"},
    "text": CELL,
    "bold": {**CELL, "bold": True},
    "int": {**CELL, "num_format": "0", "align": "center"},
    "number": {**CELL, "num_format": "0.0", "align": "center"},
    "date": {**CELL, **_DAY},
    "flag": {**CELL, "align": "center"},
    "entry": ENTRY,
    "entry_date": {**ENTRY, **_DAY},
    "marked": {"bold": True, "font_color": "#005EB8"},
}
Formats = Mapping[str, Any]
LINE_POINTS, PADDING_POINTS = 11.5, 4
ARIAL_9_TO_CALIBRI_11 = 0.87
CALIBRI_MARGIN, CELL_MARGIN, _SPACE = 7, 5, 3.3
SECTION_PIXELS = (190, 560)
_FIVE_YEARS = 1826
LONGEST_TEXT, LONGEST_CORNER = 32_767, 48


def date_in_words(text: str) -> str:
    """Write an ISO date in words; other text stays as it is.

    >>> date_in_words("2026-03-01"), date_in_words("34")
    ('1 March 2026', '34')
    """
    try:
        day = datetime.strptime(text, "%Y-%m-%d")
    except ValueError:
        return text
    return f"{day.day} {day:%B %Y}"


def write_value(sheet: Worksheet, row: int, column: int, value: Value, look: Any) -> None:
    """Write a value in the type that it has, a flag as Yes or No, and None as a blank cell."""
    seen = ("Yes" if value else "No") if isinstance(value, bool) else value
    if seen is None:
        sheet.write_blank(row, column, None, look)
    elif isinstance(seen, str):
        sheet.write_string(row, column, seen[:LONGEST_TEXT], look)
    elif isinstance(seen, date):
        sheet.write_datetime(row, column, datetime.combine(seen, time()), look)
    else:
        sheet.write_number(row, column, seen, look)


@lru_cache(100_000)
def lines_needed(text: str, pixels: int) -> int:
    """Estimate the lines that a text needs in a column of that width.

    >>> lines_needed("COPD", 120), lines_needed("2 emergency admissions in the last 12 months", 120)
    (1, 3)
    """
    room = pixels - CELL_MARGIN
    lines, used = 1, -_SPACE
    for word in text.split():
        wide = (cell_autofit_width(word) - CALIBRI_MARGIN) * ARIAL_9_TO_CALIBRI_11
        if used > 0 and used + _SPACE + wide > room:
            lines, used = lines + 1, -_SPACE
        used += _SPACE + wide
        lines, used = lines + int(used // room), used % room
    return lines


def row_height(cells: Iterable[tuple[Value, int]], least: int = 1) -> float:
    """Estimate the height of a row in points from its texts and the widths of their columns in pixels."""
    lines = (lines_needed(value, pixels) for value, pixels in cells if isinstance(value, str))
    return LINE_POINTS * max([least, *lines]) + PADDING_POINTS


def entry_rule(column: ListColumn, first: date, choices: Mapping[str, str]) -> dict[str, Any] | None:
    """Make the data validation of a column; None where any entry is allowed.

    `choices` maps columns to the range of their choices: a decision must be one of them, a role should. `first` is the
    earliest date of a decision or review.
    """
    if column.name in choices:
        kind = "stop" if column.name == "decision" else "warning"
        message = "Choose from the list. The sheet 'About this list' explains each choice."
        return {"validate": "list", "source": choices[column.name], "error_type": kind, "error_message": message}
    if column.kind != "entry" or not column.name.endswith("_on"):
        return None
    message = f"Enter a date from {date_in_words(first.isoformat())} to five years later, for example {first:%d/%m/%Y}."
    between = {"minimum": first, "maximum": first + timedelta(days=_FIVE_YEARS)}
    return {"validate": "date", "criteria": "between", **between, "error_message": message}


def write_sections(sheet: Worksheet, formats: Formats, sections: Mapping[str, Mapping[str, str]]) -> dict[str, str]:
    """Write sections of two columns, name and text, one below the other, each with its heading.

    Returns
    -------
    dict of str to str
        Heading to the range of the section's names, as a formula.
    """
    row, ranges = 0, dict[str, str]()
    for heading, lines in sections.items():
        first = row + 1
        for column, text in enumerate((heading, None)):
            write_value(sheet, row, column, text, formats["head"])
        for row, line in enumerate(lines.items(), start=first):
            for column, look in enumerate(("bold", "text")):
                write_value(sheet, row, column, line[column] or None, formats[look])
            sheet.set_row(row, row_height(zip(line, SECTION_PIXELS, strict=True)))
        ranges[heading] = f"={quote_sheetname(sheet.get_name())}!{xl_range_abs(first, 0, row, 0)}"
        row += 2
    for column, pixels in enumerate(SECTION_PIXELS):
        sheet.set_column_pixels(column, column, pixels)
    return ranges


def set_paper(sheet: Worksheet, left: str, right: str) -> None:
    """Set A4, one page wide, with the footer for patient data and two texts in its corners."""
    left, right = (text[:LONGEST_CORNER].replace("&", "&&") for text in (left, right))
    plain, bold = '&"Arial,Regular"&8 ', '&"Arial,Bold"&8 '
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.24, right=0.24, top=0.5, bottom=0.55)
    footer = f"&L{plain}{left}&C{bold}Confidential: contains patient data&R{plain}{right}, page &P of &N"
    sheet.set_footer(footer, {"margin": 0.25})
