"""Lists through the command line: on one list only, for a practice's key only, and one patient explained."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from riskstrat.study.decision_log import append_decisions, read_decisions

Cli = Callable[..., Any]
MORE = "\n[roles.care_home]\nper_practice = 2\n\n[roles.district_nurse]\neligible = 'age >= 18'\nper_practice = 4\n"


@pytest.fixture
def study(a_copy: Any, cli: Cli) -> Any:
    """The small study with two more roles."""
    a_copy.change("\n# --- Lists from month to month", f"{MORE}\n# --- Lists from month to month")
    return a_copy


def lists_of(study: Any) -> Path:
    (folder,) = [path for path in study.folder.glob("runs/*/lists") if (path / "lists.parquet").is_file()]
    return folder


def made(study: Any, cli: Cli, *options: str) -> pd.DataFrame:
    done = cli("list", "--study", study.folder, "--quiet", *options)
    assert done.exit_code == 0, done.stderr
    return pd.read_parquet(lists_of(study) / "lists.parquet")


def books(study: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((lists_of(study) / "manifest.json").read_text("utf-8"))["lists"]
    return found


def decided(study: Any, day: date, **rows: Any) -> None:
    facts = {"index_date": day, "reason": None, "decided_by_role": None, "decided_on": None, "next_review_on": None,
             "source": "x"}  # fmt: skip
    append_decisions(study.folder, pd.DataFrame([{**facts, **rows}]))


# --- One list each ------------------------------------------------------------------------------------------------


def test_on_shared_lists_the_others_are_named(study: Any, cli: Cli) -> None:
    rows = made(study, cli)
    shared = rows[rows.duplicated("patient_id", keep=False)]
    assert len(shared) > 1
    for _, row in shared.iterrows():
        on = set(rows.loc[rows["patient_id"] == row["patient_id"], "role"])
        assert set(row["other_lists"].split("; ")) == on - {row["role"]}
    assert rows.loc[~rows["patient_id"].isin(shared["patient_id"]), "other_lists"].isna().all()


def test_unique_lists_give_each_patient_to_the_holder_or_the_first_role(study: Any, cli: Cli) -> None:
    shared, unique = made(study, cli), made(study, cli, "--unique")
    assert not unique["patient_id"].duplicated().any()
    assert unique["other_lists"].isna().all()
    first = shared.drop_duplicates("patient_id").set_index("patient_id")["role"]
    free = unique[unique["on_caseload"].isna() & unique["patient_id"].isin(first.index)]
    assert (free["role"].to_numpy() == first.reindex(free["patient_id"]).to_numpy()).all()
    held = unique[unique["on_caseload"].notna()]
    assert all(row["role"] in row["on_caseload"] for _, row in held.iterrows())
    assert any(book["with_other_role"] for book in books(study))
    for book in books(study):
        parts = book["listed"] + book["over_capacity"] + book["with_other_role"] + sum(book["hidden"].values())
        assert book["eligible"] == parts
    assert made(study, cli, "--shared").equals(shared)


# --- For a practice's key only ------------------------------------------------------------------------------------


def test_encrypted_files_are_for_the_practices_key_and_nothing_readable_is_left(study: Any, cli: Cli) -> None:
    pyrage = pytest.importorskip("pyrage")
    practices = sorted({book["practice"] for book in books(study)})
    keys = {one: pyrage.x25519.Identity.generate() for one in practices}
    written = "".join(f'{one} = "{key.to_public()}"\n' for one, key in keys.items())
    study.change("\n[recipients]", f"\n[recipients]\n{written}")
    plain = made(study, cli)
    before = {one: (lists_of(study) / one / "gp_mdt.csv").read_bytes() for one in practices}
    assert made(study, cli, "--encrypt").equals(plain)
    for one in practices:
        names = sorted(path.name for path in (lists_of(study) / one).iterdir())
        assert names
        assert all(name.endswith(".age") for name in names)
        sealed = (lists_of(study) / one / "gp_mdt.csv.age").read_bytes()
        assert pyrage.decrypt(sealed, [keys[one]]) == before[one]
        other = keys[next(p for p in practices if p != one)]
        with pytest.raises(pyrage.DecryptError):
            pyrage.decrypt(sealed, [other])


def test_a_later_command_does_not_make_encrypted_lists_readable(study: Any, cli: Cli) -> None:
    pyrage = pytest.importorskip("pyrage")
    key = pyrage.x25519.Identity.generate()
    practices = sorted({book["practice"] for book in books(study)})
    study.change("\n[recipients]", "\n[recipients]\n" + "".join(f'{p} = "{key.to_public()}"\n' for p in practices))
    rows = made(study, cli, "--encrypt")
    for again in (("list",), ("list", "--force"), ("run",)):
        assert cli(*again, "--study", study.folder, "--quiet").exit_code == 0
        assert not list(lists_of(study).glob("*/*.xlsx"))
    page = Path(explained(study, cli, rows["patient_id"].iloc[0], "--page")["page"])
    assert page.name.endswith(".html.age")
    assert not list(lists_of(study).glob("*/*.html"))
    made(study, cli, "--readable")
    assert list(lists_of(study).glob("*/*.xlsx"))


def test_without_every_key_nothing_is_encrypted_and_nothing_changed(study: Any, cli: Cli) -> None:
    pytest.importorskip("pyrage")
    before = study.files()
    done = cli("list", "--study", study.folder, "--encrypt")
    assert done.exit_code == 10
    assert "no key for practice" in done.stderr
    assert study.files() == before
    study.change("\n[recipients]", '\n[recipients]\nX9 = "age1nonsense"')
    assert "recipients.X9: this is not a public key" in cli("list", "--study", study.folder, "--encrypt").stderr


# --- A role of another service ------------------------------------------------------------------------------------


def test_another_service_is_not_told_what_other_teams_decided(a_copy: Any, cli: Cli) -> None:
    basis = "legal_basis = 'Agreement 7'\neligible = 'age >= 18'"
    a_copy.change("\n# --- Lists from", f"\n[roles.social_worker]\n{basis}\n\n# --- Lists from")
    rows = made(a_copy, cli)
    patient, practice = rows.loc[rows["role"] == "social_worker", ["patient_id", "practice_code"]].iloc[0]
    who = {"patient_id": patient, "practice_code": practice, "role": "gp_mdt", "decision": "palliative_pathway"}
    decided(a_copy, date(2025, 11, 1), **who)
    again = made(a_copy, cli)
    assert patient not in set(again.loc[again["role"] == "social_worker", "patient_id"])
    book = openpyxl.load_workbook(lists_of(a_copy) / practice / "social_worker.xlsx")
    assert book.sheetnames == ["List", "About this list"]
    told = json.loads((lists_of(a_copy) / practice / "social_worker.json").read_text("utf-8"))
    assert told["left_out"].endswith("patients of the practice are not listed")
    assert "eligible" not in told
    mdt = openpyxl.load_workbook(lists_of(a_copy) / practice / "gp_mdt.xlsx")
    assert "Excluded by decision" in mdt.sheetnames


def test_what_another_service_decided_is_not_told_to_the_practice(a_copy: Any, cli: Cli) -> None:
    basis = "legal_basis = 'Agreement 7'\neligible = 'age >= 18'"
    a_copy.change("\n# --- Lists from", f"\n[roles.social_worker]\n{basis}\n\n# --- Lists from")
    rows = made(a_copy, cli)
    mine = rows.loc[rows["role"] == "gp_mdt"].iloc[:2]
    for decision, (_, one) in zip(("accepted", "deceased"), mine.iterrows(), strict=True):
        who = {"patient_id": one["patient_id"], "practice_code": one["practice_code"], "role": "social_worker"}
        decided(a_copy, date(2025, 11, 1), decision=decision, **who)
    again = made(a_copy, cli)
    held, dead = mine["patient_id"]
    assert dead not in set(again["patient_id"])
    assert again.loc[again["patient_id"] == held, ["on_caseload", "last_outcome"]].isna().all(axis=None)
    practice = mine["practice_code"].iloc[1]
    sheet = openpyxl.load_workbook(lists_of(a_copy) / practice / "gp_mdt.xlsx")["Excluded by decision"]
    assert "another service" in {cell.value for row in sheet.iter_rows() for cell in row}
    page = Path(explained(a_copy, cli, held, "--page")["page"]).read_text("utf-8")
    files = [page, *(path.read_text("utf-8") for path in lists_of(a_copy).glob("*/worklist.html"))]
    assert not any("social worker" in text.lower() for text in files)


def test_another_services_list_needs_its_own_basis_and_is_not_on_the_common_page(a_copy: Any, cli: Cli) -> None:
    a_copy.change("\n# --- Lists from", "\n[roles.social_worker]\neligible = 'age >= 60'\n\n# --- Lists from")
    refused = cli("list", "--study", a_copy.folder)
    assert refused.exit_code == 13
    assert "roles.social_worker" in refused.stderr
    a_copy.change("[roles.social_worker]", "[roles.social_worker]\nlegal_basis = 'Agreement 7'")
    made(a_copy, cli)
    practice = books(a_copy)[0]["practice"]
    sheet = openpyxl.load_workbook(lists_of(a_copy) / practice / "social_worker.xlsx")
    names = {cell.value for row in sheet["List"].iter_rows(max_row=20) for cell in row}
    assert {"patient_id", "decision"} <= names
    kept = {
        "risk_pct",
        "reason_1",
        "medicines",
        "long_term_conditions",
        "to_do",
        "on_caseload",
        "other_lists",
        "last_outcome",
    }
    assert not kept & names
    rows = pd.read_parquet(lists_of(a_copy) / "lists.parquet")
    assert not rows["other_lists"].fillna("").str.contains("social_worker").any()
    told = {row[0].value: row[1].value for row in sheet["About this list"].iter_rows()}
    assert told["Legal basis"] == "Agreement 7"
    page = (lists_of(a_copy) / practice / "worklist.html").read_text("utf-8")
    assert "GP multidisciplinary team" in page
    assert 'id="social_worker' not in page
    assert "social_worker.xlsx" not in page


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("columns = ['rank', 'patient_id']", "practice_code is missing, and every list needs it"),
        ("printed = ['nonsense']", "'nonsense' is not a column of a list"),
        ("lists_despite = ['gone']", "'gone' is not a decision"),
        (
            "[roles.worklist]\ntitle = 'Worklist'\nper_practice = 2",
            "the page worklist.html has this name",
        ),
        ("group_by = 'house'", "roles.care_home.group_by: 'house' is not a column"),
    ],
)
def test_what_a_role_may_not_ask_for_is_said(a_copy: Any, cli: Cli, setting: str, said: str) -> None:
    a_copy.change("\n# --- Lists from", f"\n[roles.care_home]\n{setting}\n\n# --- Lists from")
    done = cli("list", "--study", a_copy.folder)
    assert done.exit_code == 10
    assert said in done.stderr


def test_what_may_be_a_slip_in_the_study_is_said(a_copy: Any, cli: Cli) -> None:
    a_copy.change("\n[teams]", "\n[teams]\nnorth = ['A81001', 'B99999']")
    a_copy.change(
        "\n# --- Lists from", "\n[roles.ward]\ntitle = 'Ward'\neligible = 'rising'\nper_team = 3\n\n# --- Lists from"
    )
    said = cli("list", "--study", a_copy.folder).stderr
    assert "[teams] names practices with no patient in the cohort: B99999." in said
    assert "`rising` cannot be assessed" in said
    assert "It counts as false in the rules of ward" in said


# --- One patient --------------------------------------------------------------------------------------------------


def explained(study: Any, cli: Cli, patient: str, *options: str) -> dict[str, Any]:
    done = cli("explain", patient, "--study", study.folder, "--json", *options)
    assert done.exit_code == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_one_patient_is_explained_with_what_was_decided_and_what_stands(study: Any, cli: Cli) -> None:
    rows = made(study, cli)
    patient, practice = rows.loc[rows["role"] == "gp_mdt", ["patient_id", "practice_code"]].iloc[0]
    who = {"patient_id": patient, "practice_code": practice, "role": "gp_mdt"}
    decided(study, date(2025, 11, 1), decision="not_appropriate", **{**who, "reason": "too well"})
    again = made(study, cli)
    assert patient not in set(again.loc[again["role"] == "gp_mdt", "patient_id"])
    told = explained(study, cli, patient)
    (mdt,) = [one for one in told["lists"] if one["role"] == "gp_mdt"]
    assert mdt["rank"] is None
    assert mdt["why"] == "not listed: excluded until 2026-11-01 by a decision (not appropriate, gp mdt)"
    assert [(one["decision"], one["reason"], one["until"]) for one in told["decisions"]] == [
        ("not_appropriate", "too well", "2026-11-01")
    ]
    assert told["history"][-1]["risk_pct"] == told["risk_pct"]
    shown = cli("explain", patient, "--study", study.folder).stdout
    assert "Decided on 2025-11-01 by gp_mdt: not appropriate (too well), until 2026-11-01." in shown


def test_a_past_list_is_made_again_without_what_was_decided_later(study: Any, cli: Cli) -> None:
    rows = made(study, cli)
    patient, practice = rows.loc[rows["role"] == "gp_mdt", ["patient_id", "practice_code"]].iloc[0]
    before = (lists_of(study) / practice / "gp_mdt.csv").read_bytes()
    for command in ("score", "list"):
        assert cli(command, "--index-date", "2026-02-01", "--study", study.folder, "--quiet").exit_code == 0
    who = {"patient_id": patient, "practice_code": practice, "role": "gp_mdt", "decision": "not_appropriate"}
    decided(study, date(2025, 11, 1), **{**who, "decided_on": date(2026, 2, 10)})
    for day, listed in (("2026-01-01", True), ("2026-02-01", False)):
        done = cli("list", "--index-date", day, "--study", study.folder, "--quiet")
        assert done.exit_code == 0, done.stderr
        now = pd.read_parquet(study.folder / "runs" / day / "lists" / "lists.parquet")
        assert (patient in set(now.loc[now["role"] == "gp_mdt", "patient_id"])) == listed
    assert (study.folder / "runs" / "2026-01-01" / "lists" / practice / "gp_mdt.csv").read_bytes() == before


def test_a_model_trained_again_does_not_speak_for_the_old_ones_scores(study: Any, cli: Cli) -> None:
    patient = made(study, cli)["patient_id"].iloc[0]
    done = cli("train", "--variant", "logistic", "--study", study.folder, "--force", "--quiet")
    assert done.exit_code == 0, done.stderr
    for command in (("list",), ("explain", patient)):
        refused = cli(*command, "--study", study.folder)
        assert refused.exit_code == 15
        assert "was trained again after it scored" in refused.stderr
    assert cli("score", "--study", study.folder, "--quiet").exit_code == 0
    assert cli("list", "--study", study.folder, "--quiet").exit_code == 0


def test_what_can_be_done_is_the_same_on_the_list_and_when_asked(study: Any, cli: Cli) -> None:
    rows = made(study, cli)
    asked = rows[rows["to_do"].notna()].drop_duplicates("patient_id")
    assert len(asked) > 3
    for _, row in asked.iloc[:4].iterrows():
        said: dict[str, list[str]] = {}
        for one in explained(study, cli, row["patient_id"])["to_do"]:
            said.setdefault(one["who"], []).append(one["what"])
        assert set(row["to_do"].split("; ")) == {f"{who}: {', '.join(what)}" for who, what in said.items()}


def test_a_page_for_the_meeting_stands_with_the_practices_lists(study: Any, cli: Cli) -> None:
    rows = made(study, cli)
    patient, practice = rows[["patient_id", "practice_code"]].iloc[0]
    page = Path(explained(study, cli, patient, "--page")["page"])
    assert page.parent == lists_of(study) / practice
    assert patient not in page.name
    assert page.stat().st_mode & 0o077 == 0
    text = page.read_text("utf-8")
    assert patient in text
    assert not re.search(r"https?://(?!www\.w3\.org)", text)
    log = (study.folder / "audit.jsonl").read_text("utf-8")
    assert page.name in log
    assert patient not in log


def test_a_role_that_is_no_more_is_said_and_its_workbook_can_still_be_read(
    study: Any, cli: Cli, tmp_path: Path
) -> None:
    rows = made(study, cli)
    mine = rows[rows["role"] == "district_nurse"].iloc[0]
    path = tmp_path / "back.xlsx"
    book = openpyxl.load_workbook(lists_of(study) / mine["practice_code"] / "district_nurse.xlsx")
    sheet = book["List"]
    column = {cell.value: cell.column for row in sheet.iter_rows(max_row=20) for cell in row if cell.value}
    place = {cell.value: cell.row for row in sheet.iter_rows() for cell in row if cell.value == mine["patient_id"]}
    sheet.cell(place[mine["patient_id"]], column["decision"]).value = "RIP"
    book.save(path)
    study.change("[roles.district_nurse]", "[roles.community_nurse]\ntitle = 'Community nurse'")
    done = cli("review", path, "--study", study.folder)
    assert done.exit_code == 0, done.output
    (stored,) = read_decisions(study.folder)["decision"]
    assert stored == "deceased"
    (run,) = study.folder.glob("runs/*/lists")
    later = cli("score", "--index-date", "2026-02-01", "--study", study.folder)
    assert later.exit_code == 0, later.stderr
    said = cli("list", "--index-date", "2026-02-01", "--study", study.folder)
    assert "study.toml no longer has the role" in said.stderr
    assert "district_nurse (" in said.stderr
    now = pd.read_parquet(run.parent.parent / "2026-02-01" / "lists" / "lists.parquet")
    assert mine["patient_id"] not in set(now["patient_id"]), "deceased holds for every role, whoever wrote it"


# --- Retention ----------------------------------------------------------------------------------------------------


def test_old_decisions_go_but_for_those_with_a_day_of_review_to_come(a_copy: Any, cli: Cli) -> None:
    who = {"practice_code": "P1", "role": "gp_mdt", "decision": "accepted"}
    decided(a_copy, date(2020, 1, 1), patient_id="old", **who)
    decided(a_copy, date(2020, 1, 1), patient_id="later", **{**who, "next_review_on": date(2999, 1, 1)})
    decided(a_copy, date(2999, 1, 1), patient_id="new", **who)
    decided(a_copy, date(2020, 2, 1), patient_id="later", **{**who, "decision": "not_reviewed"})
    shown = json.loads(cli("purge", "--dry-run", "--study", a_copy.folder, "--json").stdout)
    assert "decisions" in {one["kind"] for one in shown["removed"]}
    assert len(read_decisions(a_copy.folder)) == 4
    done = json.loads(cli("purge", "--study", a_copy.folder, "--json").stdout)
    assert {one["kind"]: one.get("files") for one in done["removed"]}["decisions"] == 1
    assert read_decisions(a_copy.folder)[["patient_id", "entry"]].values.tolist() == [
        ["later", 2], ["new", 3], ["later", 4],
    ]  # fmt: skip
