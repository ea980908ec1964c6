"""Every file that a study keeps is as `files_on_disk` says, and a later version of a manifest is refused by name."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskstrat.errors import StudyError
from riskstrat.features.outcomes import WINDOWS
from riskstrat.lists.columns import LIST_COLUMN_NAMES
from riskstrat.tables import (
    COHORT_FILE,
    DECISIONS_FILE,
    FEATURES_FILE,
    FIGURES_FILE,
    NO_OUTCOMES_FILE,
    OUTCOMES_FILE,
    QUARANTINE_FILE,
    SCHEMA_VERSION,
    SCORES_FILE,
    TABLES,
    begins_with,
    check_kinds,
    read_manifest,
    write_manifest,
)
from riskstrat.tables.files_on_disk import LIST_FILES

Check = Callable[[pa.Table, str], object]


def same(*schemas: pa.Schema) -> Check:
    """The schema is one of these."""

    def check(rows: pa.Table, _: str) -> None:
        assert rows.schema.remove_metadata() in schemas

    return check


def of_snapshot(rows: pa.Table, name: str) -> None:
    """A canonical table has its columns, in order, beside the days as numbers and the number of the file."""
    known = [column.name for column in TABLES[name.split("/")[-2]].columns]
    ours = [one for one in rows.column_names if one in known]
    assert ours == [one for one in known if one in ours]
    assert not [one for one in rows.column_names if one not in known and not one.endswith(("_no", "_day"))]


FILES: dict[str, Check] = {
    r"store/[^/]+/quarantine/rows": same(QUARANTINE_FILE),
    r"store/[^/]+/codes": lambda rows, _: rows.select(["table_name", "code_system", "code", "rows"]),
    r"store/[^/]+/\w+/\d{4}": of_snapshot,
    r"runs/[^/]+/cohort": same(COHORT_FILE),
    r"runs/[^/]+/features": lambda rows, _: begins_with(rows.schema, FEATURES_FILE),
    r"runs/[^/]+/outcomes": same(OUTCOMES_FILE, NO_OUTCOMES_FILE),
    r"runs/[^/]+/scores": same(SCORES_FILE),
    r"runs/[^/]+/lists/\w+": lambda rows, name: check_kinds(rows, name.split("/")[-1]),
    r"reviews/decisions": same(DECISIONS_FILE),
    r"reports/[^/]+": same(FIGURES_FILE),
}


def fill_in(folder: Path) -> None:
    """A team's decisions on the first list, one of each kind of hold, as a file beside the study."""
    path = max(folder.glob("runs/*/lists/*/gp_mdt.csv"), key=lambda one: one.stat().st_size)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row, said in zip(rows, ("accepted", "deferred", "moved"), strict=False):
        row["decision"] = said
    with (folder / "back.csv").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def test_every_parquet_file_of_a_study_has_its_schema(a_copy: Any, cli: Callable[..., Any]) -> None:
    for words in (
        ["score", "--index-date", "2025-09-01"], ["list", "--index-date", "2025-09-01"], ["review"], ["list"],
        ["validate"],
    ):  # fmt: skip
        if words == ["review"]:
            fill_in(a_copy.folder)
            words = ["review", a_copy.folder / "back.csv"]
        said = cli(*words, "--study", a_copy.folder, "--quiet")
        assert said.exit_code == 0, said.stderr
    seen = set()
    for path in a_copy.folder.rglob("*.parquet"):
        name = path.relative_to(a_copy.folder).with_suffix("").as_posix()
        if name.startswith("extracts") or ".converted" in name or name == "truth":
            continue
        (pattern,) = [one for one in FILES if re.fullmatch(one, name)][:1] or [None]
        assert pattern, f"{name}.parquet is of no kind that is known"
        FILES[pattern](pq.read_table(path), name)
        seen.add(pattern)
    assert seen == set(FILES)


def test_a_schema_says_what_the_packages_say() -> None:
    assert tuple(LIST_FILES["lists"].names) == LIST_COLUMN_NAMES
    assert [name for name in OUTCOMES_FILE.names if name.startswith("events_")] == [f"events_{n}" for n in WINDOWS]


LEFT = {"practice_code": ["A"], "patient_id": ["p"], "last_rank": [1.0], "fate": ["moved"], "role": ["gp_mdt"]}


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ({}, None),
        ({"last_rank": pa.array([None], pa.string())}, None),
        ({"last_rank": ["one"]}, "last_rank is string"),
        ({"fate": [3]}, "fate is int64"),
        ({"more": [3]}, "columns"),
    ],
)
def test_a_table_of_lists_that_drifts_is_not_written(changed: dict[str, Any], fault: str | None) -> None:
    rows = pa.table({**LEFT, **changed})
    if fault is None:
        assert check_kinds(rows, "left") is rows
    else:
        with pytest.raises(ValueError, match=fault):
            check_kinds(rows, "left")


def test_a_matrix_that_begins_otherwise_is_not_written() -> None:
    with pytest.raises(ValueError, match="first columns"):
        begins_with(SCORES_FILE, FEATURES_FILE)


def test_a_manifest_is_read_as_it_was_given(tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    assert read_manifest(path) == {}
    write_manifest(path, {"key": "x"})
    assert json.loads(path.read_text(encoding="utf-8")) == {"schema_version": SCHEMA_VERSION, "key": "x"}
    assert read_manifest(path) == {"key": "x"}
    path.write_text('{"key": "x"}', encoding="utf-8")
    assert read_manifest(path) == {"key": "x"}


def test_every_manifest_of_a_study_has_a_version(trained: Any) -> None:
    paths = [*trained.folder.glob("**/manifest.json"), *trained.folder.glob("reports/*.json")]
    assert len(paths) > 5
    assert {json.loads(path.read_text(encoding="utf-8"))["schema_version"] for path in paths} == {SCHEMA_VERSION}
    assert f"schema_version = {SCHEMA_VERSION}\n" in (trained.folder / "models/default/model.toml").read_text("utf-8")


@pytest.mark.parametrize(
    ("place", "words", "code"),
    [
        ("store/*/manifest.json", ["score"], 11),
        ("runs/2026-01-01/manifest.json", ["score"], 10),
        ("runs/2026-01-01/lists/manifest.json", ["list"], 10),
        ("reports/summary-*.json", ["summary"], 10),
        ("models/default/model.toml", ["score"], 15),
    ],
)
def test_what_a_later_program_wrote_is_refused_by_name(
    place: str, words: list[str], code: int, a_copy: Any, cli: Callable[..., Any]
) -> None:
    (path,) = a_copy.folder.glob(place)
    text = path.read_text(encoding="utf-8")
    was = sha256(path.read_bytes()).hexdigest()
    path.write_text(re.sub(r'(schema_version"?(?: =|:) )1', r"\g<1>2", text, count=1), encoding="utf-8")
    if code == 15:
        sums = path.with_name("SHA256SUMS")
        now = sha256(path.read_bytes()).hexdigest()
        sums.write_text(sums.read_text(encoding="utf-8").replace(was, now), encoding="utf-8")
    said = cli(*words, "--study", a_copy.folder, "--quiet")
    assert said.exit_code == code, said.stderr
    assert path.relative_to(a_copy.folder).as_posix().split("/")[-1] in said.stderr
    assert "was written by a later version of riskstrat: its schema_version is 2" in said.stderr
    assert "Install the later one" in said.stderr


@pytest.mark.parametrize("content", ["[]", '"x"', '{"schema_version": "one"}'])
def test_a_manifest_that_is_none_is_refused_by_name(content: str, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(StudyError, match="is damaged or was edited"):
        read_manifest(path)
