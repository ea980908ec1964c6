"""Every way to spoil a cell, in every column it applies to: set aside for its reason, or stored as it stands.

All the ways of one format are tried in one file, each in a row of its own, read fast and read line by line; and each
way once more in so many rows of a file that it is refused.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
from tests.corruption.good import FORMATS, FORMS, PERSON, Place, Rows, rows_of
from tests.corruption.spoilers import FIELDS, SPOILERS, STRANGER, End, Way, all_ways, tag, ways
from tests.corruption.told import Done, balanced, content, nothing_is_told

from riskstrat.study.folder import StudyFolder

FIRST = 10
FEW = 300
RAGGED = "csv, line by line"
ALL_FORMS = [(format, form) for format in FORMATS for form in ("csv", RAGGED)] + [
    (format, form) for format in ("patients", "gp_events", "hes_apc") for form in ("tsv", "csv.gz", "parquet")
]
Copy = Callable[[str, int], Path]
Run = Callable[..., Done]


def size(format: str) -> int:
    """So many rows that the bad ones are less than one in a hundred."""
    return 100 * (sum(bool(way.end(0).reason) for way in ways(format)) + 4)


def spoil(rows: Rows, way: Way, row: int) -> None:
    header, cells = rows[0], rows[row + 1]
    cells[header.index(way.place.header)] = way.text(row)


def write(folder: Path, format: str, form: str, rows: Rows) -> Path:
    """Put a file in the place of the good one."""
    place = folder / "extracts" / format
    (place / f"{format}.csv").unlink()
    suffix = form.split(",")[0]
    path = place / f"{format}.{suffix}"
    path.write_bytes(FORMS[suffix](rows) + (b"p00001,CANARY7f3b\n" if form == RAGGED else b""))
    return path


@pytest.fixture(params=ALL_FORMS, ids=lambda one: " as ".join(one))
def spoilt(request: pytest.FixtureRequest, base: Copy, copy: Copy, run: Run) -> tuple[str, str, Done, Path]:
    """A file with every way of a format in it, ingested; and the study before."""
    format, form = request.param
    folder, rows = copy(format, size(format)), rows_of(format, size(format))
    for row, way in enumerate(ways(format), start=FIRST):
        spoil(rows, way, row)
    write(folder, format, form, rows)
    return format, form, run(folder), base(format, size(format))


def test_spoilt_cells_are_set_aside_or_stored_as_they_stand(spoilt: tuple[str, str, Done, Path]) -> None:
    format, form, done, before = spoilt
    assert done.code == 0, done.said
    every = dict(enumerate(ways(format), start=FIRST))
    ends = {row: way.end(row) for row, way in every.items()}
    file = f"{format}.{form.split(',')[0]}"
    wrong = set_aside_wrongly(done, file, every, ends, form) + stored_wrongly(done, before, format, every, ends)
    assert not wrong, "\n".join(wrong)
    tags = [tag(row) for row, way in every.items() if not ends[row].reason and way.place.type != "codes"]
    tags += [tag(row) for row, way in every.items() if ends[row].reason == STRANGER or way.place.type == "codes"]
    planted = {way.text(row) for row, way in every.items() if way.spoiler.name not in UNTOLD}
    nothing_is_told(done, {cell for cell in planted if len(cell.strip()) > 5}, tags)
    balanced(done.snapshot)
    accounts(done, file, ends, form)


UNTOLD = ("blanks for a text",)


def accounts(done: Done, file: str, ends: dict[int, End], form: str) -> None:
    """What the manifest says of the file."""
    books = done.page(file)["books"]
    aside = [end for end in ends.values() if end.reason and end.reason != STRANGER]
    assert books["quarantined"] == len(aside) + (form == RAGGED)
    assert books["not_in_patients"] == sum(end.reason == STRANGER for end in ends.values())


def set_aside_wrongly(done: Done, file: str, every: dict[int, Way], ends: dict[int, End], form: str) -> list[str]:
    """Ways of which the line, the column or the reason is not what it should be."""
    shift = 1 if form == "parquet" else 2
    expected = {
        row + shift: (every[row].place.to, end.reason)
        for row, end in ends.items()
        if end.reason and end.reason != STRANGER
    }
    if form == RAGGED:
        expected[done.page(file)["lines"] + 1] = (None, FIELDS)
    found = done.quarantine(file)
    names = {row + shift: way.name for row, way in every.items()}
    return [
        f"{names.get(line, line)}: {found.get(line)} instead of {expected.get(line)}"
        for line in sorted({*found, *expected})
        if found.get(line) != expected.get(line)
    ]


def stored_wrongly(done: Done, before: Path, format: str, every: dict[int, Way], ends: dict[int, End]) -> list[str]:
    """Ways of which the row is not what it was, but for the cell; and rows that were not spoilt and have changed."""
    table = next(iter(every.values())).place.table
    spoilt = [PERSON(row) for row in every]
    was, now = (content(s, table) for s in (StudyFolder(before).snapshot(), done.snapshot))
    wrong = [] if _but(was, spoilt).equals(_but(now, spoilt)) else [f"{table}: other rows have changed"]
    old, new = (
        {row["patient_id"]: row for row in one.to_pylist() if row["patient_id"] in spoilt} for one in (was, now)
    )
    for row, way in every.items():
        expected = None if ends[row].reason else changed(old[PERSON(row)], way.place, ends[row].value)
        if new.get(PERSON(row)) != expected and way.place.to != "patient_id":
            wrong.append(f"{way.name}: stored as {_difference(new.get(PERSON(row)), expected)}")
        if way.place.to == "patient_id" and PERSON(row) in new:
            wrong.append(f"{way.name}: stored under the key that was taken out")
    return wrong


def _but(rows: pa.Table, people: list[str]) -> pa.Table:
    import pyarrow.compute as pc

    return rows.filter(pc.invert(pc.is_in(rows["patient_id"], pa.array(people))))


def changed(row: dict[str, object], place: Place, value: object) -> dict[str, object]:
    """A stored row with another cell."""
    if place.type == "codes":
        return {**row, "main_diagnosis": None} if place.header == "DIAG_01" else row
    if place.type == "date":
        twin = place.to.removesuffix("_date") + "_day"
        other = f"{value}".removesuffix("_date") + "_day"
        taken = (None, None) if value is None else (row[str(value)], row[other])
        return {**row, place.to: taken[0], twin: taken[1]}
    return {**row, place.to: value}


def _difference(found: dict[str, object] | None, expected: dict[str, object] | None) -> str:
    if found is None or expected is None:
        return "nothing" if found is None else "something that should have been set aside"
    return ", ".join(f"{k}={found[k]!r:.60} instead of {expected[k]!r:.60}" for k in found if found[k] != expected[k])


# --- So many that the file is refused ----------------------------------------------------------------------------


def a_way_each() -> list[Way]:
    """For every spoiler that sets a row aside one column, another format each time."""
    formats, chosen = list(FORMATS), []
    for number, spoiler in enumerate(SPOILERS):
        fitting = [w for w in all_ways() if w.spoiler is spoiler and w.end(0).reason not in ("", STRANGER)]
        fitting.sort(key=lambda w: (formats.index(w.place.format) - number) % len(formats))
        chosen += fitting[:1]
    return chosen


@pytest.mark.parametrize("way", a_way_each(), ids=lambda way: way.name)
def test_many_spoilt_cells_are_refused(way: Way, copy: Copy, run: Run) -> None:
    format, spoilt = way.place.format, (7, 77, 177, 277)
    folder, rows = copy(format, FEW), rows_of(format, FEW)
    for row in spoilt:
        spoil(rows, way, row)
    write(folder, format, "csv", rows)
    before = files(folder)
    done = run(folder, "--json")
    assert done.code == 11, done.said
    assert f"{format}.csv: 4 of {FEW} rows rejected" in done.said
    assert f"{way.place.to}: {way.end(0).reason}: 4 rows, first on line 9" in done.said
    nothing_is_told(done, [cell for cell in map(way.text, spoilt) if len(cell.strip()) > 5])
    assert files(folder) == before


def files(folder: Path) -> dict[str, bytes]:
    """What a refusal leaves as it is: all but the log."""
    found = {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return {name: content for name, content in found.items() if not name.startswith((".", "audit.jsonl"))}
