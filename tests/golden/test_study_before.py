"""A study made before manifests had a version is read: its store, runs, lists, decisions, audit log and bundle.

`study_before.tar.gz` was made by the last program before "the house", of 80 synthetic people, with ``threads = 1`` and
`logistic`. The extracts, the runs that were only trained on and most pages were taken out to keep it small.
"""

from __future__ import annotations

import csv
import json
import tarfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from riskstrat.study import StudyFolder, read_decisions

PACKED = Path(__file__).parent / "study_before.tar.gz"
FIRST, SECOND = date(2025, 10, 1), date(2026, 1, 1)


@pytest.fixture
def unpacked(tmp_path: Path) -> Path:
    """The study as it was."""
    with tarfile.open(PACKED) as packed:
        packed.extractall(tmp_path, filter="data")
    return tmp_path / "study"


@pytest.fixture
def ask(unpacked: Path, cli: Callable[..., Any]) -> Callable[..., dict[str, Any]]:
    """Run a command on the study; its answer: ask("summary")."""

    def one(*words: object) -> dict[str, Any]:
        said = cli(*words, "--study", unpacked, "--json", "--quiet")
        if said.exit_code == 15:
            assert any(word in said.stderr for word in ("train again", "Train again")), said.stderr
            pytest.skip("the model is refused by name, with what to do")
        assert said.exit_code == 0, said.stderr
        answer: dict[str, Any] = json.loads(said.stdout)
        return answer

    return one


Ask = Callable[..., dict[str, Any]]


def test_nothing_in_it_has_a_version(unpacked: Path) -> None:
    paths = [*unpacked.glob("**/manifest.json"), unpacked / "models/default/model.toml"]
    assert len(paths) == 7
    assert [path for path in paths if "schema_version" in path.read_text(encoding="utf-8")] == []


def test_the_snapshot_and_the_runs_are_found(unpacked: Path) -> None:
    folder = StudyFolder(unpacked)
    assert folder.snapshot().parts == 1
    assert {"patients", "episodes", "prescriptions"} <= folder.snapshot().tables
    assert folder.run_dates() == [FIRST, SECOND]


def test_its_audit_log_is_whole(ask: Ask) -> None:
    assert ask("audit", "--verify")["verified"] is True


def test_its_decisions_are_read(unpacked: Path) -> None:
    decided = read_decisions(unpacked)
    assert decided["decision"].tolist() == ["accepted", "deferred", "declined_by_patient"]
    assert set(decided["index_date"]) == {FIRST}


def test_its_summary_is_current(ask: Ask, unpacked: Path) -> None:
    path = unpacked / "reports" / f"summary-{SECOND}.json"
    before = path.read_bytes()
    assert ask("summary", "--index-date", SECOND)["index_date"] == str(SECOND)
    assert path.read_bytes() == before
    said = ask("summary", "--index-date", SECOND, "--force")
    again, first = json.loads(path.read_bytes()), json.loads(before)
    assert again["published"] == first["published"]
    assert [one["level"] for one in said["findings"]] == [one["level"] for one in first["findings"]], "words may change"


def test_its_criteria_have_numbers(ask: Ask) -> None:
    said = ask("criteria")
    assert said["index_date"] == str(SECOND)
    assert said["numbers"]["people"] == 59
    assert said["roles"]["gp_mdt"]["this_run"]


def test_a_patient_is_explained(ask: Ask, unpacked: Path) -> None:
    scores = pq.read_table(unpacked / f"runs/{SECOND}/scores.parquet").to_pandas()
    first = scores.sort_values("risk").iloc[-1]
    said = ask("explain", first["patient_id"])
    assert said["risk_pct"] == round(100 * first["risk"], 1)
    assert [one["index_date"] for one in said["history"]] == [str(FIRST), str(SECOND)]


def test_its_lists_are_current_and_are_made_again_as_they_were(ask: Ask, unpacked: Path) -> None:
    path = unpacked / f"runs/{SECOND}/lists/lists.parquet"
    before, when = pq.read_table(path), path.stat().st_mtime_ns
    ask("list", "--index-date", SECOND)
    assert path.stat().st_mtime_ns == when
    ask("list", "--index-date", SECOND, "--force")
    assert path.stat().st_mtime_ns != when
    worded = [name for name in ("to_do", "data_gaps") if name in before.column_names]
    assert pq.read_table(path).drop_columns(worded).equals(before.drop_columns(worded)), "their words may change"


def test_its_people_are_scored_again_as_they_were(ask: Ask, unpacked: Path) -> None:
    path = unpacked / f"runs/{SECOND}/scores.parquet"
    before = pq.read_table(path)
    assert ask("score", "--index-date", SECOND, "--force")["scored_now"] is True
    after = pq.read_table(path)
    assert after["patient_id"] == before["patient_id"]
    assert np.abs(after["risk"].to_numpy() - before["risk"].to_numpy()).max() < 1e-5


def test_its_lists_are_filled_in_and_read_back(ask: Ask, unpacked: Path) -> None:
    path = sorted(unpacked.glob(f"runs/{FIRST}/lists/*/gp_mdt.csv"))[-1]
    with path.open(encoding="utf-8-sig", newline="") as stream:
        rows = list(csv.DictReader(stream))
    rows[0]["decision"] = "accepted"
    back = path.with_name("back.csv")
    with back.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    assert ask("review", back)["new"] == 1
    assert len(read_decisions(unpacked)) == 4
    assert ask("audit", "--verify")["verified"] is True
