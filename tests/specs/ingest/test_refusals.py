"""Ingest refuses what it cannot read, names every fault, and says nothing of anyone in it."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from tests.support.extracts import (
    CANARY,
    PEOPLE,
    QUOTES,
    STAYS,
    Extract,
    Listener,
    as_csv,
    as_parquet,
    everything_under,
    ingested,
    people,
    stays,
    write_study,
)

from riskstrat.errors import ExtractError, StudyError
from riskstrat.steps.ingest import ingest
from riskstrat.study.session import open_study

ROW = b"A,RAA01,2024-01-01,2A,2024-01-05,2024-01-01,2024-01-05,1,3,I10X\n"
HEADER = as_csv(STAYS).split(b"\n")[0] + b"\n"
PLANTED = ROW.replace(b"I10X", CANARY.encode())
PACKED = gzip.compress(HEADER + PLANTED * 500)


def with_cell(old: bytes, new: str) -> bytes:
    """The header, a good row, and one with a cell changed."""
    assert old in PLANTED
    return HEADER + ROW + PLANTED.replace(old, new.encode(), 1)


BAD: Mapping[str, tuple[bytes, str]] = {
    "a column is missing": (HEADER.replace(b"ADMIMETH", b"METHOD") + PLANTED, "admission_method: no column ADMIMETH"),
    "two columns are missing": (HEADER.replace(b"ADMI", b"ADM_") + PLANTED, "2 columns missing"),
    "there is no header": (PLANTED + ROW, "share a name"),
    "not a date": (
        with_cell(b"2024-01-05", CANARY),
        "discharge_date: not a date: 1 row, first on line 3",
    ),
    "no such day": (with_cell(b"2024-01-05", "2024-02-30"), "discharge_date: not a date: 1 row"),
    "a year of two digits": (with_cell(b"2024-01-05", "05/01/24"), "discharge_date: not a date: 1 row"),
    "no date where one is needed": (
        with_cell(b"2024-01-05,2024-01-01,", "2024-01-05,,"),
        "start_date: missing: 1 row, first on line 3",
    ),
    "an admission date that is none": (
        with_cell(b"2024-01-01,2A", f"{CANARY},2A"),
        "admission_date: not a date: 1 row",
    ),
    "not a number": (
        with_cell(b",1,3,", f",{CANARY},3,"),
        "episode_order: not a whole number: 1 row, first on line 3",
    ),
    "a number out of all bounds": (with_cell(b",1,3,", ",1e300,3,"), "episode_order: not a whole number: 1 row"),
    "no number but NaN": (with_cell(b",1,3,", ",nan,3,"), "episode_order: not a whole number: 1 row"),
    "no pseudonym": (with_cell(b"A,", ","), "patient_id: missing: 1 row"),
    "a pseudonym that a spreadsheet rounded": (
        with_cell(b"A,", "1.23E+17,"),
        "patient_id: written as a number by a spreadsheet: 1 row",
    ),
    "a quote that does not end": (with_cell(b"RAA01", f'"{CANARY}') + ROW, f"{QUOTES}: 1 row, first on line 3"),
    "a quote that swallows the next line": (
        with_cell(b"RAA01", f'"{CANARY}') + ROW.replace(b"I10X", b'I10X"'),
        f"{QUOTES}: 2 rows, first on line 3",
    ),
    "a line break in a cell": (with_cell(b"RAA01", f'"{CANARY}\n"'), f"{QUOTES}: 2 rows, first on line 3"),
    "a row too short": (
        HEADER + ROW + f"B,{CANARY}\n".encode(),
        "more or fewer fields than the header: 1 row, first on line 3",
    ),
    "a row too long": (
        HEADER + PLANTED.replace(b"\n", b",more\n"),
        "more or fewer fields than the header: 1 row, first on line 2",
    ),
    "bytes that are not UTF-8": (
        HEADER + PLANTED.replace(b"123", b"\xe9123"),
        "not text in the file's encoding: 1 row, first on line 2",
    ),
    "a header that is not UTF-8": (HEADER.replace(b"DIAG", b"DI\xc4G") + PLANTED, "cannot be read as utf-8 text"),
    "UTF-16": ((HEADER + PLANTED).decode().encode("utf-16"), "apc.csv"),
    "a NUL": (HEADER + PLANTED.replace(b"123", b"\x00123"), "contains a NUL byte: 1 row, first on line 2"),
    "an empty file": (b"", "apc.csv has no header line"),
    "nothing but blank lines": (b"\n\n\n", "apc.csv has no header line"),
    "a header and no rows, of all admissions": (HEADER, "no hospital episodes"),
}
BAD_PACKED: Mapping[str, bytes] = {
    "not gzip at all": HEADER + PLANTED,
    "the end is missing": PACKED[:-30],
    "the check sum is missing": PACKED[:-8],
    "bits were changed": PACKED[:30] + bytes(255 - b for b in PACKED[30:34]) + PACKED[34:],
    "bits were changed at the start": PACKED[:12] + bytes(255 - b for b in PACKED[12:16]) + PACKED[16:],
    "an empty file": b"",
}
PARQUET = as_parquet(STAYS.replace("I10X", CANARY))
BAD_PARQUET: Mapping[str, bytes] = {
    "not Parquet at all": HEADER + PLANTED,
    "the end is missing": PARQUET[:-20],
    "the start is changed": b"\x00" * 400 + PARQUET[400:],
    "an empty file": b"",
}


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A study with a snapshot, which nothing that is refused may change."""
    folder = tmp_path_factory.mktemp("good")
    ingested(folder, people(), stays())
    return folder


