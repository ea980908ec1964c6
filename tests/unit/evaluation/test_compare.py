"""`compare` and `validate` end to end: on a study, on another's model, on any table."""

from __future__ import annotations

import json
import re
import shutil
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from riskstrat.study.folder import StudyFolder

Cli = Callable[..., Any]
QUICK = ("--variants", "boosting,age_sex,hospital_only", "--scores", "hfrs,lace,prior_admissions,efi")


def told(cli: Cli, *words: object) -> dict[str, Any]:
    """What a command said as JSON."""
    said = cli(*words, "--json")
    assert said.exit_code == 0, said.stderr
    return dict(json.loads(said.stdout))


@pytest.fixture(scope="module")
def compared(trained: Any, tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> tuple[Any, dict[str, Any]]:
    """A study in which models were compared, and what was said."""
    folder = tmp_path_factory.mktemp("compared") / "study"
    shutil.copytree(trained.folder, folder)
    return type(trained)(folder), told(cli, "compare", "--study", folder, *QUICK)


def test_a_comparison_writes_the_same_as_page_json_and_parquet(compared: tuple[Any, dict[str, Any]]) -> None:
    _, said = compared
    page, data = Path(said["report"]).read_text(encoding="utf-8"), json.loads(Path(said["data"]).read_text("utf-8"))
    figures = pq.read_table(said["figures"]).to_pandas()
    models = {"boosting", "age_sex", "hospital_only", "hfrs", "lace", "prior_admissions"}
    assert models <= set(figures["model"])
    for model in models:
        assert model in page
        assert model in json.dumps(data)
    assert {"everyone", "no emergency admission in 12 months"} <= set(figures["among"])
    assert any(among.startswith("ethnicity: ") for among in figures["among"])
    assert data["findings"] == said["findings"]
    assert re.search(r"(?:src|href|url\()\W*(?:https?:)?//", page) is None, "the page fetches nothing"
    assert "<script" not in page


def test_what_could_not_take_part_is_said(compared: tuple[Any, dict[str, Any]]) -> None:
    _, said = compared
    assert any("efi is not compared" in one["what"] for one in said["findings"])


def test_comparing_the_same_again_does_nothing(compared: tuple[Any, dict[str, Any]], cli: Cli) -> None:
    study, said = compared
    before = study.files()
    again = cli("compare", "--study", study.folder, *QUICK)
    assert again.exit_code == 0
    assert "Nothing to do" in again.stderr
    assert study.files() == before
    assert Path(said["report"]).is_file()


def test_another_window_is_another_report_of_the_same_runs(compared: tuple[Any, dict[str, Any]], cli: Cli) -> None:
    study, said = compared
    study.change("# learning_curve = true", "learning_curve = false")
    study.change("# effects = true", "effects = false")
    study.change("# hold_out_practices = 5", "hold_out_practices = 0")
    study.change("# horizons = [30, 90, 180, 365]", "horizons = []")
    runs = {path: path.stat().st_mtime_ns for path in study.folder.glob("runs/*/features.parquet")}
    shorter = told(
        cli, "compare", "--study", study.folder, "--variants", "age_sex", "--scores", "hfrs", "--days", "180"
    )
    assert Path(shorter["report"]).name.endswith("-180d.html")
    assert shorter["report"] != said["report"]
    assert all(path.stat().st_mtime_ns == when for path, when in runs.items())


@pytest.mark.parametrize(
    ("words", "exit_code", "text"),
    [
        (("--variants", "boosting,forest_of_lies"), 17, "There is no variant 'forest_of_lies'"),
        (("--scores", "horoscope"), 17, "There is no score 'horoscope'"),
        (("--days", "31"), 2, "30, 90, 180 or 365"),
        (("--outcome", "admitted"), 2, "--matrix and --outcome must be given together"),
        (("--group", "who"), 2, "--matrix and --outcome must be given together"),
        (("--date", "on"), 2, "--matrix and --outcome must be given together"),
        (("--matrix", "x.parquet", "--outcome", "y", "--scores", "hfrs"), 2, "--scores cannot be used with --matrix"),
        (("--matrix", "x.parquet", "--outcome", "y", "--days", "0"), 2, "at least 1 day"),
    ],
)
def test_what_is_not_there_cannot_be_compared(
    words: tuple[str, ...], exit_code: int, text: str, compared: tuple[Any, dict[str, Any]], cli: Cli
) -> None:
    said = cli("compare", "--study", compared[0].folder, *words)
    assert said.exit_code == exit_code
    assert text in " ".join(said.stderr.split())


def test_too_few_outcomes_are_refused_with_the_numbers(a_copy: Any, cli: Cli) -> None:
    a_copy.change("min_outcomes = 5", "min_outcomes = 5000")
    for command in (("train",), ("compare",), ("validate",)):
        said = cli(*command, "--study", a_copy.folder, "--force")
        assert said.exit_code == 14, said.stderr
        assert "outcomes among" in said.stderr
    assert not [*a_copy.folder.glob("reports/compare*"), *a_copy.folder.glob("reports/validate*")]


def test_a_model_is_validated_as_it_is_and_after_recalibration(a_copy: Any, cli: Cli) -> None:
    model = a_copy.folder / "models" / "default"
    before = {path.name: path.read_bytes() for path in model.iterdir()}
    said = told(cli, "validate", "--study", a_copy.folder)
    assert {path.name: path.read_bytes() for path in model.iterdir()} == before, "nothing is refitted"
    figures = pq.read_table(said["figures"]).to_pandas()
    page = Path(said["report"]).read_text(encoding="utf-8")
    assert set(figures["model"]) >= {"default"}
    for way in ("intercept", "intercept and slope", "isotonic"):
        assert way in page


def test_a_neighbours_model_is_validated_here(a_copy: Any, tmp_path: Path, cli: Cli) -> None:
    shutil.move(a_copy.folder / "models", tmp_path / "models")
    assert cli("validate", "--study", a_copy.folder).exit_code == 17
    said = cli("validate", "--study", a_copy.folder, "--from", tmp_path, "--model", "default")
    assert said.exit_code == 0, said.stderr


def test_a_model_of_another_outcome_cannot_be_validated(a_copy: Any, cli: Cli) -> None:
    a_copy.change('# event = "unplanned_admission"', 'event = "any_admission"')
    said = cli("validate", "--study", a_copy.folder)
    assert said.exit_code == 15
    assert "outcome.event" in said.stderr


def test_an_index_date_without_a_whole_window_cannot_be_validated(a_copy: Any, cli: Cli) -> None:
    last = StudyFolder(a_copy.folder).snapshot().span[1]
    said = cli("validate", "--study", a_copy.folder, "--index-date", last.replace(day=1).isoformat())
    assert said.exit_code == 17
    assert "of 365 days" in said.stderr


def test_a_model_for_another_window_scores_and_lists_for_that_window(a_copy: Any, cli: Cli) -> None:
    assert cli("train", "--study", a_copy.folder, "--days", "180", "--name", "half").exit_code == 0
    assert cli("score", "--study", a_copy.folder, "--model", "half").exit_code == 0
    assert cli("list", "--study", a_copy.folder).exit_code == 0
    said = cli("criteria", "--study", a_copy.folder)
    assert "in the 180 days" in " ".join(said.stdout.split())
    (sidecar, *_) = a_copy.folder.glob("runs/*/lists/*/gp_mdt.json")
    assert "in the 180 days" in sidecar.read_text(encoding="utf-8")


@pytest.mark.parametrize("choice", ["composite", "weight"])
def test_a_choice_about_death_is_kept_in_the_model_and_said(a_copy: Any, cli: Cli, choice: str) -> None:
    a_copy.change('# competing_death = "ignore"', f'competing_death = "{choice}"')
    assert cli("score", "--study", a_copy.folder).exit_code == 15, "the model was trained for another outcome"
    found = told(cli, "train", "--study", a_copy.folder)
    assert found["settings"]["outcome"]["competing_death"] == choice
    said = " ".join(cli("criteria", "--study", a_copy.folder).stdout.split())
    assert {"composite": "or death", "weight": "if no patient died"}[choice] in said


@pytest.mark.parametrize("choice", ["exclude", "flag", "weight"])
def test_a_choice_about_case_management_trains_and_scores(a_copy: Any, cli: Cli, choice: str) -> None:
    a_copy.change('# case_managed = "include"', f'case_managed = "{choice}"')
    found = told(cli, "train", "--study", a_copy.folder)
    assert found["case_managed"] == choice
    columns = tomllib.loads((a_copy.folder / "models" / "default" / "model.toml").read_text(encoding="utf-8"))[
        "columns"
    ]
    assert len(columns) > 200
    assert "case_managed" not in {column["name"] for column in columns}
    assert cli("score", "--study", a_copy.folder, "--force").exit_code == 0


def test_feature_groups_restrict_any_variant(a_copy: Any, cli: Cli) -> None:
    a_copy.change('# groups = ["hospital", "gp", "demographic"]', 'groups = ["gp", "demographic"]')
    told(cli, "train", "--study", a_copy.folder, "--variant", "logistic", "--name", "practice")
    text = (a_copy.folder / "models" / "practice" / "model.toml").read_text(encoding="utf-8")
    assert 'name = "ltc_count"' in text
    assert 'name = "emergency_admissions_12m"' not in text


def test_training_twice_gives_the_same_fingerprint_and_the_same_risks(a_copy: Any, cli: Cli) -> None:
    def fingerprint() -> tuple[str, bytes]:
        assert cli("train", "--study", a_copy.folder, "--force").exit_code == 0
        assert cli("score", "--study", a_copy.folder, "--force").exit_code == 0
        (run,) = a_copy.folder.glob("runs/*/scores.parquet")
        text = (a_copy.folder / "models" / "default" / "model.toml").read_text(encoding="utf-8")
        line = next(line for line in text.splitlines() if line.startswith("fingerprint"))
        return line, pq.read_table(run, columns=["risk"]).column("risk").to_numpy().tobytes()

    assert fingerprint() == fingerprint()


def test_a_file_that_a_variant_does_not_write_is_refused(a_copy: Any, cli: Cli) -> None:
    model = a_copy.folder / "models" / "default"
    (model / "extra.bin").write_bytes(b"x")
    assert cli("score", "--study", a_copy.folder, "--force").exit_code == 15
    sums = model / "SHA256SUMS"
    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    sums.write_text(sums.read_text() + f"{digest}  extra.bin\n")
    said = cli("score", "--study", a_copy.folder, "--force")
    assert said.exit_code == 15
    assert "extra.bin: not a file of this variant" in said.stderr


def test_a_variant_without_columns_in_the_groups_is_refused_and_no_fault_of_ours(a_copy: Any, cli: Cli) -> None:
    a_copy.change('# groups = ["hospital", "gp", "demographic"]', 'groups = ["hospital"]')
    for words in (("train", "--variant", "age_sex"), ("compare", "--variants", "hospital_only")):
        if words[0] == "compare":
            a_copy.change('# variant = "boosting"', 'variant = "gp_only"')
        said = cli(*words, "--study", a_copy.folder)
        assert said.exit_code == 17, said.stderr
        assert "The data have no columns for the variant" in said.stderr


# --- Any table --------------------------------------------------------------------------------------------------


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """A researcher's own table of features at four dates."""
    rng = np.random.default_rng(2)
    rows = 6_000
    person = np.tile(np.arange(rows // 4), 4)
    age, prior = rng.integers(20, 95, rows), rng.poisson(0.4, rows)
    admitted = rng.random(rows) < 1 / (1 + np.exp(4 - 0.03 * age - 0.7 * prior))
    path = tmp_path / "mine.parquet"
    pd.DataFrame({
        "who": [f"secret-{one}" for one in person],
        "on": np.repeat(pd.date_range("2021-01-01", periods=4, freq="YS"), rows // 4),
        "admitted": admitted, "age": age, "emergency_admissions_12m": prior, "sex": rng.choice(["F", "M"], rows),
        "region": rng.choice(["north", "south"], rows), "notes": [f"n{i}" for i in range(rows)],
    }).to_parquet(path)  # fmt: skip
    return path


def test_any_table_is_compared_without_a_study(table: Path, tmp_path: Path, cli: Cli) -> None:
    words = ("--matrix", table, "--outcome", "admitted", "--group", "who", "--date", "on", "--days", "365")
    said = told(cli, "compare", *words, "--variants", "boosting,logistic", "--study", tmp_path)
    page = Path(said["report"]).read_text(encoding="utf-8")
    assert Path(said["report"]) == tmp_path / "reports" / "compare-mine.html"
    for text in ("boosting", "logistic", "notes", "sex"):
        assert text in page
    everything = "".join(path.read_bytes().decode("latin-1") for path in (tmp_path / "reports").iterdir())
    assert "secret-" not in everything
    assert "secret" not in str(said)


def test_a_table_with_too_few_outcomes_is_refused_with_the_numbers(table: Path, tmp_path: Path, cli: Cli) -> None:
    rows = pd.read_parquet(table)
    rows["admitted"] = (np.arange(len(rows)) % 300 == 0).astype(int)
    rows.to_parquet(table)
    said = cli("compare", "--matrix", table, "--outcome", "admitted", "--study", tmp_path)
    assert said.exit_code == 14
    assert "outcomes among" in said.stderr
    assert not (tmp_path / "reports").exists()


def test_a_column_that_holds_the_outcome_is_found_out(table: Path, tmp_path: Path, cli: Cli) -> None:
    rows = pd.read_parquet(table)
    rows["discharged"] = rows["admitted"].astype(int)
    rows.to_parquet(table)
    said = told(
        cli, "compare", "--matrix", table, "--outcome", "admitted", "--group", "who", "--variants", "age_sex",
        "--study", tmp_path,
    )  # fmt: skip
    assert any("discharged alone ranks people almost perfectly" in one["what"] for one in said["findings"])


def test_what_is_no_parquet_is_refused(tmp_path: Path, cli: Cli) -> None:
    (tmp_path / "mine.parquet").write_text("a,b\n1,2\n")
    said = cli("compare", "--matrix", tmp_path / "mine.parquet", "--outcome", "a", "--study", tmp_path)
    assert said.exit_code == 2
    assert "cannot be read as Parquet" in said.stderr


def test_a_table_in_a_study_is_entered_in_its_log(table: Path, a_copy: Any, cli: Cli) -> None:
    told(cli, "compare", "--matrix", table, "--outcome", "admitted", "--variants", "age_sex", "--study", a_copy.folder)
    *_, last = (a_copy.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    assert '"mine.parquet"' in last
    assert "reports/compare-mine.html" in last
    assert str(table.parent) not in last


def test_practices_of_a_table_may_be_numbers(table: Path, tmp_path: Path, cli: Cli) -> None:
    rows = pd.read_parquet(table)
    rows["practice"] = np.arange(len(rows)) % 3
    rows.to_parquet(table)
    said = told(
        cli, "compare", "--matrix", table, "--outcome", "admitted", "--variants", "age_sex", "--study", tmp_path
    )
    figures = pq.read_table(said["figures"]).to_pandas()
    assert {"practice: 0", "practice: 1", "practice: 2"} <= set(figures["among"])
