"""`ingest --dry-run`: extracts of any shape are read after what it says is pasted into study.toml."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.support.extracts import Listener, rows_in
from tests.support.foreign import Shape, paste, write_foreign

from riskstrat.cli.preview_text import preview_text
from riskstrat.steps.ingest import ingest
from riskstrat.steps.ingest_dry_run import DryRun, dry_run
from riskstrat.steps.init import init
from riskstrat.study.roles import built_in_roles
from riskstrat.study.session import open_study
from riskstrat.synthetic import generate
from riskstrat.tables.snapshot import Snapshot

PEOPLE, SEED = 120, 5
OLD_ED = '[[sources]]\nformat = "hes_ae"\nfiles = "extracts/ae/*.csv*"\n\n'
NOT_COMPARED = {"patient_no", "birth_date", "birth_day", "file_no"}


@pytest.fixture(scope="session")
def plain(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Snapshot]:
    """The plain extracts of a few people, and the snapshot of them."""
    folder = tmp_path_factory.mktemp("plain")
    generate(folder, PEOPLE, seed=SEED, months=24)
    path = init(folder, False, Listener())
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(OLD_ED, ""), encoding="utf-8")
    return folder / "extracts", ingest(open_study(folder, Listener()))


def looked_at(folder: Path) -> DryRun:
    return dry_run(open_study(folder, Listener()))


def decisions(found: DryRun) -> list[str]:
    return [one for section in found.suggestion["sections"] for one in section["to_decide"]]


def read_as_suggested(folder: Path) -> tuple[DryRun, Snapshot]:
    """What a person does: begin a study, look, paste, look again, ingest."""
    init(folder, False, Listener())
    first = looked_at(folder)
    assert first.suggestion["toml"], first
    assert decisions(first) == []
    paste(folder / "study.toml", first.suggestion["toml"])
    again = looked_at(folder)
    assert (again.faults, again.suggestion["toml"], again.suggestion["problems"]) == ((), "", [])
    return first, ingest(open_study(folder, Listener()))


def compared(found: Snapshot, expected: Snapshot, table: str) -> tuple[list[Any], list[Any], set[str]]:
    """The rows of two tables in the columns that both fill, in one order, and the columns that only one fills."""
    left, right = rows_in(found, table), rows_in(expected, table)
    filled = [{name for row in rows for name, value in row.items() if value is not None} for rows in (left, right)]
    both = sorted((filled[0] & filled[1]) - NOT_COMPARED)
    ours, theirs = (sorted([repr(row[name]) for name in both] for row in rows) for rows in (left, right))
    return ours, theirs, (filled[0] ^ filled[1]) - NOT_COMPARED


def check_read(folder: Path, plain: tuple[Path, Snapshot], seed: int) -> Shape:
    extracts, expected = plain
    shape = write_foreign(extracts, folder, seed)
    _, found = read_as_suggested(folder)
    assert set(found.manifest["tables"]) == set(expected.manifest["tables"])
    for table in expected.manifest["tables"]:
        ours, theirs, only_one = compared(found, expected, table)
        assert (len(ours), sorted(only_one)) == (len(theirs), []), (shape.says, table)
        assert ours == theirs, (shape.says, table)
    check_births(found, expected, shape)
    return shape


def check_births(found: Snapshot, expected: Snapshot, shape: Shape) -> None:
    births: list[Mapping[str, Any]] = [
        {row["patient_id"]: row["birth_date"] for row in rows_in(one, "patients")} for one in (found, expected)
    ]
    if shape.births == "day":
        assert births[0] == {who: day.replace(month=7) for who, day in births[1].items()}
    else:
        assert births[0] == births[1]


@pytest.mark.parametrize("seed", range(2))
def test_foreign_extracts_are_read_after_one_edit(seed: int, plain: tuple[Path, Snapshot], tmp_path: Path) -> None:
    check_read(tmp_path, plain, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2, 62))
def test_many_foreign_extracts_are_read_after_one_edit(seed: int, plain: tuple[Path, Snapshot], tmp_path: Path) -> None:
    check_read(tmp_path, plain, seed)


def test_no_cell_of_a_file_without_headings_is_shown(plain: tuple[Path, Snapshot], tmp_path: Path) -> None:
    shown: set[str] = set()
    for path in plain[0].rglob("*.csv"):
        _, first, *others = path.read_text(encoding="utf-8").splitlines(keepends=True)
        cells = [cell or f"Zq{place}" for place, cell in enumerate(first.strip().split(","))]
        unlike = [f"{cell}{place}" if cells.index(cell) < place else cell for place, cell in enumerate(cells)]
        shown |= {cell for cell in unlike if len(cell) > 4} - set(built_in_roles())
        target = tmp_path / "extracts" / path.relative_to(plain[0])
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text("".join([",".join(unlike) + "\n", *others]), encoding="utf-8")
    init(tmp_path, False, Listener())
    found = looked_at(tmp_path)
    assert found.suggestion["problems"]
    assert [cell for cell in shown if cell in repr(found) + preview_text(found)] == []
