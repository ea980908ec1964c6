"""What a command told, and what it left on disk, searched for what it must not tell."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from tests.corruption.spoilers import TOKEN

from riskstrat.study.folder import StudyFolder
from riskstrat.tables.schema import TABLES
from riskstrat.tables.snapshot import Snapshot

TAG = re.compile(rf"{TOKEN}r\d{{5}}x")


@dataclass(frozen=True)
class Done:
    """A command that has run on a spoilt study.

    Parameters
    ----------
    folder : Path
        The study.
    code : int
        Exit code.
    said : str
        All that was printed and logged.
    """

    folder: Path
    code: int
    said: str

    @property
    def snapshot(self) -> Snapshot:
        """The latest."""
        return StudyFolder(self.folder).snapshot()

    def page(self, file: str) -> dict[str, Any]:
        """The manifest's page on a file."""
        (page,) = (one for one in self.snapshot.manifest["files"] if Path(one["file"]).name == file)
        return dict(page)

    def quarantine(self, file: str) -> dict[int, tuple[str | None, str]]:
        """Column and reason by line, each line once."""
        rows = pq.read_table(self.snapshot.folder / "quarantine" / "rows.parquet").to_pylist()
        mine = [row for row in rows if Path(row["file"]).name == file]
        found = {row["line"]: (row["column"], row["reason"]) for row in mine}
        assert len(found) == len(mine), "a line is in quarantine twice"
        return found


def content(snapshot: Snapshot, table: str, without: Iterable[str] = ()) -> pa.Table:
    """A table of a snapshot, but for some people's rows and for the numbers that depend on who else is there."""
    parts = [pq.read_table(snapshot.part(table, part)) for part in range(snapshot.parts)]
    rows = pa.concat_tables(parts).drop_columns(["patient_no", "file_no"])
    others = pc.invert(pc.is_in(rows["patient_id"], pa.array(list(without), pa.string())))
    kept = rows.filter(others)
    kept = kept.sort_by([(name, "ascending") for name in kept.column_names])
    return pa.table({name: kept[name] for name in kept.column_names})


def balanced(snapshot: Snapshot) -> None:
    """Every line of every file is accounted for, and every row that is said to be stored is there."""
    manifest = snapshot.manifest
    for page in manifest["files"]:
        assert page["lines"] == sum(page["books"].values()), page
    for name, table in manifest["tables"].items():
        rows = content(snapshot, name).num_rows
        assert table["stored"] == rows, name
    aside = pq.read_metadata(snapshot.folder / "quarantine" / "rows.parquet").num_rows
    assert aside == sum(page["books"]["quarantined"] for page in manifest["files"])


def nothing_is_told(done: Done, planted: Iterable[str] = (), stored: Iterable[str] = ()) -> None:
    """No canary but those of stored rows, and of those none but in the tables; no traceback.

    Parameters
    ----------
    planted : iterable of str
        Cells of the extracts, of which none may be printed or stand in a report.
    stored : iterable of str
        Tags of canaries in cells that are stored.
    """
    assert "Traceback" not in done.said
    assert "Internal error" not in done.said, done.said
    told = {"what was said": done.said}
    legit = set(stored)
    for path in sorted(done.folder.rglob("*")):
        place = str(path.relative_to(done.folder))
        if path.is_file() and not place.startswith("extracts") and place != "study.toml":
            if path.suffix == ".parquet":
                _not_in_parquet(path, legit if _may_hold(path) else set())
            else:
                told[place] = path.read_bytes().decode("utf-8", "replace")
    for where, text in told.items():
        assert TOKEN not in text, f"a canary in {where}"
        for cell in planted:
            assert cell not in text, f"{cell!r} in {where}"


def _may_hold(path: Path) -> bool:
    """Whether it is a canonical table, its converted form, or the list of codes."""
    return path.parent.name in TABLES or "rows" in path.parts or path.name == "codes.parquet"


def _not_in_parquet(path: Path, stored: set[str]) -> None:
    table = pq.read_table(path, partitioning=None)
    for name in table.column_names:
        column = table[name]
        if pa.types.is_list(column.type):
            column = pc.list_flatten(column)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            found = column.filter(pc.fill_null(pc.match_substring(column, TOKEN), False))
            tags = {tag for text in found.to_pylist() for tag in TAG.findall(text) or [text]}
            assert tags <= stored, f"a canary in {path}, {name}"
