"""SQL for one cell of an extract: as text, in its type, and what is wrong with it.

Decision
--------
Every cell is first read as text and typed afterwards, so that no reader guesses: "2A", "0123" and an 18-digit
SNOMED identifier stay what they are. One that a spreadsheet has turned into 1.23E+17 is refused, and so is a year of
two digits. A date that stands for "none" is none.
"""

from __future__ import annotations

from collections.abc import Sequence

from riskstrat.engine import quoted_text
from riskstrat.layouts import SourceColumn
from riskstrat.tables import Column

NO_DATE = ("1800-01-01", "1801-01-01", "1600-01-01", "1582-10-15", "1900-01-01", "9999-12-31")
NO_MONTH = ("1800-01-01", "1801-01-01", "1600-01-01", "1582-10-01", "1900-01-01", "1901-01-01")
EARLIEST, EARLIEST_BIRTH = "1000-01-01", "1880-01-01"
MANGLED = "[0-9](\\.[0-9]+)?[eE]\\+[0-9]+|[0-9]{6,}\\.0+"
SQL_TYPES = {"text": "VARCHAR", "date": "DATE", "int": "INTEGER", "float": "DOUBLE"}
DATE_FORMATS = (
    "%Y-%m-%d",
    "%Y%m%d",
    "%d/%m/%Y",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%dT%H:%M:%SZ",
    "%Y-%m-%d %H:%M:%S.%f",
    "%d-%b-%Y",
)
REASONS = {
    "date": "not a date",
    "int": "not a whole number",
    "float": "not a number",
}
MISSING = "missing"
IDENTIFIERS = ("patient_id", "code")
AS_NUMBER = "a code written as a number"
CUT_CODE = "a code cut to fifteen digits"
OUT_OF_RANGE = "out of range"
UNKNOWN_CODE = "not one of its codes"


def text_of(column: SourceColumn, cells: Sequence[str]) -> str:
    """SQL for a cell as text: trimmed, NULL where missing, recoded.

    Parameters
    ----------
    column : SourceColumn
    cells : sequence of str
        SQL of the cell, then of those in ``also``.
    """
    text = _trimmed(cells[0], column.to == "patient_id")
    if column.missing:
        text = f"CASE WHEN {text} NOT IN ({_listed(column.missing)}) THEN {text} END"
    if column.also:
        others = [f"coalesce(trim({cell}), '')" for cell in cells[1:]]
        text = f"concat_ws('|', coalesce({text}, ''), {', '.join(others)})"
    if column.patterns:
        text = _by_pattern(column, text)
    fold = column.to == "code_system"
    text = f"lower({text})" if fold else text
    if column.recode:
        recode = {(a.lower() if fold else a): b for a, b in column.recode.items()}
        cases = " ".join(f"WHEN {quoted_text(a)} THEN {quoted_text(b)}" for a, b in recode.items())
        text = f"CASE {text} {cases} ELSE {text} END"
    return f"left({text}, {column.length})" if column.length else text


def _trimmed(cell: str, all_blanks: bool) -> str:
    """SQL for a cell without the spaces around it; few have any, and looking costs less than trimming.

    From what names a person tabs and no-break spaces are taken too: it must link.
    """
    blanks = " \t\u00a0" if all_blanks else " "
    found = " OR ".join(f"{side}({cell}, {quoted_text(blank)})" for blank in blanks for side in ("prefix", "suffix"))
    return f"CASE WHEN {found} OR {cell} = '' THEN nullif(trim({cell}, {quoted_text(blanks)}), '') ELSE {cell} END"


def _by_pattern(column: SourceColumn, text: str) -> str:
    cases = []
    for pattern, value in column.patterns:
        given = quoted_text(value)
        if "\\" in value:
            given = f"nullif(regexp_replace({text}, {quoted_text(f'^(?:{pattern})$')}, {quoted_text(value)}), '')"
        cases.append(f"WHEN regexp_full_match({text}, {quoted_text(pattern)}) THEN {given}")
    return f"CASE {' '.join(cases)} END"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(quoted_text(value) for value in values)


