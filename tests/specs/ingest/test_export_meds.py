"""Export to MEDS: valid files, the people who may be exported, and the same facts on the way back."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tomli_w
from tests.support.extracts import Extract, Listener, as_csv, ingested, rows_in, stays
from tests.support.tablespec import Row, check

from riskstrat.errors import GovernanceError, NothingToDoError, UsageError
from riskstrat.ingest.meds_export import _EVENTS, SPLITS, extensions, schema
from riskstrat.steps.export import export_meds
from riskstrat.steps.ingest import ingest
from riskstrat.steps.init import study_template
from riskstrat.study.folder import StudyFolder
from riskstrat.study.session import Session, open_study
from riskstrat.synthetic import generate
from riskstrat.tables.schema import TABLES
from riskstrat.tables.snapshot import Snapshot

MEDS_TYPES = {
    "subject_id": pa.int64(),
    "time": pa.timestamp("us"),
    "code": pa.string(),
    "numeric_value": pa.float32(),
    "text_value": pa.large_string(),
}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """A store of a few hundred people in several parts."""
    folder = tmp_path_factory.mktemp("study")
    generate(folder, 250, seed=7)
    text = study_template("small").replace("# patients_per_file = 100000", "patients_per_file = 100")
    (folder / "study.toml").write_text(text, encoding="utf-8")
    session = open_study(folder, Listener())
    assert ingest(session).parts > 1
    return session


@pytest.fixture(scope="module")
def exported(study: Session, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("out") / "meds"
    export_meds(study, folder, pseudonyms=True)
    return folder


def shards(folder: Path) -> dict[str, pa.Table]:
    return {
        str(path.relative_to(folder)): pq.ParquetFile(path).read() for path in sorted(folder.glob("data/*/*.parquet"))
    }


def everything(folder: Path) -> Iterator[Row]:
    for table in shards(folder).values():
        yield from table.to_pylist()


def numbers(snapshot: Snapshot) -> dict[str, int]:
    return {row["patient_id"]: row["patient_no"] for row in rows_in(snapshot, "patients")}


# --- What MEDS asks ----------------------------------------------------------------------------------------------


def test_files_have_the_columns_of_meds_in_their_types(exported: Path) -> None:
    for name, table in shards(exported).items():
        found = {field.name: field.type for field in table.schema}
        assert {key: found[key] for key in MEDS_TYPES} == MEDS_TYPES, name
        assert table.schema.names == schema(pseudonyms=True).names
        assert table["subject_id"].null_count == table["code"].null_count == 0


def test_a_subject_is_in_one_file_and_in_order_of_time(exported: Path) -> None:
    seen: Counter[int] = Counter()
    for table in shards(exported).values():
        subjects = table["subject_id"].to_pylist()
        times = table["time"].to_pylist()
        order = [(s, t is not None, t or datetime.min) for s, t in zip(subjects, times, strict=True)]
        assert order == sorted(order)
        seen.update(set(subjects))
    assert set(seen.values()) == {1}


def test_splits_are_those_of_the_folders_and_of_every_month(exported: Path, study: Session, tmp_path: Path) -> None:
    splits = pq.read_table(exported / "metadata" / "subject_splits.parquet")
    assert splits.schema.names == ["subject_id", "split"]
    assert splits.schema.field("subject_id").type == pa.int64()
    by_subject = dict(zip(splits["subject_id"].to_pylist(), splits["split"].to_pylist(), strict=True))
    for name, table in shards(exported).items():
        split = name.split("/")[1]
        assert {by_subject[s] for s in set(table["subject_id"].to_pylist())} == {split}
    counts = Counter(by_subject.values())
    assert set(counts) == set(SPLITS)
    assert 0.7 < counts["train"] / len(by_subject) < 0.9
    assert len(by_subject) == splits.num_rows


def test_every_code_is_in_the_metadata(exported: Path) -> None:
    metadata = pq.read_table(exported / "metadata" / "codes.parquet")
    assert metadata.schema.names == ["code", "description", "parent_codes"]
    assert metadata.schema.field("parent_codes").type == pa.list_(pa.string())
    assert metadata["code"].to_pylist() == sorted({row["code"] for row in everything(exported)})
    parents = dict(zip(metadata["code"].to_pylist(), metadata["parent_codes"].to_pylist(), strict=True))
    assert parents["DIAGNOSIS//ICD10//I10"] == ["ICD10/I10"]
    assert parents["MEDS_BIRTH"] == []


def test_the_dataset_says_what_it_is(exported: Path, study: Session) -> None:
    said = json.loads((exported / "metadata" / "dataset.json").read_text(encoding="utf-8"))
    assert said["meds_version"] == "0.4.0"
    assert said["dataset_version"] == study.folder.snapshot().name
    assert datetime.fromisoformat(said["created_at"]).tzinfo is not None
    lists = [said[name] for name in said if name.endswith("_columns")]
    assert sorted(name for names in lists for name in names) == sorted([*extensions(), "patient_id"])


def test_every_column_of_an_exported_table_goes_somewhere() -> None:
    for name in {event.table for event in _EVENTS} - {"patients", "diagnoses"}:
        mine = [event for event in _EVENTS if event.table == name]
        said = {word for event in mine for word in (*event.also, event.time, event.value, event.text)}
        code = " ".join(event.code for event in mine)
        derived = {"patient_id", "main_diagnosis"}
        lost = {c.name for c in TABLES[name].columns if c.name not in said and c.name not in code} - derived
        if name == "episodes":
            lost -= {"start_date"}
        assert not lost, f"{name} loses {lost}"


# --- Who and what ------------------------------------------------------------------------------------------------


def test_the_way_back_gives_the_same_facts(exported: Path, study: Session, tmp_path: Path) -> None:
    files = f"{exported}/data/**/*.parquet"
    facts = {"name": "back", "sources": [{"format": "meds", "files": files}], "engine": {"threads": 1}}
    (tmp_path / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")
    back, there = ingest(open_study(tmp_path, Listener())), study.folder.snapshot()
    exported_people = {row["patient_id"] for row in everything(exported)}
    assert set(back.manifest["tables"]) == set(there.manifest["tables"]) - {"opt_outs"}
    for name in back.manifest["tables"]:
        columns = TABLES[name].by_name
        found = Counter(tuple(row[c] for c in columns) for row in rows_in(back, name))
        sent = Counter(
            tuple(row[c] for c in columns) for row in rows_in(there, name) if row["patient_id"] in exported_people
        )
        assert sent, f"no {name} to compare"
        assert found == sent, name


def test_people_who_object_are_left_out(exported: Path, study: Session) -> None:
    snapshot = study.folder.snapshot()
    latest: dict[tuple[str, str], tuple[date, int]] = {}
    for row in rows_in(snapshot, "opt_outs"):
        key, said = (row["patient_id"], row["kind"]), (row["recorded_date"], row["withdrawn"] or 0)
        latest[key] = max(latest.get(key, said), said)
    objecting = {patient for (patient, _), (_, withdrawn) in latest.items() if not withdrawn}
    assert objecting
    found = {row["patient_id"] for row in everything(exported)}
    assert found == set(numbers(snapshot)) - objecting


def test_no_pseudonym_is_exported_unless_asked_for(study: Session, tmp_path: Path) -> None:
    facts = export_meds(study, tmp_path / "meds")
    assert facts["subjects"] + facts["left_out"] == len(numbers(study.folder.snapshot()))
    assert facts["rows"] == sum(1 for _ in everything(tmp_path / "meds"))
    for table in shards(tmp_path / "meds").values():
        assert "patient_id" not in table.schema.names
    people = set(numbers(study.folder.snapshot()))
    said = {str(value) for row in everything(tmp_path / "meds") for value in row.values()}
    assert not people & said
    about = json.loads((tmp_path / "meds" / "metadata" / "dataset.json").read_text(encoding="utf-8"))
    assert about["raw_source_id_columns"] == ["episode_id"]


def test_rows_say_what_the_store_says(tmp_path: Path) -> None:
    apc = """
    PERSON_ID | PROCODE | ADMIDATE   | ADMIMETH | DISDATE    | EPISTART   | EPIEND     | EPIORDER | CLASSPAT | DISDEST | DIAG_01 | DIAG_02
    A         | RAA01   | 2024-01-01 | 2A       |            | 2024-01-01 | 2024-01-03 | 1        | 1        |         | I500    | E119
    A         | RAA01   | 2024-01-01 | 2A       | 2024-01-05 | 2024-01-03 | 2024-01-05 | 2        | 1        | 19      |         | J440
    """  # noqa: E501
    ingested(
        tmp_path,
        Extract("patients", "p.csv", as_csv("patient_id practice_code sex birth_month ethnicity\nA P1 F 1950-03 F")),
        Extract(
            "gp_events", "g.csv", as_csv("patient_id date code code_system value\nA 2024-01-01 60621009 snomed 7.1")
        ),
        Extract("deaths", "d.csv", as_csv("patient_id date_of_death cause\nA 2024-02-01 I509")),
        stays(as_csv(apc)),
    )
    export_meds(open_study(tmp_path, Listener()), tmp_path / "meds")
    rows = [{**row, "day": row["time"].date() if row["time"] else None} for row in everything(tmp_path / "meds")]
    check(
        rows,
        """
        day        | code                       | numeric_value | diagnoses | cause
                   | ETHNICITY//F               |               |           |
                   | GENDER//F                  |               |           |
        1950-03-01 | MEDS_BIRTH                 |               |           |
        2024-01-01 | HOSPITAL_ADMISSION//2A//1  |               | I500;E119 |
        2024-01-01 | SNOMED//60621009           | 7.1           |           |
        2024-01-03 | DIAGNOSIS//ICD10//E119     |               |           |
        2024-01-03 | DIAGNOSIS//ICD10//I500     |               |           |
        2024-01-03 | HOSPITAL_EPISODE//2A//1    |               | ;J440      |
        2024-01-05 | DIAGNOSIS//ICD10//J440     |               |           |
        2024-01-05 | HOSPITAL_DISCHARGE//19     |               |           |
        2024-02-01 | MEDS_DEATH                 |               |           | I509
        """,
    )


# --- What is refused ---------------------------------------------------------------------------------------------


def test_an_expired_basis_stops_it(study: Session, tmp_path: Path) -> None:
    rules = study.study.governance.model_copy(update={"expires_on": study.today - timedelta(days=1)})
    lapsed = replace(study, study=study.study.model_copy(update={"governance": rules}))
    with pytest.raises(GovernanceError, match="may not process"):
        export_meds(lapsed, tmp_path / "meds")
    assert not list(tmp_path.iterdir())


def test_without_a_snapshot_there_is_nothing_to_export(study: Session, tmp_path: Path) -> None:
    with pytest.raises(NothingToDoError):
        export_meds(replace(study, folder=StudyFolder(tmp_path)), tmp_path / "meds")


def test_nothing_is_overwritten_but_an_earlier_export(study: Session, tmp_path: Path) -> None:
    mine = tmp_path / "thesis"
    mine.mkdir()
    (mine / "chapter.txt").write_text("all my work", encoding="utf-8")
    for session in (study, replace(study, force=True)):
        with pytest.raises(UsageError, match="already exists"):
            export_meds(session, mine)
    assert (mine / "chapter.txt").read_text(encoding="utf-8") == "all my work"
    (tmp_path / "empty").mkdir()
    export_meds(study, tmp_path / "empty")
    first = {name: table.num_rows for name, table in shards(tmp_path / "empty").items()}
    with pytest.raises(UsageError, match="already exists"):
        export_meds(study, tmp_path / "empty")
    export_meds(replace(study, force=True), tmp_path / "empty")
    assert {name: table.num_rows for name, table in shards(tmp_path / "empty").items()} == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["empty", "thesis"]


def test_the_command(study: Session, tmp_path: Path, cli: Callable[..., Any]) -> None:
    result = cli("export", "meds", tmp_path / "meds", "--study", study.folder.path, "--json")
    assert result.exit_code == 0, result.stderr
    facts = json.loads(result.stdout)
    assert facts["files"] == len(shards(tmp_path / "meds"))
    modes = {path.stat().st_mode & 0o077 for path in (tmp_path / "meds").rglob("*")}
    assert modes == {0}
    again = cli("export", "meds", tmp_path / "meds", "--study", study.folder.path)
    assert again.exit_code == 2
    assert "already exists" in again.stderr
    assert cli("export").exit_code == 2
