"""Every way to spoil a whole file ends as it should: in its exit code, in quarantine, or in nothing at all."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.corruption.changes import ROWS, nhs_number
from tests.corruption.good import PERSON, write_toml
from tests.corruption.spoilers import SPOILERS, TOKEN, all_ways
from tests.corruption.spoilt_files import FILE_WAYS, FileWay
from tests.corruption.test_cells import Copy, Run, files
from tests.corruption.told import Done, balanced, content, nothing_is_told

from riskstrat.study.folder import StudyFolder

TABLES = {"gp_events": "gp_events", "hes_apc": "episodes", "patients": "patients"}


@pytest.mark.parametrize("way", FILE_WAYS, ids=lambda way: way.name)
def test_a_spoilt_file_ends_as_it_should(way: FileWay, copy: Copy, base: Copy, run: Run) -> None:
    folder = copy("gp_events", ROWS)
    way.spoil(folder)
    before = files(folder)
    done = run(folder)
    assert done.code == way.code, done.said
    assert way.says in done.said
    nothing_is_told(done)
    if way.code:
        assert files(folder) == before
    else:
        accepted(way, done, base("gp_events", ROWS))


def accepted(way: FileWay, done: Done, before: Path) -> None:
    """What is stored is as it was, but for what is in quarantine and in the books."""
    balanced(done.snapshot)
    books = {what: rows for what, rows in done.page(way.path)["books"].items() if rows}
    stored = {"stored": ROWS - len(way.lost)} if len(way.lost) < ROWS else {}
    aside = {"quarantined": len(way.aside)} if way.aside else {}
    assert books == {**stored, **aside, **way.books}
    assert done.quarantine(way.path) == dict(way.aside)
    was = StudyFolder(before).snapshot()
    lost = [PERSON(row) for row in way.lost]
    for table in was.tables if way.elsewhere else [TABLES[way.format]]:
        gone = lost if table == TABLES[way.format] else []
        assert content(done.snapshot, table).equals(content(was, table, gone)), table


# --- Files that are more than bytes ------------------------------------------------------------------------------


def place(folder: Path) -> Path:
    return folder / "extracts" / "gp_events"


def a_folder(folder: Path) -> None:
    (place(folder) / "more.csv").mkdir()


def a_folder_of_parquet(folder: Path) -> None:
    (place(folder) / "more.parquet").mkdir()


def a_link_to_itself(folder: Path) -> None:
    (place(folder) / "more.csv").symlink_to("more.csv")


def a_link_to_nothing(folder: Path) -> None:
    (place(folder) / "more.csv").symlink_to("nothing.csv")


def a_forbidden_file(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (place(folder) / "gp_events.csv").chmod(0)


def a_workbook(folder: Path) -> None:
    (place(folder) / "more.xlsx").write_bytes(b"PK")


def no_file(folder: Path) -> None:
    (place(folder) / "gp_events.csv").unlink()


@pytest.mark.parametrize("spoil", [a_forbidden_file, no_file])
def test_a_file_that_cannot_be_opened_is_refused(spoil: Callable[[Path], None], copy: Copy, run: Run) -> None:
    folder = copy("gp_events", ROWS)
    spoil(folder)
    before = files(folder)
    done = run(folder)
    assert done.code == 11, done.said
    nothing_is_told(done)
    assert files(folder) == before


@pytest.mark.parametrize("spoil", [a_folder, a_folder_of_parquet, a_link_to_itself, a_link_to_nothing, a_workbook])
def test_what_is_no_file_that_can_be_read_is_not_passed_over_in_silence(
    spoil: Callable[[Path], None], copy: Copy, run: Run
) -> None:
    folder = copy("gp_events", ROWS)
    spoil(folder)
    before = files(folder)
    done = run(folder)
    assert done.code in (0, 11), done.said
    assert "more." in done.said
    nothing_is_told(done)
    assert files(folder) == before


def a_copy(folder: Path) -> int:
    good = place(folder) / "gp_events.csv"
    (place(folder) / "once more.csv").write_bytes(good.read_bytes())
    return 1


def a_copy_in_capitals(folder: Path) -> int:
    good = place(folder) / "gp_events.csv"
    (place(folder) / "MORE.CSV").write_bytes(good.read_bytes())
    return 1


def a_link(folder: Path) -> int:
    (place(folder) / "more.csv").symlink_to("gp_events.csv")
    return 1


def a_loop_of_folders(folder: Path) -> int:
    (place(folder) / "again").symlink_to(".")
    everywhere = {"files": "extracts/gp_events/**/*.csv"}
    write_toml(folder, ["gp_events", "hes_apc", "patients"], settings={"gp_events": everywhere})
    return 0


NAMES = (
    "a[1]*?.csv",
    'it\'s "so".csv',
    "=1+1.csv",
    "-rf.csv",
    "line\nbreak.csv",
    "\u202e\U0001f9ff.csv",
    "{a,b}.csv",
    "a\\b.csv",
)


def odd_names(folder: Path) -> int:
    for name in NAMES:
        (place(folder) / name).write_bytes((place(folder) / "gp_events.csv").read_bytes())
    return len(NAMES)


@pytest.mark.parametrize("more", [a_copy, a_copy_in_capitals, a_link, a_loop_of_folders, odd_names])
def test_the_same_content_under_other_names_adds_nothing(
    more: Callable[[Path], int], copy: Copy, base: Copy, run: Run
) -> None:
    folder = copy("gp_events", ROWS)
    copies = more(folder)
    done = run(folder)
    assert done.code == 0, done.said
    nothing_is_told(done)
    balanced(done.snapshot)
    was = StudyFolder(base("gp_events", ROWS)).snapshot()
    for table in was.tables:
        assert content(done.snapshot, table).equals(content(was, table)), table
    books = done.snapshot.manifest["tables"]["gp_events"]
    assert books["read"] == books["stored"] + books["duplicates"]
    assert not copies or books["duplicates"] == copies * ROWS


def test_a_file_with_an_odd_name_is_found_in_quarantine_under_it(copy: Copy, run: Run) -> None:
    folder = copy("gp_events", ROWS)
    for name in NAMES:
        (place(folder) / name).write_bytes((place(folder) / "gp_events.csv").read_bytes() + f"{TOKEN}\n".encode())
    done = run(folder)
    assert done.code == 0, done.said
    nothing_is_told(done)
    found = pq.read_table(done.snapshot.folder / "quarantine" / "rows.parquet").to_pylist()
    assert {Path(row["file"]).name for row in found} == set(NAMES)
    assert {row["line"] for row in found} == {ROWS + 2}


def test_a_quote_that_does_not_end_in_a_long_file_costs_one_line(copy: Copy, run: Run) -> None:
    folder = copy("gp_events", 5500)
    path = place(folder) / "gp_events.csv"
    lines = path.read_bytes().splitlines(keepends=True)
    lines[3] = b'"' + lines[3]
    path.write_bytes(b"".join(lines))
    done = run(folder)
    assert done.code == 0, done.said
    assert done.quarantine("gp_events.csv").keys() == {4}
    assert done.page("gp_events.csv")["books"]["stored"] == 5499


def test_a_quote_that_does_not_end_hides_nothing_from_the_guard(copy: Copy, run: Run) -> None:
    folder = copy("gp_events", 5500)
    lines = (place(folder) / "gp_events.csv").read_text(encoding="utf-8").splitlines()
    wider = [f"{line},{nhs_number(number) if number else 'more'}" for number, line in enumerate(lines)]
    wider[2] = wider[2].replace("snomed", '"snomed')
    (place(folder) / "gp_events.csv").write_text("\n".join(wider), encoding="utf-8")
    done = run(folder)
    assert done.code == 12, done.said
    assert "NHS number" in done.said


def test_a_line_longer_than_the_reader_takes_is_one_line(copy: Copy, run: Run) -> None:
    folder = copy("gp_events", ROWS)
    path = place(folder) / "gp_events.csv"
    long = b"x" * 4_100_000
    path.write_bytes(path.read_bytes().replace(b",kg\n", b"," + long + b"\n", 1))
    done = run(folder)
    assert done.code == 0, done.said
    assert done.quarantine("gp_events.csv") == {}
    assert max(len(unit) for unit in content(done.snapshot, "gp_events")["unit"].to_pylist()) == len(long)


# --- How many ways there are -------------------------------------------------------------------------------------


def test_there_are_at_least_sixty_ways() -> None:
    kinds = {*(one.name for one in SPOILERS), *(one.name for one in FILE_WAYS)}
    assert len(kinds) == len(SPOILERS) + len(FILE_WAYS), "two ways of one name"
    cells = f"{len(SPOILERS)} of a cell, {len(all_ways())} with the columns they fit"
    print(f"{len(kinds)} ways to spoil an extract: {cells}; {len(FILE_WAYS)} of a file")
    assert len(kinds) >= 60
