"""Read the rows of a returned file's sheets, whatever program saved it.

Decision
--------
The first bytes of a file determine its format, not its name. Only the values of a workbook are read: no formula is
calculated, no link is followed, no XML entity is expanded (defusedxml). A file that would be larger than 100 MB when
unpacked is refused before that, and at most 50,000 filled rows and 300 columns of a sheet are read: a list has a few
hundred rows. Text is UTF-8, or else Windows-1252; the delimiter is the one with which the columns are found.
"""

import csv
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from zipfile import BadZipFile, ZipFile

from openpyxl import load_workbook
from openpyxl.workbook import Workbook

from riskstrat.lists.review.faults import UnreadableCellError

MOST_MB, _MOST_ROWS, MOST_COLUMNS = 100, 50_000, 300
PROPERTIES = {"role": "riskstrat_role", "practice_code": "riskstrat_practice", "index_date": "riskstrat_index_date"}
SIDECAR = {"role": "role", "practice_code": "practice", "index_date": "index_date"}
SAVE_AS = "Open it, save it as .xlsx (Excel workbook), and use that file."
OTHER_FORMATS: tuple[tuple[bytes, str, str], ...] = (
    (b"age-encryption.org", "is encrypted", "Decrypt it first, with `age --decrypt`."),
    (b"-----BEGIN AGE", "is encrypted", "Decrypt it first, with `age --decrypt`."),
    (b"\xd0\xcf\x11\xe0", "is an old .xls workbook, or has a password", f"Remove any password. {SAVE_AS}"),
    (b"%PDF", "is a PDF", "Fill in and return the workbook itself."),
    (b"{", "is a JSON file", "Use the .xlsx or .csv file beside it."),
)
SheetRow = tuple[int, tuple[Any, ...]]


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook, or a text file, whose sheet has no name.

    Parameters
    ----------
    rows : list of (int, tuple)
        The number of each row that is not empty, as in a spreadsheet, and its cells from the first column on.
    said : mapping of str to str
        `role`, `practice_code` and `index_date` from the properties or the JSON file, as far as present.
    """

    sheet: str | None
    rows: list[SheetRow]
    said: Mapping[str, str]


def read_grids(path: Path, content: bytes) -> Iterator[Sheet]:
    """Read the sheets of a file; a text file gives one for each possible delimiter, with the facts of its JSON file.

    Raises
    ------
    UnreadableCellError
        If the file is neither a workbook nor text, or too large.
    """
    if len(content) > MOST_MB * 1_000_000:
        raise _TOO_LARGE
    if content.startswith(b"PK"):
        yield from _sheets(content)
        return
    for begins, what, do in OTHER_FORMATS:
        if content.startswith(begins):
            raise UnreadableCellError(what, do)
    yield from _tables(_decoded(content), _beside(path))


_TOO_LARGE = UnreadableCellError(
    f"is larger than {MOST_MB} MB", "A list is much smaller. Delete everything else and save it again."
)
_DAMAGED = UnreadableCellError("cannot be opened as a workbook", SAVE_AS)


def _sheets(content: bytes) -> list[Sheet]:
    _check_package(content)
    try:
        with warnings.catch_warnings(action="ignore"):
            book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
            return [_sheet(book, one.title) for one in book.worksheets]
    except UnreadableCellError:
        raise
    except Exception:  # openpyxl can fail in any way on a damaged workbook, and may quote its cells
        raise _DAMAGED from None


def _check_package(content: bytes) -> None:
    """Refuse a package that is no workbook or is too large, before it is unpacked."""
    try:
        with ZipFile(BytesIO(content)) as package:
            files = package.infolist()
    except BadZipFile:
        raise _DAMAGED from None
    if sum(file.file_size for file in files) > MOST_MB * 1_000_000:
        raise _TOO_LARGE
    if "xl/workbook.xml" not in {file.filename for file in files}:
        raise UnreadableCellError("is not an .xlsx workbook", SAVE_AS)


def _sheet(book: Workbook, name: str) -> Sheet:
    sheet = book[name]
    sheet.reset_dimensions()
    rows = enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), start=1)
    known = {one.name: str(one.value) for one in book.custom_doc_props.props}  # type: ignore[attr-defined]
    said = {column: known[name] for column, name in PROPERTIES.items() if known.get(name)}
    return Sheet(name, _filled(rows), said)


def _filled(rows: Iterable[SheetRow]) -> list[SheetRow]:
    found: list[SheetRow] = []
    for number, cells in rows:
        if any(cell not in (None, "") for cell in cells):
            found.append((number, cells))
        if len(found) > _MOST_ROWS:
            raise UnreadableCellError(f"has over {_MOST_ROWS:,} rows", "A list has a few hundred. Delete the others.")
    return found


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _tables(text: str, said: Mapping[str, str]) -> Iterator[Sheet]:
    for delimiter in ",;\t":
        try:
            yield Sheet(None, _filled(_lines(text, delimiter)), said)
        except csv.Error:
            raise UnreadableCellError("is not a text file of rows and columns", SAVE_AS) from None


def _lines(text: str, delimiter: str) -> Iterator[SheetRow]:
    """Read rows with the number of their first line."""
    lines, first = csv.reader(StringIO(text, newline=""), delimiter=delimiter), 1
    for cells in lines:
        yield first, tuple(cells[:MOST_COLUMNS])
        first = lines.line_num + 1


def _beside(path: Path) -> dict[str, str]:
    """Read the facts of the list from the JSON file beside a CSV."""
    sidecar = path.with_suffix(".json")
    try:
        known = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.is_file() else {}
    except (OSError, ValueError):
        return {}
    said = known if isinstance(known, dict) else {}
    return {column: str(said[name]) for column, name in SIDECAR.items() if said.get(name)}
