"""Read a file of codes as published: find the column of codes, their coding system, and codes that cannot be used.

Decision
--------
The header tells what a file contains. OpenCodelists names the column after the system (``CTV3ID``, ``icd10_code``,
``dmd_id``), or ``code`` without the system. The primary care domain (PCD) reference sets have many clusters in one
file; a SNOMED CT release (RF2) has many reference sets in one file. The first known column is used. A column
``code_system`` decides the system; next a column named after a system; then the system that the caller asks for; and
otherwise the system is SNOMED CT. A row with more cells than the header is refused, because the code may be in another
column.

Codes of a public list are not patient data, but messages still contain only the file, the line and the reason.

Sources: columns of the lists in opensafely/post-covid-vaccinated and opensafely/risk-factors-research;
PCD_Refset_Content as the primary care domain reference set portal publishes it; SNOMED International, Release File
Specification, 5.2.
"""

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from riskstrat.errors import StudyError
from riskstrat.tables.codes import SHAPES, TITLES, System, normalise, verhoeff_ok, why_refused

CODE_COLUMNS: Mapping[str, System | None] = {
    "referencedcomponentid": "snomed",
    "code": None,
    "ctv3id": "ctv3",
    "ctv3code": "ctv3",
    "snomedcode": "snomed",
    "snomed_code": "snomed",
    "snomed_concept_id": "snomed",
    "snomedctconceptid": "snomed",
    "conceptid": "snomed",
    "icd10_code": "icd10",
    "icd10code": "icd10",
    "readcode": "readv2",
    "read_code": "readv2",
    "medcodeid": "medcode",
    "prodcodeid": "prodcode",
    "dmd_id": "dmd",
    "dmd_code": "dmd",
    "id": None,
    "bnf_code": "bnf",
}
TERM_COLUMNS = (
    "term", "description", "ctv3preferredtermdesc", "readterm/ctv3preferredtermdesc", "snomed_code_description",
    "snomed_concept_description", "conceptid_description", "readcodedescr", "dmd_name", "name", "nm",
)  # fmt: skip
SYSTEM_NAMES: Mapping[str, System] = {
    **{name: name for name in SHAPES},
    "snomedct": "snomed", "sct": "snomed", "icd9cm": "icd9", "read2": "readv2", "readcodesv2": "readv2",
    "clinicaltermsversion3": "ctv3", "opcs": "opcs4", "medcodeid": "medcode", "prodcodeid": "prodcode",
}  # fmt: skip
_MOST = 20


@dataclass(frozen=True)
class CodeFileLine:
    """One line of a file of codes.

    Parameters
    ----------
    cells : mapping of str to str
        Cells by header, in lower case and with ``_`` instead of spaces.
    too_wide : bool
        Whether the line has more cells than the header.
    """

    line: int
    cells: Mapping[str, str]
    too_wide: bool = False


@dataclass(frozen=True)
class CodeEntry:
    """A code that can be used: normalised, with its term as in the file."""

    system: System
    code: str
    term: str = ""


def system_named(name: str) -> System | None:
    """Return the coding system of a name; None if the name is unknown.

    >>> [system_named(name) for name in ("SNOMED CT", "ICD-10", "dm+d", "Read v2", "x")]
    ['snomed', 'icd10', 'dmd', 'readv2', None]
    """
    return SYSTEM_NAMES.get(re.sub(r"[^a-z0-9]", "", name.lower()))


def read_rows(path: Path) -> list[CodeFileLine]:
    """Read the lines of a file that are not empty.

    Raises
    ------
    StudyError
        If the file cannot be read, has no rows, or has a row with more cells than the header.
    """
    try:
        found = list(_rows(path))
    except (OSError, csv.Error):
        raise StudyError(f"The code list {path.name} cannot be read.", advice="Export it again as CSV.") from None
    wide = [f"{path.name} line {row.line}: more cells than the header" for row in found if row.too_wide]
    if wide:
        do = "Put quotes around a cell with a comma."
        raise StudyError(f"The code list {path.name} cannot be used:", some(wide), do)
    if not found:
        raise StudyError(f"The code list {path.name} has no rows.", advice="Export it again.")
    return found


def _rows(path: Path) -> Iterator[CodeFileLine]:
    text = _text(path)
    separator = max(",\t;|", key=text.split("\n", 1)[0].count)
    quoting: Literal[0, 3] = csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, quoting=quoting)
    header = [re.sub(r"\s+", "_", name.strip().strip('"').lower()) for name in next(reader, [])]
    for cells in reader:
        values = [cell.strip() for cell in cells]
        if any(values):
            yield CodeFileLine(reader.line_num, dict(zip(header, values, strict=False)), any(values[len(header) :]))


def _text(path: Path) -> str:
    raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def code_column(row: CodeFileLine) -> str | None:
    """Return the column of codes; None if no header is known."""
    return next((name for name in CODE_COLUMNS if name in row.cells), None)


def columns_known(path: Path, rows: Sequence[CodeFileLine]) -> str:
    """Return the column of codes, and refuse a file without one.

    Raises
    ------
    StudyError
        If no header is known as a column of codes.
    """
    column = code_column(rows[0])
    if column is None:
        do = "Name the column of codes `code`. If they are not SNOMED CT, add a column `code_system`."
        raise StudyError(f"The code list {path.name} has no column `code`.", advice=do)
    return column


def system_of(row: CodeFileLine, column: str, asked: System | None = None) -> System | None:
    """Return the coding system of a row; None if the row names an unknown one."""
    named = row.cells.get("code_system") or row.cells.get("coding_system")
    if named:
        return system_named(named)
    if column == "id" and {"bnf_code", "nm"} & row.cells.keys():
        return "dmd"
    return CODE_COLUMNS[column] or asked or "snomed"


def entry_of(row: CodeFileLine, column: str, asked: System | None = None, strict: bool = True) -> CodeEntry | str:
    """Return the code of a row, or the reason why it cannot be used.

    Parameters
    ----------
    asked : str or None
        The coding system to use if the file does not name one.
    strict : bool
        Refuse identifiers that are cut, have a wrong check digit, or identify a description and not a concept.

    Examples
    --------
    >>> entry_of(CodeFileLine(2, {"icd10_code": "I50.9", "name": "Heart failure"}), "icd10_code")
    CodeEntry(system='icd10', code='I509', term='Heart failure')
    >>> entry_of(CodeFileLine(2, {"code": "84114008"}), "code")
    'wrong check digit for SNOMED CT'
    """
    system, raw = system_of(row, column, asked), row.cells.get(column, "")
    if system is None:
        return "unknown coding system"
    code = normalise(system, raw)
    reason = why_refused(system, raw) if code is None or strict else None
    if code is None or reason:
        return reason or "cannot be used"
    if strict and system in ("snomed", "dmd") and (wrong := _wrong_identifier(code)):
        return f"{wrong} {TITLES[system]}"
    term = next((row.cells[name] for name in TERM_COLUMNS if row.cells.get(name)), "")
    return CodeEntry(system, code, term)


def _wrong_identifier(code: str) -> str | None:
    if not verhoeff_ok(code):
        return "wrong check digit for"
    return None if code[-3:-1] in ("00", "10") else "not a concept identifier of"


def some(faults: Sequence[str]) -> list[str]:
    """Return the first errors, and how many more there are."""
    more = [f"and {len(faults) - _MOST:,} more"] if len(faults) > _MOST else []
    return [*faults[:_MOST], *more]
