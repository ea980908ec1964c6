"""A year of lists: twelve monthly runs, with a scripted team that fills in its workbooks as teams do.

Every month each practice's workbooks are filled in, spoilt as people spoil them (re-sorted, columns moved, rows deleted
and hidden, days in words), some saved by LibreOffice, some returned as CSV, and read back. The ledger kept here says
what each decision must do, by a plain loop that shares nothing with the program.
"""

from __future__ import annotations

import csv
import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from riskstrat.steps.init import study_template
from riskstrat.study.decision_log import latest, read_decisions
from riskstrat.synthetic import generate

Cli = Callable[..., Any]
DAYS = [date(2025, month, 1) for month in range(1, 13)]
STUDY = """
[roles.gp_mdt]
per_practice = 15
[roles.community_matron]
eligible = "risk_pct >= 5 and not care_home and not on_caseload"
caseload = 15
[roles.geriatrician]
eligible = "age >= 70"
per_team = 14
[roles.care_home]
[roles.district_nurse]
eligible = "age >= 75"
caseload = 25
caseload_of = "team"
[roles.social_worker]
legal_basis = "A sharing agreement"

[teams]
both = ["A81001", "A81002"]
"""
ALL = {"palliative_pathway", "care_home_pathway", "deceased", "moved"}
LASTS = {
    "accepted": 365, "already_on_caseload": 180, "other_service": 180, "declined_by_patient": 180,
    "not_appropriate": 365, "palliative_pathway": 365, "care_home_pathway": 365, "deceased": 180, "moved": 180,
    "data_error": 90, "deferred": 0, "not_reviewed": 0,
}  # fmt: skip
DESPITE = {
    "geriatrician": {"care_home_pathway"},
    "care_home": {"care_home_pathway", "palliative_pathway"},
    "district_nurse": {"palliative_pathway"},
}
SPELT = {
    "accepted": ["accepted", "Accepted", " ACCEPTED "], "deceased": ["deceased", "died", "RIP"],
    "declined_by_patient": ["Declined by patient", "declined"], "not_reviewed": ["not reviewed", "Not-reviewed"],
}  # fmt: skip


@dataclass(frozen=True)
class Wrote:
    """What the team wrote about one patient on one list."""

    role: str
    practice: str
    patient: str
    day: date
    decision: str
    decided: date | None
    review: date | None

    @property
    def since(self) -> date:
        return self.decided or self.day

    @property
    def until(self) -> date:
        return self.review or self.since + timedelta(days=LASTS[self.decision])


def spelt(day: date, dice: random.Random) -> object:
    """A day as somebody types it."""
    suffix = {1: "st", 2: "nd", 3: "rd", 21: "st", 22: "nd", 23: "rd", 31: "st"}.get(day.day, "th")
    return dice.choice([
        day, day.isoformat(), f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day:%y}", f"{day.day}{suffix} {day:%B %Y}",
        f"{day:%a} {day.day} {day:%b %Y}",
    ])  # fmt: skip


def opinion(role: str, practice: str, patient: str, day: date, dice: random.Random) -> Wrote | None:
    """What the team thinks of a patient; None where the meeting wrote nothing."""
    if dice.random() < 0.35:
        return None
    decision = dice.choices(list(LASTS), [18, 4, 5, 6, 5, 4, 2, 2, 2, 3, 8, 12])[0]
    decided = day + timedelta(days=dice.randrange(5, 25)) if dice.random() < 0.6 else None
    soon = (decided or day) + timedelta(days=dice.randrange(20, 150))
    review = soon if dice.random() < 0.3 and decision not in ("not_reviewed", "deceased", "moved") else None
    return Wrote(role, practice, patient, day, decision, decided, review)


def cells(wrote: Wrote, dice: random.Random) -> dict[str, object]:
    """The yellow cells of a row."""
    said: dict[str, object] = {"decision": dice.choice(SPELT.get(wrote.decision, [wrote.decision]))}
    if wrote.decision == "not_appropriate":
        said["reason"] = "=too well"
    if wrote.decided:
        said["decided_on"] = spelt(wrote.decided, dice)
    if wrote.review:
        said["next_review_on"] = spelt(wrote.review, dice)
    return said


def names_row(sheet: Worksheet) -> int:
    return next(cell.row for row in sheet.iter_rows(max_row=30) for cell in row if cell.value == "patient_id")


