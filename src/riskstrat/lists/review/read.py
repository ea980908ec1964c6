"""Read a returned file: its decisions, the rows without one, and the errors."""

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from riskstrat.lists.review.faults import Fault, Place, UnreadableCellError
from riskstrat.lists.review.row import Decided, Key, RowReader, Terms
from riskstrat.lists.review.sheets import SIDECAR, Sheet, read_grids
from riskstrat.lists.review.table import LABELS, STANDS, ListRow, list_rows
from riskstrat.wording import join_names

_NO_LIST = UnreadableCellError(
    "contains no list: no row has the headings patient_id and decision",
    "Use the workbook or CSV file that was sent out and filled in.",
)


@dataclass
class Reading:
    """Contents of a file; `blank` are the keys of rows that nobody filled in.

    `file` is the name shown in messages, and the hash is empty if the file cannot be opened.
    """

    file: str
    sha256: str = ""
    decided: list[Decided] = field(default_factory=list)
    blank: set[Key] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)


def read_file(path: Path, shown: str, terms: Terms) -> Reading:
    """Read a file, named `shown` in messages; its errors are among the faults."""
    reading = Reading(shown)
    try:
        content = path.read_bytes()
        reading.sha256 = sha256(content).hexdigest()
        for grid, rows in _lists(path, content):
            _read_rows(reading, grid, rows, terms)
    except OSError:
        reading.faults.append(Fault(shown, "cannot be opened", "Close it in other programs and try again."))
    except UnreadableCellError as error:
        reading.faults.append(Fault.at(shown, error))
    return reading


def _lists(path: Path, content: bytes) -> list[tuple[Sheet, list[ListRow]]]:
    """Find the sheets with a list; for a text file, use the first delimiter that gives one."""
    found = [(grid, rows) for grid in read_grids(path, content) if (rows := list_rows(grid)) is not None]
    if not found:
        raise _NO_LIST
    return [one for one in found if one[0].sheet is not None] or found[:1]


def _read_rows(reading: Reading, grid: Sheet, rows: list[ListRow], terms: Terms) -> None:
    missing = [name for name in SIDECAR if rows and name not in grid.said and name not in rows[0].columns]
    if missing:
        reading.faults.append(_unidentified(reading.file, grid.sheet, missing))
        return
    for row in rows:
        reader = RowReader(row, Place(reading.file, grid.sheet, row.number), grid.said, terms)
        if row.is_filled:
            decided = reader.decided(reading.sha256[:12])
            reading.decided += [decided] if decided else []
            reading.faults += reader.faults
        elif STANDS not in row.cells and (key := reader.key()):
            reading.blank.add(key)


def _unidentified(file: str, sheet: str | None, missing: list[str]) -> Fault:
    what = f"does not show which list it is: it has no {join_names(missing)}"
    columns = f"{'column' if len(missing) == 1 else 'columns'} {join_names([LABELS[name] for name in missing])}"
    beside = " or keep the .json file beside the .csv." if sheet is None else " or fill in the file as it was sent."
    return Fault(Place(file, sheet, 1).where, what, f"Put back the {columns},{beside}")
