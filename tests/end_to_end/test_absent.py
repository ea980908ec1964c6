"""What the extracts do not carry: said once, blank and never 0, and refused where a study asks for it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from riskstrat.study.folder import StudyFolder

METHOD = "admission_method"
WITHOUT_FLAG = (
    "emergency_admissions", "emergency_bed_days", "acsc_admissions", "elective_admissions", "latest_stay", "lace",
    "hospital_simplified", "parr30", "prior_admissions",
)  # fmt: skip
FLAG = "Reason: no extract carries episodes.admission_method."
ROLES = (
    '[roles.gp_mdt]\ntitle = "GP"\neligible = "{rule}"\norder = ["-risk_pct", "-{count}"]\nper_practice = 10\n\n'
    '[roles.matron]\ntitle = "Matron"\neligible = "not on_caseload"\norder = ["-risk_pct"]\ncaseload = 20\n'
)
Cli = Callable[..., Any]


def without_column(study: Any, table: str, column: str) -> None:
    """Make of the latest snapshot one of extracts that do not carry a column."""
    folder = StudyFolder(study.folder).snapshot().folder
    for path in (folder / table).glob("*.parquet"):
        rows = pq.read_table(path)
        place = rows.schema.get_field_index(column)
        pq.write_table(rows.set_column(place, column, pa.nulls(rows.num_rows, rows.schema.field(place).type)), path)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["carried"][table].remove(column)
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def without_source(study: Any, name: str) -> None:
    """Take a source out of study.toml."""
    text = study.toml.read_text(encoding="utf-8")
    shorter = re.sub(rf'\[\[sources\]\]\nformat = "{name}"\nfiles = "[^"]*"\n', "", text)
    assert shorter != text
    study.toml.write_text(shorter, encoding="utf-8")


def with_roles(study: Any, rule: str = "True", count: str = "age") -> None:
    """Put other roles in study.toml."""
    text = study.toml.read_text(encoding="utf-8")
    start, end = text.index("[roles.gp_mdt]"), text.rindex("# ---", 0, text.index("[governance]\n"))
    roles = ROLES.format(rule=rule, count=count)
    study.toml.write_text(f"{text[:start]}{roles}\n{text[end:]}", encoding="utf-8")


def with_event(study: Any, event: str) -> None:
    """Predict something else."""
    text = study.toml.read_text(encoding="utf-8")
    study.toml.write_text(re.sub(r"(?m)^(# )?event = .*$", f'event = "{event}"', text), encoding="utf-8")


def run_of(study: Any) -> Path:
    """The folder of the latest run."""
    home = StudyFolder(study.folder)
    return home.run(home.run_dates()[-1])


def kept(study: Any) -> dict[str, Any]:
    """Every file but those of the log."""
    return {name: content for name, content in study.files().items() if "audit" not in name}


@pytest.mark.parametrize("command", ["train", "score", "list", "run"])
def test_an_outcome_without_its_flag_is_refused_with_every_rule_that_needs_it(
    command: str, a_copy: Any, cli: Cli
) -> None:
    without_column(a_copy, "episodes", METHOD)
    before = kept(a_copy)
    said = cli(command, "--study", a_copy.folder)
    assert said.exit_code == 10, said.stderr
    text = " ".join(said.stderr.split())
    assert 'no emergency flag (episodes.admission_method); set it to "any_admission" or "ed_attendance"' in text
    why = "emergency_admissions_12m is not available (no extract carries episodes.admission_method)"
    for place in ("gp_mdt.order", "community_matron.eligible", "community_matron.order"):
        assert f"roles.{place}: {why}" in text
    assert kept(a_copy) == before


def test_a_study_without_an_emergency_flag_predicts_any_admission(a_copy: Any, cli: Cli) -> None:
    without_column(a_copy, "episodes", METHOD)
    with_event(a_copy, "any_admission")
    with_roles(a_copy, "admissions_12m >= 1", "admissions_12m")
    for command, times in (("train", 1), ("score", 1), ("list", 0)):
        said = cli(command, "--study", a_copy.folder)
        assert said.exit_code == 0, said.stderr
        assert said.stderr.count(FLAG) == times
    columns = pq.read_schema(run_of(a_copy) / "features.parquet").names
    assert {"admissions_12m", "bed_days_12m", "day_cases_12m"} <= set(columns)
    assert not [name for name in columns if name.startswith(WITHOUT_FLAG)]
    facts = json.loads((run_of(a_copy) / "manifest.json").read_text(encoding="utf-8"))
    assert set(facts["absent_features"]) == {*WITHOUT_FLAG, "efi"}
    assert_blank(a_copy, "emergency_admissions_12m", "acsc_admissions_12m", "emergency_bed_days_12m")
    criteria = cli("criteria", "--study", a_copy.folder)
    assert "at least one admission to hospital, planned or not," in " ".join(criteria.stdout.split())


def assert_blank(study: Any, *columns: str) -> None:
    """Columns are blank in every list, as is the count of emergency admissions in the scores."""
    scores = pq.read_table(run_of(study) / "scores.parquet").to_pandas()
    assert scores["risk"].between(0, 1).all()
    assert scores["prior_emergency_admissions_12m"].isna().all()
    rows = pq.read_table(run_of(study) / "lists" / "lists.parquet").to_pandas()
    assert len(rows)
    lists = [pd.read_csv(path) for path in (run_of(study) / "lists").glob("*/*.csv")]
    for column in columns:
        assert rows[column].isna().all(), column
        assert all(one[column].isna().all() for one in lists), column
    assert rows["medicines"].notna().any()


@pytest.fixture
def attended(a_copy: Any) -> Any:
    """A study that has nothing of admissions or registrations, and of patients neither practice nor deprivation."""
    for name in ("hes_apc", "hes_op", "registrations", "caseload", "opt_outs"):
        without_source(a_copy, name)
    practice = 'values = { practice_code = "unknown" }'
    a_copy.change('files = "extracts/gp/patients.csv*"', f'files = "patients.csv"\n{practice}')
    people = pd.read_csv(a_copy.folder / "extracts/gp/patients.csv", dtype=str)
    people.loc[::7, "sex"] = None
    people.drop(columns=["practice_code", "imd_decile"]).to_csv(a_copy.folder / "patients.csv", index=False)
    return a_copy


def test_a_study_of_attendances_alone_runs_to_lists(attended: Any, cli: Cli) -> None:
    with_event(attended, "ed_attendance")
    with_roles(attended, "ed_attendances_12m >= 1 and sex != 'M'", "ed_attendances_12m")
    said = cli("run", "--study", attended.folder, "--force")
    assert said.exit_code == 0, said.stderr
    snapshot = StudyFolder(attended.folder).snapshot()
    assert "episodes" not in snapshot.tables
    assert snapshot.span_of("ed_attendance") == snapshot.span
    assert said.stderr.count("Reason: there are no episodes.") == 1
    assert said.stderr.count("Absent features: imd_decile. Reason: no extract carries patients.imd_decile.") == 1
    assert_blank(attended, "emergency_admissions_12m", "acsc_admissions_12m", "emergency_bed_days_12m", "hfrs_band")
    rows = pq.read_table(run_of(attended) / "lists" / "lists.parquet").to_pandas()
    assert set(rows["practice_code"]) == {"unknown"}
    listed = rows[rows["role"] == "gp_mdt"]
    assert set(listed["sex"]) <= {"F", "U"}
    assert (listed["ed_attendances_12m"] >= 1).all()
    assert not rows["data_gaps"].str.contains("deprivation").any()
    patient = listed["patient_id"].iloc[0]
    why = cli("explain", patient, "--study", attended.folder)
    assert why.exit_code == 0, why.stderr
    assert "ED attendance" in why.stdout
    outcomes = pq.read_table(attended.folder / "runs/2025-01-01/outcomes.parquet")
    days = ["days_to_event", "days_to_death", "days_to_case_management"]
    assert outcomes.column_names == ["patient_no", *days, *(f"events_{window}" for window in (30, 90, 180, 365))]


def test_without_episodes_an_admission_cannot_be_the_outcome(attended: Any, cli: Cli) -> None:
    with_roles(attended)
    assert cli("ingest", "--study", attended.folder).exit_code == 0
    for event in ("unplanned_admission", "any_admission"):
        with_event(attended, event)
        said = cli("train", "--study", attended.folder)
        assert said.exit_code == 10
        text = " ".join(said.stderr.split())
        assert 'outcome.event: this snapshot has no hospital episodes; set it to "ed_attendance"' in text


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("acsc_admissions_12m > 0", "acsc_admissions_12m is not available (there are no episodes)"),
        ("imd_decile < 3", "imd_decile is not available (no extract carries patients.imd_decile)"),
        ("outpatient_seen_12m > 0", "outpatient_seen_12m is not available (there are no op_appointments)"),
        ("age > 64 and hfrs > 5", "hfrs is not available (there are no diagnoses)"),
    ],
)
def test_a_rule_on_an_absent_column_is_refused_and_not_true_of_nobody(
    rule: str, why: str, attended: Any, cli: Cli
) -> None:
    with_event(attended, "ed_attendance")
    with_roles(attended, rule)
    assert cli("ingest", "--study", attended.folder).exit_code == 0
    said = cli("run", "--study", attended.folder)
    assert said.exit_code == 10
    assert f"roles.gp_mdt.eligible: {why}" in " ".join(said.stderr.split())


def test_a_care_home_that_either_record_could_show_may_be_named(attended: Any, cli: Cli) -> None:
    """By the flag of the patient table, where the practices' codes say nothing; refused where neither does."""
    with_event(attended, "ed_attendance")
    with_roles(attended, "not care_home")
    without_source(attended, "gp_events")
    assert cli("run", "--study", attended.folder, "--force").exit_code == 0
    without_column(attended, "patients", "care_home")
    said = cli("list", "--study", attended.folder, "--force")
    assert said.exit_code == 10
    assert "roles.gp_mdt.eligible: care_home is not available (there are no gp_events" in " ".join(said.stderr.split())