@pytest.fixture
def refused(good: Path, capfd: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Ingest what must be refused: the message, after all that must hold of every refusal."""

    def refuse(*extracts: Extract) -> str:
        before = everything_under(good / "store")
        write_study(good, extracts)
        listener = Listener()
        with pytest.raises(ExtractError) as caught:
            ingest(open_study(good, listener))
        assert caught.value.exit_code == 11
        assert caught.value.advice
        captured = capfd.readouterr()
        said = "\n".join([str(caught.value), repr(caught.value), *listener.heard, captured.out, captured.err])
        assert CANARY not in said
        assert caught.value.__suppress_context__ or caught.value.__context__ is None, "a traceback would repeat a cell"
        assert everything_under(good / "store") == before, "the snapshot before must stay as it was, alone"
        return str(caught.value)

    return refuse


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_file_is_refused(fault: str, refused: Callable[..., str]) -> None:
    content, said = BAD[fault]
    assert said in refused(people(), stays(content))


@pytest.mark.parametrize("fault", BAD_PACKED)
def test_a_bad_gzip_is_refused(fault: str, refused: Callable[..., str]) -> None:
    assert "apc.csv.gz" in refused(people(), stays(BAD_PACKED[fault], "apc.csv.gz"))


@pytest.mark.parametrize("fault", BAD_PARQUET)
def test_a_bad_parquet_is_refused(fault: str, refused: Callable[..., str]) -> None:
    assert "apc.parquet" in refused(people(), stays(BAD_PARQUET[fault], "apc.parquet"))


def test_a_code_that_a_spreadsheet_rounded_is_refused(refused: Callable[..., str]) -> None:
    content = b"patient_id,date,code,code_system\nA,2024-01-01,9.99791E+14,snomed\n"
    assert "code: written as a number by a spreadsheet: 1 row, first on line 2" in refused(
        people(), stays(), Extract("gp_events", "gp.csv", content)
    )


def test_a_bad_patient_file_is_named_among_others(refused: Callable[..., str]) -> None:
    bad = as_csv(PEOPLE).replace(b"B,P1", b"B,P1,more")
    assert "second.csv" in refused(people(), stays(), Extract("patients", "second.csv", bad))


def test_a_header_that_may_be_somebodys_row_is_not_repeated(refused: Callable[..., str]) -> None:
    said = refused(people(), stays(f"{CANARY},{CANARY},2024-01-01\n".encode() + ROW))
    assert "columns 1 and 2 share a name" in said


def test_a_column_the_study_names_must_be_there(refused: Callable[..., str]) -> None:
    assert "practice_code: no column SURGERY" in refused(people(), stays(columns={"practice_code": "SURGERY"}))


def test_all_faults_of_all_files_are_named_at_once(refused: Callable[..., str]) -> None:
    said = refused(
        people(),
        stays(HEADER.replace(b"ADMIMETH", b"METHOD") + PLANTED),
        Extract("deaths", "deaths.csv", b""),
        Extract("gp_events", "gp.csv", b"patient_id,code\nA,CANARY123\n"),
        Extract("no_such_format", "x.csv", b"a\n"),
        Extract("opt_outs", "o.parquet", b"CANARY123"),
        stays(columns={"no_such_column": "X"}, name="y.csv"),
    )
    for part in ("apc.csv", "deaths.csv", "gp.csv", "no_such_format", "o.parquet", "no_such_column"):
        assert part in said, part


def test_all_columns_of_a_file_that_do_not_fit_are_named_at_once(refused: Callable[..., str]) -> None:
    wrong = [PLANTED.replace(b"2024-01-05", CANARY.encode(), 1), PLANTED.replace(b",1,3,", b",one,3,")]
    said = refused(people(), stays(HEADER + ROW + b"".join(wrong * 2)))
    assert "discharge_date: not a date: 2 rows, first on line 3" in said
    assert "episode_order: not a whole number: 2 rows, first on line 4" in said


def test_a_code_list_that_cannot_be_read_is_refused_before_anything_is_stored(tmp_path: Path) -> None:
    first = ingested(tmp_path, people(), stays())
    before = everything_under(tmp_path / "store")
    with pytest.raises(StudyError, match="nowhere"):
        ingested(tmp_path, people(), stays(HEADER + ROW), codelists={"heart_failure": "nowhere.csv"})
    assert everything_under(tmp_path / "store") == before
    assert first.folder.is_dir()


def test_no_extracts_and_no_patients_are_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match="names no extracts"):
        ingested(tmp_path)
    with pytest.raises(ExtractError, match="no extract lists the patients"):
        ingested(tmp_path, stays())
    missing = Extract("hes_apc", "a.csv", as_csv(STAYS))
    write_study(tmp_path, [people(), missing])
    (tmp_path / "a.csv").unlink()
    with pytest.raises(ExtractError, match=r"no readable file at a\.csv"):
        ingest(open_study(tmp_path, Listener()))