def fill_in(path: Path, into: Path, opinions: dict[str, Wrote], dice: random.Random) -> None:
    """Fill in a workbook, and spoil it as people do."""
    book = openpyxl.load_workbook(path)
    sheet = book["List"]
    top = names_row(sheet)
    names = [cell.value for cell in sheet[top]]
    rows = [dict(zip(names, [c.value for c in row], strict=True)) for row in sheet.iter_rows(min_row=top + 2)]
    rows = [row for row in rows if row["patient_id"]]
    for row in rows:
        if wrote := opinions.get(row["patient_id"]):
            row.update(cells(wrote, dice))
    kept = [row for row in rows if row["patient_id"] in opinions or dice.random() < 0.7]
    dice.shuffle(kept)
    labels = dict(zip(names, [cell.value for cell in sheet[top + 1]], strict=True))
    order = list(names)
    dice.shuffle(order)
    sheet.delete_rows(top + 2, sheet.max_row)
    for place, row in enumerate([dict(zip(names, names, strict=True)), labels, *kept]):
        for column, name in enumerate(order, 1):
            cell = sheet.cell(top + place, column)
            cell.value = row[name]
            cell.data_type = "s" if isinstance(row[name], str) else cell.data_type
    for place in range(len(kept)):
        sheet.row_dimensions[top + 2 + place].hidden = dice.random() < 0.2
    sheet.insert_rows(1, dice.randrange(1, 3))
    book.save(into)