def parsed(text: str, column: Column, source: SourceColumn, date_format: str | None) -> str:
    """SQL for a cell's text in the type of its column; NULL where it is none."""
    if column.type == "date":
        return _day(text, date_format, source.month)
    if column.type == "int":
        number = _number(text)
        return f"CASE WHEN {number} = floor({number}) THEN try_cast({number} AS INTEGER) END"
    return _number(text) if column.type == "float" else text


def _number(text: str) -> str:
    return f"CASE WHEN {text} NOT LIKE '%\\_%' ESCAPE '\\' THEN try_cast({text} AS DOUBLE) END"


def _day(text: str, date_format: str | None, month: bool) -> str:
    """SQL for a date as written."""
    formats = (date_format,) if date_format else DATE_FORMATS
    day = f"CAST(try_strptime({text}, [{_listed(formats)}]) AS DATE)"
    if date_format is None:
        digits = "6, 8" if month else "8"
        day = f"CASE WHEN length({text}) IN ({digits}) OR regexp_matches({text}, '[^0-9]') THEN {day} END"
    if month:
        text = f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}') THEN {text} || '-07' ELSE {text} END"
        short = f"CASE WHEN length({text}) IN (6, 7) THEN try_strptime({text}, ['%Y-%m', '%Y%m']) END"
        whole = f"coalesce({short}, {day})" if date_format is None else day
        return f"CAST(date_trunc('month', {whole}) AS DATE)"
    if date_format is None:
        return f"CASE WHEN length({text}) = 10 AND {text}[5] = '-' THEN try_cast({text} AS DATE) ELSE {day} END"
    return day


def value_of(cell: str, column: Column, source: SourceColumn) -> str:
    """SQL for a parsed cell's value; NULL for a date that stands for none, a year of two digits, a number without end.

    Parameters
    ----------
    cell : str
        SQL of the cell, parsed.
    """
    if column.type == "date":
        none = ", ".join(f"DATE '{one}'" for one in (NO_MONTH if source.month else NO_DATE))
        return f"CASE WHEN {cell} >= DATE '{_earliest(source)}' AND {cell} NOT IN ({none}) THEN {cell} END"
    return f"CASE WHEN isfinite({cell}) THEN {cell} END" if column.type == "float" else cell


def _earliest(source: SourceColumn) -> str:
    """The first day that is no slip of the pen: a month kept of a birth has a later one than other dates."""
    return EARLIEST_BIRTH if source.month else EARLIEST


def _too_early(cell: str, source: SourceColumn) -> str:
    none = ", ".join(f"DATE '{one}'" for one in (NO_MONTH if source.month else NO_DATE))
    return f"({cell} < DATE '{_earliest(source)}' AND {cell} NOT IN ({none}))"


def misfits(text: str, cell: str, column: Column, source: SourceColumn) -> list[tuple[str, str]]:
    """What may be wrong with a cell: conditions in SQL, each with its reason.

    Parameters
    ----------
    text, cell : str
        SQL of the cell as text, and parsed; the column's own name is that of its value.
    column : Column
    source : SourceColumn
    """
    found: list[tuple[str, str]] = []
    if column.type != "text":
        beyond = {"date": f" OR {_too_early(cell, source)}", "float": f" OR NOT isfinite({cell})", "int": ""}
        found.append((f"{cell} IS NULL AND {text} IS NOT NULL{beyond[column.type]}", REASONS[column.type]))
    if column.required:
        found.append((f"{column.name} IS NULL", MISSING))
    if column.between is not None:
        low, high = column.between
        found.append((f"{column.name} NOT BETWEEN {low} AND {high}", OUT_OF_RANGE))
    if column.one_of:
        found.append((f"{column.name} NOT IN ({_listed(column.one_of)})", UNKNOWN_CODE))
    if column.name in IDENTIFIERS:
        suspect = f"(contains({text}, '+') OR contains({text}, '.0'))"
        found.append((f"{suspect} AND regexp_full_match({text}, '{MANGLED}')", AS_NUMBER))
    return found
