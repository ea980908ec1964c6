"""The synthetic extracts: their mess, their consistency and their truth."""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskstrat import synthetic
from riskstrat.synthetic import generate, planned_care
from riskstrat.synthetic.conditions import CONDITION_PROCESSES
from riskstrat.synthetic.timeline import Timeline

EMERGENCY = ["21", "22", "23", "24", "25", "28", "2A", "2D"]
LAST_DAY = "2025-12-31"
APC_COLUMNS = {
    "FYEAR", "TOKEN_PERSON_ID", "EPIKEY", "PROCODE5", "ADMIDATE", "ADMIMETH", "ADMISORC", "DISDATE", "DISDEST",
    "DISMETH", "EPISTART", "EPIEND", "EPIORDER", "EPISTAT", "EPITYPE", "CLASSPAT", "DIAG_01", "DIAG_20",
    "OPERTN_01", "OPERTN_04", "MAINSPEF", "TRETSPEF", "GPPRAC", "SEX", "STARTAGE", "ETHNOS", "IMD04_DECILE",
    "LSOA11", "SUBDATE",
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("synthetic")
    generate(where, 4000, seed=3)
    return where


@pytest.fixture(scope="module")
def apc(folder: Path) -> pd.DataFrame:
    return read(folder, "apc/*")


@pytest.fixture(scope="module")
def patients(folder: Path) -> pd.DataFrame:
    return read(folder, "gp/patients").set_index("patient_id")


@pytest.fixture(scope="module")
def truth(folder: Path) -> pd.DataFrame:
    return read_truth(folder)


def read(folder: Path, name: str) -> pd.DataFrame:
    """Rows of one or more extracts, every column as text."""
    paths = sorted((folder / "extracts").glob(f"{name}.csv*"))
    return pd.concat([pd.read_csv(path, dtype=str) for path in paths], ignore_index=True)


def read_truth(folder: Path) -> pd.DataFrame:
    """Rows of the truth, its dates as timestamps."""
    table = pd.read_parquet(folder / "truth.parquet")
    return table.assign(index_date=pd.to_datetime(table.index_date))


def digests(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def outcomes(apc: pd.DataFrame) -> pd.DataFrame:
    first = apc[(apc.EPIORDER == "1") & apc.ADMIMETH.isin(EMERGENCY) & apc.CLASSPAT.isin(["1", "5"])]
    return first[["TOKEN_PERSON_ID", "ADMIDATE"]].drop_duplicates()


def with_outcome(truth: pd.DataFrame, apc: pd.DataFrame) -> pd.DataFrame:
    """Truth on dates a year apart, with whether an unplanned admission followed."""
    yearly = truth[truth.index_date.isin(pd.to_datetime(["2022-01-01", "2023-01-01", "2024-01-01", "2025-01-01"]))]
    merged = yearly.merge(outcomes(apc), left_on="patient_id", right_on="TOKEN_PERSON_ID", how="left")
    wait = (pd.to_datetime(merged.ADMIDATE) - merged.index_date).dt.days
    merged["event"] = (wait >= 0) & (wait < 365)
    keys = ["patient_id", "index_date", "true_risk", "best_known_risk"]
    return merged.groupby(keys, as_index=False).event.max()


def test_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        generate(tmp_path / name, 300, seed=seed, months=30, compress=True)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert digests(tmp_path / "a") != digests(tmp_path / "c")


def test_chunks_do_not_change_earlier_patients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthetic, "_BATCH", 200)
    done: list[int] = []
    generate(tmp_path / "one", 200, seed=4, months=24)
    generate(tmp_path / "three", 500, seed=4, months=24, tick=done.append)
    one, three = read(tmp_path / "one", "gp/gp_events"), read(tmp_path / "three", "gp/gp_events")
    pd.testing.assert_frame_equal(one, three.iloc[: len(one)])
    assert done == [200, 400, 500]
    assert read(tmp_path / "three", "gp/patients").patient_id.nunique() == 500


def test_reviews_and_vaccinations_move_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    generate(tmp_path / "one", 300, seed=1, months=30)
    monkeypatch.setattr(synthetic, "PLANNED_CARE", synthetic.PLANNED_CARE + 1)
    generate(tmp_path / "other", 300, seed=1, months=30)
    one, other = digests(tmp_path / "one"), digests(tmp_path / "other")
    assert {name for name in one if one[name] != other[name]} == {"extracts/gp/gp_events.csv"}
    events = [read(tmp_path / name, "gp/gp_events") for name in ("one", "other")]
    planned = [rows.code.isin(planned_care._CODES) for rows in events]
    assert all(0.1 < mask.mean() < 0.4 for mask in planned)
    pd.testing.assert_frame_equal(*(rows[~mask] for rows, mask in zip(events, planned, strict=True)))


@pytest.mark.parametrize("size", [1, 7])
def test_tiny_populations(tmp_path: Path, size: int) -> None:
    generate(tmp_path, size, months=12)
    assert len(read(tmp_path, "gp/patients")) == size


def test_truth_lies_beside_the_extracts(folder: Path) -> None:
    assert (folder / "truth.parquet").is_file()
    assert not [path for path in (folder / "extracts").rglob("*") if "truth" in path.name]
    assert {path.name for path in (folder / "extracts").iterdir()} == {"gp", "apc", "ae", "ecds", "op"}


def test_index_dates(truth: pd.DataFrame) -> None:
    days = sorted(truth.index_date.dt.date.unique())
    assert days[0] == date(2022, 1, 1)
    assert days[-2:] == [date(2025, 1, 1), date(2026, 1, 1)]
    assert len(days) == 14
    assert truth[["true_risk", "best_known_risk"]].stack().between(0, 1).all()


@pytest.mark.parametrize("until", [date(2025, 6, 30), date(2024, 2, 1), date(2025, 12, 1)])
def test_the_data_end_with_the_month_asked_for(tmp_path: Path, until: date) -> None:
    generate(tmp_path, 400, months=24, until=until)
    after = date(until.year + until.month // 12, until.month % 12 + 1, 1)
    assert max(pd.read_parquet(tmp_path / "truth.parquet").index_date) == after
    consultations = pd.to_datetime(read(tmp_path, "gp/consultations").date, errors="coerce").dropna()
    assert 0 < (pd.Timestamp(after) - consultations.max()).days <= 5


def test_without_a_month_the_data_end_in_december_2025() -> None:
    one, other = Timeline.ending(60), Timeline.ending(60, date(2025, 12, 31))
    assert one.starts.tolist() == other.starts.tolist()
    assert one.stop == np.datetime64("2026-01-01").astype(int)


def test_hes_columns_and_codes_survive(folder: Path, apc: pd.DataFrame) -> None:
    assert set(apc.columns) >= APC_COLUMNS
    assert {"2A", "2B", "21", "81", "31", "82"} <= set(apc.ADMIMETH)
    assert (apc.DIAG_01.str.startswith("R69X")).any()
    assert apc.DIAG_01.str.endswith("-").any()
    assert (apc.GPPRAC == "V81999").any()
    assert (apc.OPERTN_01 == "&").any()
    assert set(apc.CLASSPAT) >= {"1", "2", "5"}
    names = {path.name for path in (folder / "extracts").rglob("*.csv")}
    assert {"hes_apc_2021.csv", "hes_apc_2526.csv", "hes_ae_2122.csv", "ecds_2223.csv", "hes_op_2122.csv"} <= names
    assert "hes_ae_2223.csv" not in names


def test_transfers_link_providers(apc: pd.DataFrame) -> None:
    out = apc[(apc.DISDEST == "51") & (apc.EPISTAT == "3")]
    onward = apc[(apc.ADMISORC == "51") & apc.ADMIMETH.isin(["2B", "81"])]
    joined = out.merge(onward, left_on=["TOKEN_PERSON_ID", "DISDATE"], right_on=["TOKEN_PERSON_ID", "ADMIDATE"])
    assert len(joined) > 0
    assert (joined.PROCODE5_x != joined.PROCODE5_y).all()
    assert (onward.DISDEST == "51").any(), "no chain of three providers"


def test_unfinished_episodes_reappear_finished(apc: pd.DataFrame) -> None:
    key = ["TOKEN_PERSON_ID", "PROCODE5", "ADMIDATE", "EPISTART", "EPIORDER"]
    unfinished, finished = apc[apc.EPISTAT == "1"], apc[apc.EPISTAT == "3"]
    assert set(unfinished.DISMETH) == {"8"}
    assert unfinished.EPIEND.isin(["1800-01-01"]).all()
    again = unfinished.merge(finished, on=key, suffixes=("", "_done"))
    assert len(again) > 0
    assert (again.FYEAR_done.astype(int) > again.FYEAR.astype(int)).all()


def test_exact_duplicates_across_years(apc: pd.DataFrame) -> None:
    assert apc.duplicated().any()


def test_person_keys_match(folder: Path, patients: pd.DataFrame, truth: pd.DataFrame) -> None:
    assert patients.index.str.fullmatch(r"[0-9a-f]{32}").all()
    known = set(patients.index)
    for name in ("apc/*", "ae/*", "ecds/*", "op/*"):
        assert set(read(folder, name).TOKEN_PERSON_ID) <= known
    for name in ("registrations", "gp_events", "prescriptions", "consultations", "deaths", "opt_outs", "caseload"):
        assert set(read(folder, f"gp/{name}").patient_id) <= known
    assert set(truth.patient_id) <= known


@pytest.mark.parametrize(
    ("name", "person", "columns"),
    [
        ("gp/gp_events", "patient_id", ["date", "recorded_date"]),
        ("gp/prescriptions", "patient_id", ["date"]),
        ("gp/consultations", "patient_id", ["date"]),
        ("apc/*", "TOKEN_PERSON_ID", ["ADMIDATE", "DISDATE", "EPISTART", "EPIEND"]),
        ("ae/*", "TOKEN_PERSON_ID", ["ARRIVALDATE"]),
        ("ecds/*", "TOKEN_PERSON_ID", ["Arrival_Date"]),
        ("op/*", "TOKEN_PERSON_ID", ["APPTDATE"]),
    ],
)
def test_nothing_after_the_span_or_death(
    folder: Path, patients: pd.DataFrame, name: str, person: str, columns: list[str]
) -> None:
    rows = read(folder, name)
    end = rows[person].map(patients.date_of_death).fillna(LAST_DAY)
    for column in columns:
        assert (rows[column] <= end).all(), column


def test_every_condition_is_recorded(folder: Path) -> None:
    events = read(folder, "gp/gp_events")
    assert set(events.code_system) == {"snomed", "readv2", "ctv3"}
    assert {condition.snomed for condition in CONDITION_PROCESSES if condition.snomed} <= set(events.code)
    assert (events.recorded_date > events.date).mean() < 0.05
    assert {"g/dL", "g/L", "%", "mmol/mol"} <= set(events.unit.dropna())
    assert set(read(folder, "gp/prescriptions").code.str.len()) == {15}


def test_rates_resemble_england(folder: Path, apc: pd.DataFrame, truth: pd.DataFrame) -> None:
    known = with_outcome(truth, apc)
    assert 0.055 < known.event.mean() < 0.09
    ecds = read(folder, "ecds/*")
    per_thousand = 1000 * (ecds.Arrival_Date.str[:4] == "2023").sum() / 4000
    assert 300 < per_thousand < 460


def test_truth_is_calibrated(apc: pd.DataFrame, truth: pd.DataFrame) -> None:
    known = with_outcome(truth, apc)
    known["fifth"] = pd.qcut(known.best_known_risk, 5, labels=False)
    for rows in (known, *(part for _, part in known.groupby("fifth"))):
        for risk in ("true_risk", "best_known_risk"):
            error = rows.event.sum() - rows[risk].sum()
            spread = np.sqrt((rows[risk] * (1 - rows[risk])).sum())
            assert abs(error) < 4 * spread + 0.02 * rows.event.sum()


def test_true_risk_ranks_better_than_best_known(apc: pd.DataFrame, truth: pd.DataFrame) -> None:
    known = with_outcome(truth, apc)
    case, other = known[known.event], known[~known.event]
    wins = {}
    for risk in ("true_risk", "best_known_risk"):
        rank = known[risk].rank()
        wins[risk] = (rank[case.index].sum() - len(case) * (len(case) + 1) / 2) / len(case) / len(other)
    assert wins["true_risk"] > wins["best_known_risk"] > 0.7


def test_without_frailty_the_two_risks_agree(tmp_path: Path) -> None:
    generate(tmp_path, 300, months=24, frailty=0.0)
    truth = read_truth(tmp_path)
    np.testing.assert_allclose(truth.true_risk, truth.best_known_risk)