def fill_in_csv(path: Path, into: Path, opinions: dict[str, Wrote], dice: random.Random) -> None:
    """The same on a CSV, saved by a spreadsheet with semicolons."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        if wrote := opinions.get(row["patient_id"]):
            row.update({name: str(value) for name, value in cells(wrote, dice).items()})
    with into.open("w", encoding="cp1252", newline="") as stream:
        out = csv.DictWriter(stream, list(rows[0]) if rows else ["patient_id"], delimiter=";")
        out.writeheader()
        out.writerows(rows)


def saved_by_libreoffice(paths: list[Path], folder: Path) -> list[Path]:
    """Opened and saved again by another program."""
    folder.mkdir()
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", folder, *paths]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    return [folder / path.name for path in paths]


Place = tuple[str, str, str]


def places(rows: pd.DataFrame) -> set[Place]:
    """Role, practice and patient of each row."""
    return set(zip(rows["role"], rows["practice_code"], rows["patient_id"], strict=True))


def must_be_off(ledger: list[Wrote], roles: list[str], day: date) -> set[Place]:
    """Everyone whom a decision keeps off a list of the practice: the documented rules as a plain loop."""
    found = set()
    for role in roles:
        for practice, patient in {(one.practice, one.patient) for one in ledger}:
            here = [one for one in ledger if (one.practice, one.patient) == (practice, patient)]
            mine = [one for one in here if one.day < day]
            last = {one.role: one for one in sorted(mine, key=lambda one: (one.day, one.since))}
            own = last.get(role)
            if own and own.decision != "not_reviewed" and own.until > day:
                found.add((role, practice, patient))
            for other in (one for name, one in last.items() if name != role and one.decision in ALL):
                lifted = own is not None and own.day > other.day
                if other.until > day and other.decision not in DESPITE.get(role, ()) and not lifted:
                    found.add((role, practice, patient))
    return found


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory, cli: Cli) -> Path:
    folder = tmp_path_factory.mktemp("year")
    generate(folder, 1200, seed=17, practices=2)
    toml = study_template("year").replace("# min_outcomes = 100", "min_outcomes = 5")
    toml = toml.replace(
        "# train_dates = [2023-01-01, 2023-07-01]",
        "train_dates = [2023-06-01]\ncalibrate_date = 2024-01-01\ntest_date = 2025-01-01",
    )
    start, end = toml.index("[roles.gp_mdt]"), toml.rindex("# ---", 0, toml.index("[governance]\n"))
    (folder / "study.toml").write_text(toml[:start] + STUDY + toml[end:], encoding="utf-8")
    for command in ("ingest", "train"):
        done = cli(command, "--study", folder, "--quiet")
        assert done.exit_code == 0, done.stderr
    return folder


def hashes(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*")) if path.is_file()
    }  # fmt: skip


class Year:
    """The months as they pass."""

    def __init__(self, folder: Path, cli: Cli, office: bool) -> None:
        self.folder, self.cli, self.office = folder, cli, office
        self.dice, self.ledger = random.Random(11), list[Wrote]()
        self.last = set[Place]()
        self.fates: dict[str, int] = {}

    def lists(self, day: date) -> Path:
        return self.folder / "runs" / day.isoformat() / "lists"

    def month(self, day: date) -> None:
        """Score, list, look at it, hold the meetings, read the decisions back."""
        for command in ("score", "list"):
            done = self.cli(command, "--index-date", day, "--study", self.folder, "--quiet")
            assert done.exit_code == 0, done.stderr
        rows = pd.read_parquet(self.lists(day) / "lists.parquet")
        self.look(day, rows)
        wrote = self.meetings(day)
        self.ledger += wrote
        stored = latest(read_decisions(self.folder))
        stored = stored[stored["index_date"] == day]
        assert {tuple(one) for one in stored[["role", "patient_id", "decision"]].values} == {
            (one.role, one.patient, one.decision) for one in wrote
        }
        days = stored.set_index(["role", "patient_id"])[["decided_on", "next_review_on"]]
        for one in wrote:
            read = [None if pd.isna(value) else value for value in days.loc[(one.role, one.patient)]]
            assert read == [one.decided, one.review]
        self.last = places(rows)

    def look(self, day: date, rows: pd.DataFrame) -> None:
        """Nobody lost, nobody doubled, every decision done, every list within capacity, the books balanced."""
        books = json.loads((self.lists(day) / "manifest.json").read_text(encoding="utf-8"))["lists"]
        keys = places(rows)
        assert len({(role, patient) for role, _, patient in keys}) == len(rows)
        left = pd.read_parquet(self.lists(day) / "left.parquet")
        assert places(left) == self.last - keys
        for fate in left["fate"]:
            self.fates[fate] = self.fates.get(fate, 0) + 1
        roles = sorted({book["role"] for book in books})
        off = must_be_off(self.ledger, roles, day)
        assert not keys & off, [one for one in self.ledger if (one.role, one.practice, one.patient) in keys & off][:5]
        kept_off = pd.read_parquet(self.lists(day) / "kept_off.parquet")
        assert places(kept_off) <= off
        for book in books:
            assert book["cohort"] == book["died_since"] + book["not_eligible"] + book["eligible"]
            elsewhere = book["with_other_role"] + book["over_capacity"] + sum(book["hidden"].values())
            assert book["eligible"] == book["listed"] + elsewhere
            mine = rows[(rows["role"] == book["role"]) & (rows["practice_code"] == book["practice"])]
            assert len(mine) == book["listed"]
            if "new" in book:
                assert book["listed"] == book["new"] + book["continuing"] + book["returned"]
        for role in roles:
            mine = [book for book in books if book["role"] == role]
            together = role in ("geriatrician", "district_nurse")
            for room, listed in (
                [(mine[0]["capacity"], sum(book["listed"] for book in mine))] if together
                else [(book["capacity"], book["listed"]) for book in mine]
            ):  # fmt: skip
                assert listed <= room

    def meetings(self, day: date) -> list[Wrote]:
        """Every team fills in its lists; all come back, and are read."""
        back, workbooks, wrote = list[Path](), list[Path](), list[Wrote]()
        desk = self.folder / "back" / day.isoformat()
        desk.mkdir(parents=True)
        rows = pd.read_parquet(self.lists(day) / "lists.parquet")
        for (role, practice), mine in rows.groupby(["role", "practice_code"]):
            said = [opinion(role, practice, patient, day, self.dice) for patient in mine["patient_id"]]
            opinions = {one.patient: one for one in said if one}
            wrote += opinions.values()
            as_csv = self.dice.random() < 0.25
            path = desk / f"{practice}-{role}.{'csv' if as_csv else 'xlsx'}"
            fill = fill_in_csv if as_csv else fill_in
            fill(self.lists(day) / practice / f"{role}{path.suffix}", path, opinions, self.dice)
            (back if as_csv else workbooks).append(path)
        if self.office and workbooks:
            half = workbooks[: len(workbooks) // 2 + 1]
            workbooks = [*saved_by_libreoffice(half, desk / "office"), *workbooks[len(half) :]]
        done = self.cli("review", *back, *workbooks, "--study", self.folder)
        assert done.exit_code == 0, done.output
        log = (self.folder / "reviews" / "decisions.parquet").read_bytes()
        again = self.cli("review", *workbooks, *back, "--study", self.folder)
        assert again.exit_code == 0, again.output
        assert (self.folder / "reviews" / "decisions.parquet").read_bytes() == log, "reading twice changes nothing"
        return wrote


def lived_through(folder: Path, cli: Cli, days: list[date], office: bool) -> Year:
    year = Year(folder, cli, office)
    for day in days:
        year.month(day)
    before = hashes(year.lists(days[-1]))
    done = cli("list", "--index-date", days[-1], "--study", folder, "--force", "--quiet")
    assert done.exit_code == 0, done.stderr
    assert hashes(year.lists(days[-1])) == before, "a run repeated gives identical files"
    return year


def test_four_months(study: Path, cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study, folder)
    year = lived_through(folder, cli, DAYS[:4], office=False)
    assert {"accepted", "over_capacity"} <= set(year.fates)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_twelve_months_through_libreoffice(study: Path, cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "study"
    shutil.copytree(study, folder)
    year = lived_through(folder, cli, DAYS, office=True)
    assert len(year.ledger) > 500
    assert {one.decision for one in year.ledger} == set(LASTS)
