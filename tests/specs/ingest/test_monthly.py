"""Monthly loads: what is new is read, what is corrected replaces, what is gone goes, what has not changed stays."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from tests.support.extracts import (
    Extract,
    Listener,
    as_csv,
    books,
    everything_under,
    ingested,
    rows_in,
    stays,
    write_study,
)
from tests.support.tablespec import check

from riskstrat.steps.ingest import ingest
from riskstrat.study.folder import StudyFolder
from riskstrat.study.session import open_study
from riskstrat.tables.snapshot import Snapshot

PEOPLE = """
patient_id  practice_code  sex  birth_month
A           P1             1    1950-03
B           P1             2    1960-07
C           P2             2    1970-01
"""
YEAR_1 = """
PERSON_ID | EPIKEY | PROCODE | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | EPISTAT | DISDATE    | DIAG_01
A         | 11     | RAA     | 2024-01-01 | 21       | 2024-01-01 | 2024-01-05 | 3       | 2024-01-05 | I500
B         | 12     | RBB     | 2024-03-28 | 22       | 2024-03-28 |            | 1       |            |
"""
JANUARY = """
patient_id | date       | code     | code_system | value
A          | 2024-01-10 | 44054006 | snomed      |
B          | 2024-01-20 | 38341003 | snomed      | 140
"""
FEBRUARY = """
patient_id | date       | code     | code_system | value
A          | 2024-02-10 | 38341003 | snomed      | 150
C          | 2024-01-15 | 44054006 | snomed      |
"""
FIRST = {"patients/all": PEOPLE, "hes_apc/year1": YEAR_1, "gp_events/january": JANUARY}
Deliveries = Mapping[str, str]


class Desk:
    """A study to which files are delivered month by month.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.heard = folder, Listener()

    def month(self, files: Deliveries, force: bool = False, **sections: Mapping[str, Any]) -> Snapshot:
        """Put these files in the place of all that was there, by format and name, and ingest."""
        there = {path: path.read_bytes() for path in (self.folder / "extracts").rglob("*.csv")}
        wanted = {self.folder / "extracts" / f"{name}.csv": as_csv(text) for name, text in files.items()}
        for path in there.keys() - wanted.keys():
            path.unlink()
        for path, content in wanted.items():
            if there.get(path) != content:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        formats = dict.fromkeys(name.split("/")[0] for name in files)
        sources = [{"format": one, "files": f"extracts/{one}/*.csv"} for one in formats]
        facts = {"name": "monthly", "sources": sources, "engine": {"threads": 1, "memory_limit_gb": 0.5}, **sections}
        (self.folder / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")
        self.heard = Listener()
        return ingest(open_study(self.folder, self.heard, force))

    def converted(self) -> dict[str, tuple[int, int, int]]:
        """Every file that is kept of the conversions: its inode, size, and when it was changed."""
        kept = self.folder / "store" / ".converted"
        found = {path: path.stat() for path in kept.rglob("*") if path.is_file()}
        return {str(path.relative_to(kept)): (s.st_ino, s.st_size, s.st_mtime_ns) for path, s in found.items()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def content(snapshot: Snapshot) -> dict[str, list[str]]:
    """What a snapshot holds, whatever the numbers of its people and files."""
    found = {}
    for table in sorted(snapshot.tables):
        rows = [{**row, "patient_no": 0, "file_no": 0} for row in rows_in(snapshot, table)]
        found[table] = sorted(map(str, rows))
    return found


def balanced(snapshot: Snapshot) -> None:
    for page in snapshot.manifest["files"]:
        assert page["lines"] == sum(page["books"].values()), page
        assert min(page["books"].values()) >= 0, page
    for name, table in snapshot.manifest["tables"].items():
        assert table["stored"] == len(rows_in(snapshot, name))


# --- Only what is new is read ------------------------------------------------------------------------------------


def test_only_new_and_changed_files_are_read(desk: Desk) -> None:
    first = desk.month(FIRST)
    before, kept = everything_under(first.folder), desk.converted()
    second = desk.month({**FIRST, "gp_events/february": FEBRUARY})
    after = desk.converted()
    assert {name: after[name] for name in kept} == kept
    assert len({name.split("/")[0] for name in after.keys() - kept.keys()}) == 1
    assert everything_under(first.folder) == before, "a snapshot is immutable"
    assert second.name > first.name
    changed = desk.month({**FIRST, "gp_events/january": JANUARY.replace("140", "141")})
    assert {name: desk.converted()[name] for name in after} == after
    assert len({name.split("/")[0] for name in desk.converted().keys() - after.keys()}) == 1
    balanced(changed)


def test_nothing_new_is_nothing_done(desk: Desk) -> None:
    first = desk.month(FIRST)
    store = desk.folder / "store"
    before = {path: path.stat().st_mtime_ns for path in store.rglob("*")}
    again = desk.month(FIRST)
    assert again.name == first.name
    assert any("Nothing to do" in line for line in desk.heard.heard)
    assert {path: path.stat().st_mtime_ns for path in store.rglob("*")} == before


def test_the_same_may_be_done_again_by_force(desk: Desk) -> None:
    first, second = desk.month(FIRST), desk.month(FIRST, force=True)
    assert first.name != second.name
    assert content(first) == content(second)


def test_another_setting_reads_all_again(desk: Desk) -> None:
    desk.month(FIRST)
    before = {name.split("/")[0] for name in desk.converted()}
    desk.month(FIRST, checks={"skip": ["ends_before_start"]})
    assert len({name.split("/")[0] for name in desk.converted()} - before) == len(FIRST)


def test_a_setting_of_another_step_reads_nothing_again(desk: Desk) -> None:
    first = desk.month(FIRST)
    assert desk.month(FIRST, outcome={"days": 90}).name == first.name


def test_a_file_under_another_name_is_the_same_file(desk: Desk) -> None:
    desk.month(FIRST)
    kept = desk.converted()
    moved = {name.replace("january", "2024-01"): text for name, text in FIRST.items()}
    desk.month({**moved, "gp_events/february": FEBRUARY})
    assert {name: desk.converted()[name] for name in kept} == kept


# --- What comes later --------------------------------------------------------------------------------------------


def test_rows_that_arrive_late_appear(desk: Desk) -> None:
    desk.month(FIRST)
    found = desk.month({**FIRST, "gp_events/february": FEBRUARY})
    check(
        rows_in(found, "gp_events"),
        """
        patient_id | date       | code     | value
        A          | 2024-01-10 | 44054006 |
        A          | 2024-02-10 | 38341003 | 150
        B          | 2024-01-20 | 38341003 | 140
        C          | 2024-01-15 | 44054006 |
        """,
    )
    balanced(found)


def test_a_changed_file_replaces_its_rows(desk: Desk) -> None:
    desk.month(FIRST)
    found = desk.month({**FIRST, "gp_events/january": FEBRUARY})
    check(
        rows_in(found, "gp_events"),
        "patient_id | date | code\nA | 2024-02-10 | 38341003\nC | 2024-01-15 | 44054006",
    )
    balanced(found)


def test_a_file_that_is_taken_away_takes_its_rows_away(desk: Desk) -> None:
    first = desk.month(FIRST)
    desk.month({**FIRST, "gp_events/february": FEBRUARY})
    third = desk.month(FIRST)
    assert content(third) == content(first)
    without = {name: text for name, text in FIRST.items() if "gp_events" not in name}
    assert "gp_events" not in desk.month(without).tables


def test_people_who_are_new_get_their_rows(desk: Desk) -> None:
    alone = {**FIRST, "patients/all": PEOPLE.replace("C           P2             2    1970-01\n", "")}
    first = desk.month({**alone, "gp_events/february": FEBRUARY})
    assert books(first, "february.csv") == {"stored": 1, "not_in_patients": 1}
    second = desk.month({**FIRST, "gp_events/february": FEBRUARY})
    assert books(second, "february.csv") == {"stored": 2}


def test_a_corrected_episode_replaces_though_it_says_less(desk: Desk) -> None:
    desk.month(FIRST)
    text = """
    PERSON_ID | EPIKEY | PROCODE | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | EPISTAT | DISDATE | DIAG_01
    A         | 21     | RAA     | 2024-01-01 | 11       | 2024-01-01 | 2024-01-04 | 3       |         |
    """
    found = desk.month({**FIRST, "hes_apc/0 corrections": text})
    check(
        rows_in(found, "episodes"),
        """
        patient_id | episode_id | method | ends       | discharged | diagnosis
        A          | 21         | 11     | 2024-01-04 |            |
        B          | 12         | 22     |            |            |
        """,
    )
    assert books(found, "year1.csv") == {"stored": 1, "duplicates": 1}
    assert books(found, "0 corrections.csv") == {"stored": 1}
    balanced(found)


def test_an_unfinished_episode_is_finished_by_a_later_file_and_never_the_other_way_round(desk: Desk) -> None:
    finished = """
    PERSON_ID | EPIKEY | PROCODE | ADMIDATE   | ADMIMETH | EPISTART   | EPIEND     | EPISTAT | DISDATE    | DIAG_01
    B         | 99     | RBB     | 2024-03-28 | 22       | 2024-03-28 | 2024-04-02 | 3       | 2024-04-02 | J189
    """
    answer = """
    patient_id | episode_id | ends       | discharged
    A          | 11         | 2024-01-05 | 2024-01-05
    B          | 99         | 2024-04-02 | 2024-04-02
    """
    desk.month(FIRST)
    check(rows_in(desk.month({**FIRST, "hes_apc/year2": finished}), "episodes"), answer)
    other = {name: text for name, text in FIRST.items() if name != "hes_apc/year1"}
    desk.month({**other, "hes_apc/year2": finished})
    check(rows_in(desk.month({**FIRST, "hes_apc/year2": finished}), "episodes"), answer)


def test_what_is_said_of_a_person_later_replaces_and_what_is_not_said_stays(desk: Desk) -> None:
    desk.month(FIRST)
    text = """
    patient_id | practice_code | sex | birth_month | imd_decile
    A          | P9            | 1   |             | 3
    """
    found = desk.month({**FIRST, "patients/0 moved": text})
    check(
        rows_in(found, "patients"),
        """
        patient_id | practice | born       | imd_decile
        A          | P9       | 1950-03-01 | 3
        B          | P1       | 1960-07-01 |
        C          | P2       | 1970-01-01 |
        """,
    )
    balanced(found)


def test_an_objection_and_its_withdrawal_are_both_kept(desk: Desk) -> None:
    objects = "patient_id | kind | recorded_date | withdrawn\nA | type1 | 2024-01-01 | 0"
    withdrawn = "patient_id | kind | recorded_date | withdrawn\nA | type1 | 2024-02-01 | 1"
    desk.month({**FIRST, "opt_outs/january": objects})
    both = desk.month({**FIRST, "opt_outs/january": objects, "opt_outs/february": withdrawn})
    check(rows_in(both, "opt_outs"), "patient_id | recorded | withdrawn\nA | 2024-01-01 | 0\nA | 2024-02-01 | 1")
    replaced = desk.month({**FIRST, "opt_outs/january": withdrawn})
    check(rows_in(replaced, "opt_outs"), "patient_id | recorded | withdrawn\nA | 2024-02-01 | 1")


def test_the_order_of_the_months_is_kept_when_files_are_added_and_taken_away(desk: Desk) -> None:
    def patient(practice: str) -> str:
        return PEOPLE.replace("A           P1", f"A           {practice}")

    def practice(snapshot: Snapshot) -> str:
        return str(next(row["practice_code"] for row in rows_in(snapshot, "patients") if row["patient_id"] == "A"))

    files = {name: text for name, text in FIRST.items() if "patients" not in name}
    desk.month({**files, "patients/z": patient("P1")})
    assert practice(desk.month({**files, "patients/z": patient("P1"), "patients/m": patient("P2")})) == "P2"
    three = {"patients/z": patient("P1"), "patients/m": patient("P2"), "patients/a": patient("P3")}
    assert practice(desk.month({**files, **three})) == "P3"
    assert practice(desk.month({**files, "patients/z": patient("P1"), "patients/m": patient("P2")})) == "P2"


def test_one_content_in_two_formats_is_read_for_each(desk: Desk) -> None:
    deaths = "patient_id | date_of_death | date | code | code_system\nA | 2024-05-01 | 2024-05-01 | 419620001 | snomed"
    found = desk.month({**FIRST, "deaths/both": deaths, "gp_events/both": deaths})
    assert (len(rows_in(found, "deaths")), len(rows_in(found, "gp_events"))) == (1, 3)
    moved = desk.month({**FIRST, "deaths/both": deaths, "gp_events/january": deaths})
    assert len(rows_in(moved, "gp_events")) == 1


def test_files_that_change_places_are_read_as_what_they_are_now(desk: Desk) -> None:
    header = "patient_id | date_of_death | date | code | code_system"
    one = f"{header}\nA | 2024-05-01 | 2024-05-01 | 419620001 | snomed"
    two = f"{header}\nB | 2024-06-01 | 2024-06-01 | 419620001 | snomed"
    desk.month({**FIRST, "deaths/x": one, "gp_events/x": two})
    found = desk.month({**FIRST, "deaths/x": two, "gp_events/x": one})
    check(rows_in(found, "deaths"), "patient_id died\nB 2024-06-01")


# --- Records that their source names (EMIS) ----------------------------------------------------------------------

ADMIN = """
PatientGuid | OrganisationGuid | Sex  | DateOfBirth | DateOfRegistration | PatientTypeDescription | ProcessingId
A           | O1               | Male | 1950-03-01  | 2010-01-01         | Regular                | 1
B           | O1               | Male | 1960-07-01  | 2010-01-01         | Regular                | 1
"""
WHOLE = """
ObservationGuid | PatientGuid | OrganisationGuid | EffectiveDate | CodeId | Value | ProcessingId | Deleted
g1              | A           | O1               | 2024-01-10    | 1001   | 1.5   | 1            | false
g2              | A           | O1               | 2024-01-11    | 1002   | 2.5   | 1            | false
g3              | B           | O1               | 2024-01-12    | 1003   | 3.5   | 1            | false
g4              | B           | O1               | 2024-01-13    | 1004   | 4.5   | 2            | false
"""
CHANGES = """
ObservationGuid | PatientGuid | OrganisationGuid | EffectiveDate | CodeId | Value | ProcessingId | Deleted
g1              | A           | O1               | 2024-01-10    | 1001   | 9.5   | 3            | false
g3              | B           | O1               |               |        |       | 4            | true
g4              | B           | O1               | 2024-01-13    | 1004   | 0.5   | 1            | false
g5              | B           | O1               | 2024-02-14    | 1005   | 5.5   | 5            | false
"""
EMIS = {
    "hes_apc/year1": YEAR_1,
    "emis/Admin_Patient": ADMIN,
    "emis/CareRecord_Observation_1": WHOLE,
}
AFTER = """
patient_id | date       | value
A          | 2024-01-10 | 9.5
A          | 2024-01-11 | 2.5
B          | 2024-01-13 | {g4}
B          | 2024-02-14 | 5.5
"""


def test_a_later_record_replaces_and_one_that_is_deleted_goes(desk: Desk) -> None:
    first = desk.month(EMIS)
    assert len(rows_in(first, "gp_events")) == 4
    found = desk.month({**EMIS, "emis/CareRecord_Observation_2": CHANGES})
    check(rows_in(found, "gp_events"), AFTER.format(g4=0.5))
    assert books(found, "CareRecord_Observation_1.csv") == {"stored": 1, "replaced": 3}
    assert books(found, "CareRecord_Observation_2.csv") == {"stored": 3, "replaced": 1}
    balanced(found)


def test_of_records_that_come_together_the_one_numbered_last_is_kept(desk: Desk) -> None:
    found = desk.month({**EMIS, "emis/CareRecord_Observation_2": CHANGES})
    check(rows_in(found, "gp_events"), AFTER.format(g4=4.5))
    balanced(found)


def test_a_file_of_which_every_record_was_replaced_has_books_that_say_so(desk: Desk) -> None:
    desk.month(EMIS)
    found = desk.month({**EMIS, "emis/CareRecord_Observation_2": WHOLE.replace(".5", ".75")})
    check(rows_in(found, "gp_events"), "patient_id | value\nA | 1.75\nA | 2.75\nB | 3.75\nB | 4.75")
    assert books(found, "CareRecord_Observation_2.csv") == {"stored": 4}
    assert books(found, "CareRecord_Observation_1.csv") == {"replaced": 4}


def test_a_record_that_was_deleted_and_sent_again_is_back(desk: Desk) -> None:
    files = {**EMIS, "emis/CareRecord_Observation_2": CHANGES}
    desk.month(EMIS)
    desk.month(files)
    found = desk.month({**files, "emis/CareRecord_Observation_3": WHOLE.replace("3.5", "3.25")})
    check(rows_in(found, "gp_events"), "patient_id | value\nA | 1.5\nA | 2.5\nB | 3.25\nB | 4.5\nB | 5.5")
    balanced(found)


def test_the_folder_of_the_store_keeps_every_snapshot(desk: Desk) -> None:
    names = [desk.month(FIRST).name, desk.month({**FIRST, "gp_events/february": FEBRUARY}).name]
    assert [one.name for one in StudyFolder(desk.folder).snapshots()] == names


EMIS_PATIENT = (
    "PatientGuid,OrganisationGuid,Sex,YearOfBirth,DateOfBirth,PatientTypeDescription,DateOfRegistration,Deleted,ProcessingId\n"
    "A,o,F,,1950-01-01,Regular,2010-01-01,false,1\n"
)


EMIS_CODES = "CodeId,SnomedCTConceptId\n7,22298006\n"


OBSERVED = (
    "ObservationGuid,PatientGuid,OrganisationGuid,EffectiveDate,EffectiveDatePrecision,"
    "CodeId,Value,Deleted,ProcessingId\n"
)


OBSERVATION = "g1,A,o,2024-01-05,YMD,7,,false,10\n"


LATER = {
    "deleted, with nothing but its names": "g1,,o,,,,,true,20\n",
    "deleted, in full": "g1,A,o,2024-01-05,YMD,7,,true,20\n",
    "its value is no number any more": "g1,A,o,2024-01-05,YMD,7,abc,false,20\n",
    "its date is withdrawn": "g1,A,o,,U,7,,false,20\n",
}


@pytest.mark.parametrize("later", LATER)
def test_a_record_that_was_taken_back_does_not_stand(later: str, tmp_path: Path) -> None:
    files = {
        "Admin_Patient": EMIS_PATIENT,
        "Coding_ClinicalCode": EMIS_CODES,
        "CareRecord_Observation_1": OBSERVED + OBSERVATION + OBSERVATION.replace("g1", "g2").replace("01-05", "01-06"),
    }
    for name, content in files.items():
        (tmp_path / f"{name}.csv").write_text(content, encoding="utf-8")
    emis = {"format": "emis", "files": "*[!c].csv", "coarsen": ["DateOfBirth"]}
    apc = stays(
        as_csv("PERSON_ID|ADMIDATE|ADMIMETH|EPISTART\nA|2024-01-01|21|2024-01-01".replace("|", " | ")), "apc.csv"
    )
    (tmp_path / apc.name).write_bytes(apc.content)
    write_study(
        tmp_path, [], sources=[emis, {"format": "hes_apc", "files": "apc.csv"}], checks={"max_quarantined_pct": 100.0}
    )
    assert len(rows_in(ingest(open_study(tmp_path, Listener())), "gp_events")) == 2
    (tmp_path / "CareRecord_Observation_2.csv").write_text(OBSERVED + LATER[later], encoding="utf-8")
    found = ingest(open_study(tmp_path, Listener()))
    assert len(rows_in(found, "gp_events")) == 1
    for name in ("CareRecord_Observation_1.csv", "CareRecord_Observation_2.csv"):
        books(found, name)


def test_of_monthly_copies_that_come_together_the_later_file_says_where_a_person_is(tmp_path: Path) -> None:
    months = {"patients_2024_01.csv": "P9", "patients_2024_02.csv": "P1"}
    files = [
        Extract(
            "patients", name, as_csv(f"patient_id practice_code sex birth_month\nA {at} 1 1950-03".replace(" ", "  "))
        )
        for name, at in months.items()
    ]
    (row,) = rows_in(ingested(tmp_path, *files, stays(), checks={"max_quarantined_pct": 100.0}), "patients")
    assert row["practice_code"] == "P1"
