"""Pseudonyms made anew on the way in: the same content under other names, and a key that is never written."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.support.extracts import Extract, Listener, as_csv, ingested, quarantined, rows_in, write_study
from tests.support.governance import pseudonym

from riskstrat.errors import ExtractError, StudyError
from riskstrat.governance.pseudonyms import _BLOCK
from riskstrat.steps.ingest import ingest
from riskstrat.study.folder import StudyFolder
from riskstrat.study.session import open_study
from riskstrat.tables.snapshot import Snapshot

KEY = b"7c1f0d7e-one key of a test, of 45 letters....."
OTHER = b"another key of a test, of 41 letters......."
LONG = b"a key that is longer than a block of the hash: " * 3
PEOPLE = """
patient_id | practice_code | sex | birth_month
A          | P1            | 1   | 1950-03
B          | P1            | 2   | 1960-07
Ünïcode 🧿 | P1            | 2   | 1970-07
"""
STAYS = """
PERSON_ID  | PROCODE | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | EPIORDER | DIAG_01
A          | RAA01   | 2024-01-01 | 2A       | 2024-01-01 | 2024-01-05 | 1        | I10X
B          | RBB02   | 2024-02-01 | 21       | 2024-02-01 | 2024-02-05 | 1        | E11.9
Ünïcode 🧿 | RBB02   | 2024-02-01 | 21       | 2024-02-01 | 2024-02-05 | 1        | E11.9
stranger   | RBB02   | 2024-02-01 | 21       | 2024-02-01 | 2024-02-05 | 1        | E11.9
"""
OPT_OUTS = """
patient_id | kind  | recorded_date
A          | type1 | 2024-01-01
"""
IDS = ("A", "B", "Ünïcode 🧿")


def study() -> list[Extract]:
    return [
        Extract("patients", "patients.csv", as_csv(PEOPLE)),
        Extract("hes_apc", "apc.csv", as_csv(STAYS)),
        Extract("opt_outs", "opt_outs.csv", as_csv(OPT_OUTS)),
    ]


@pytest.fixture
def by_env(monkeypatch: pytest.MonkeyPatch) -> Callable[[bytes], Mapping[str, Any]]:
    """A key in the environment, and how study.toml names it."""

    def given(key: bytes) -> Mapping[str, Any]:
        monkeypatch.setenv("A_KEY_OF_A_TEST", key.decode())
        return {"pseudonyms": {"key_env": "A_KEY_OF_A_TEST"}}

    return given


def in_file(folder: Path, key: bytes) -> Mapping[str, Any]:
    """A key in a file beside the study, and how study.toml names it."""
    (folder.parent / "the key").write_bytes(key)
    return {"pseudonyms": {"key_file": "../the key"}}


def contents(snapshot: Snapshot, name: Callable[[str], str] = lambda one: one) -> dict[str, list[str]]:
    """Rows of every table, whatever their order, under names of our own."""
    found = {}
    for table in snapshot.tables:
        rows = [{**row, "patient_id": name(row["patient_id"]), "patient_no": 0} for row in rows_in(snapshot, table)]
        found[table] = sorted(map(str, rows))
    return found


@pytest.mark.parametrize("key", [KEY, LONG, b"k" * _BLOCK, b"k" * 32], ids=["short", "long", "a block", "the shortest"])
def test_the_same_content_is_stored_under_other_names(
    key: bytes, tmp_path: Path, by_env: Callable[[bytes], Mapping[str, Any]]
) -> None:
    for name in ("plain", "keyed"):
        (tmp_path / name).mkdir()
    plain = ingested(tmp_path / "plain", *study())
    keyed = ingested(tmp_path / "keyed", *study(), **by_env(key))
    assert contents(keyed) == contents(plain, lambda one: pseudonym(key, one))
    assert {row["patient_id"] for row in rows_in(keyed, "patients")} == {pseudonym(key, one) for one in IDS}
    assert keyed.manifest["tables"] == plain.manifest["tables"]


def test_a_key_is_the_same_from_a_file_and_from_the_environment(
    tmp_path: Path, by_env: Callable[[bytes], Mapping[str, Any]]
) -> None:
    (tmp_path / "study").mkdir()
    first = ingested(tmp_path / "study", *study(), **by_env(KEY))
    second = ingested(tmp_path / "study", *study(), **in_file(tmp_path / "study", b"\n" + KEY + b"\r\n"))
    assert second.name == first.name


def forms(key: bytes) -> list[bytes]:
    """The key as it might be written down."""
    block = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    padded = [bytes(byte ^ pad for byte in block) for pad in (0x36, 0x5C)]
    plain = [key, *padded, hashlib.sha256(key).digest()]
    return [*plain, *(one.hex().encode() for one in plain), *(base64.b64encode(one) for one in plain)]


def cells_of(path: Path) -> set[str]:
    """Every text in a Parquet file."""
    table = pq.read_table(path, partitioning=None)
    columns = [c.combine_chunks() for c in table.columns]
    columns = [c.flatten() if pa.types.is_list(c.type) else c for c in columns]
    return {text for c in columns if pa.types.is_string(c.type) for text in c.to_pylist() if text}


@pytest.mark.parametrize("key", [KEY, LONG], ids=["short", "long"])
def test_neither_the_key_nor_the_old_names_are_written_anywhere(key: bytes, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    ingested(folder, *study(), **in_file(folder, key))
    extracts = {one.name for one in study()}
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in extracts:
            content = path.read_bytes()
            assert not [form for form in forms(key) if form in content], path
            assert "Ünïcode".encode() not in content, path
            if path.suffix == ".parquet":
                assert not {*IDS, "stranger"} & cells_of(path), path


def test_another_key_gives_another_snapshot_and_the_same_key_none(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    names = [ingested(folder, *study(), **in_file(folder, key)).name for key in (KEY, KEY, OTHER)]
    names.append(ingested(folder, *study()).name)
    assert names[0] == names[1]
    assert len(set(names)) == len(StudyFolder(folder).snapshots()) == 3
    for snapshot, key in zip(StudyFolder(folder).snapshots(), (KEY, OTHER, None), strict=True):
        expected = {pseudonym(key, one) if key else one for one in IDS}
        for table in ("patients", "episodes", "diagnoses"):
            assert {row["patient_id"] for row in rows_in(snapshot, table)} == expected


def test_one_person_is_one_person_whatever_stands_around_the_name(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    spaced = [Extract(one.format, one.name, one.content.replace(b"\nA,", b"\n A ,")) for one in study()]
    found = ingested(folder, *study()[:1], *spaced[1:], **in_file(folder, KEY))
    assert {row["patient_id"] for row in rows_in(found, "episodes")} == {pseudonym(KEY, one) for one in IDS}


def test_a_row_that_only_other_rows_show_to_be_wrong_is_found_again(tmp_path: Path) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    early = study()[1].content.replace(b"B,RBB02,2024-02-01,21,2024", b"B,RBB02,1924-02-01,21,1924")
    bad = [study()[0], Extract("hes_apc", "apc.csv", early)]
    found = ingested(folder, *bad, **in_file(folder, KEY), checks={"max_quarantined_pct": 50.0})
    assert quarantined(found) == [("apc.csv", 3, "start_date", "before the patient was born")]


@pytest.mark.parametrize(
    ("key", "said"),
    [(None, "There is no key in"), (b"", "shorter than 32"), (b"SECRET too short to be one", "shorter than 32")],
    ids=["none", "empty", "short"],
)
@pytest.mark.parametrize("where", ["file", "environment"])
def test_a_key_that_is_none_stops_the_ingest(
    key: bytes | None, said: str, where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    sections = {"pseudonyms": {"key_file": "../the key"} if where == "file" else {"key_env": "A_KEY_OF_A_TEST"}}
    monkeypatch.delenv("A_KEY_OF_A_TEST", raising=False)
    if key is not None:
        monkeypatch.setenv("A_KEY_OF_A_TEST", key.decode())
        in_file(folder, key)
    with pytest.raises(StudyError, match=said) as caught:
        ingested(folder, *study(), **sections)
    assert caught.value.exit_code == 10
    assert caught.value.advice
    assert "SECRET" not in f"{caught.value}{caught.value!r}"
    assert not (folder / "store").exists()


def test_two_keys_are_one_too_many(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="not both"):
        ingested(tmp_path, *study(), pseudonyms={"key_file": "x", "key_env": "y"})


def test_a_refusal_does_not_tell_the_key(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "study"
    folder.mkdir()
    ragged = Extract("hes_apc", "apc.csv", study()[1].content.replace(b",I10X", b",I10X,more").replace(b"RBB", b'"RBB'))
    write_study(folder, [study()[0], ragged], **in_file(folder, KEY))
    listener = Listener()
    with pytest.raises(ExtractError) as caught:
        ingest(open_study(folder, listener))
    captured = capfd.readouterr()
    said = "\n".join([str(caught.value), *listener.heard, captured.out, captured.err]).encode()
    assert not [form for form in forms(KEY) if form in said]


EMIS_PATIENT = (
    "PatientGuid,OrganisationGuid,Sex,YearOfBirth,DateOfBirth,PatientTypeDescription,DateOfRegistration,Deleted,ProcessingId\n"
    "A,o,F,,1950-01-01,Regular,2010-01-01,false,1\n"
)


def test_the_name_of_a_record_does_not_keep_the_pseudonym_that_was_made_anew(tmp_path: Path) -> None:
    (tmp_path / "Admin_Patient.csv").write_text(EMIS_PATIENT, encoding="utf-8")
    (tmp_path / "key").write_text("k" * 40, encoding="utf-8")
    emis = {"format": "emis", "files": "Admin_*.csv", "coarsen": ["DateOfBirth"]}
    (tmp_path / "apc.csv").write_text("PERSON_ID,ADMIDATE,ADMIMETH,EPISTART\nA,2024-01-01,21,2024-01-01\n")
    hes = {"format": "hes_apc", "files": "apc.csv"}
    write_study(tmp_path, [], sources=[emis, hes], pseudonyms={"key_file": "key"})
    (row,) = rows_in(ingest(open_study(tmp_path, Listener())), "patients")
    assert row["patient_id"] == pseudonym(b"k" * 40, "A")
    kept = [pq.read_table(file) for file in (tmp_path / "store" / ".converted").rglob("rows/*.parquet")]
    names = [name for table in kept for name in table["record_id"].to_pylist() if name]
    assert names
    assert all(re.fullmatch("[0-9a-f]{32}", name) for name in names)
