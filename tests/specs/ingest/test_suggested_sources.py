"""What `ingest --dry-run` suggests where headings, dates, codes or files leave something open."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import tomli_w
from tests.conftest import Cli
from tests.support.extracts import CANARY, Listener, rows_in
from tests.support.foreign import paste
from tests.support.tablespec import check

from riskstrat.steps.ingest import ingest
from riskstrat.steps.ingest_dry_run import DryRun, dry_run
from riskstrat.study.session import open_study

WHO = [f"{n:032x}" for n in range(1, 61)]
Table = Mapping[str, list[str]]


def lines_of(table: Table, delimiter: str = ",") -> str:
    """A file of columns; a short column is repeated."""
    rows = max(map(len, table.values()))
    columns = [(cells * rows)[:rows] for cells in table.values()]
    return "".join(delimiter.join(row) + "\n" for row in [list(table), *zip(*columns, strict=True)])


def days(format: str = "{y}-{m:02d}-{d:02d}", most: int = 28) -> list[str]:
    """Days of two years, none after `most` of its month."""
    return [format.format(y=2023 + n % 2, m=n % 12 + 1, d=n % most + 1) for n in range(60)]


def people(**columns: list[str]) -> dict[str, list[str]]:
    births = [f"{1930 + n}-{n % 12 + 1:02d}" for n in range(60)]
    return {"patient_id": WHO, "practice_code": ["A81001"], "sex": ["M", "F"], "birth_month": births, **columns}


def stays(**columns: list[str]) -> dict[str, list[str]]:
    plain = {"PERSON_ID": WHO, "ADMIDATE": days(), "EPISTART": days(), "ADMIMETH": ["21", "11"], "DIAG_01": ["I10X"]}
    return plain | columns


def study(folder: Path, files: Mapping[str, str | bytes], *sources: Mapping[str, Any]) -> Path:
    """A study with extracts in its folder `extracts`."""
    for name, content in files.items():
        path = folder / "extracts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    facts = {"name": "a spec", "engine": {"threads": 1, "memory_limit_gb": 0.5}, "sources": list(sources)}
    if not sources:
        facts.pop("sources")
    (folder / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")
    return folder


def looked_at(folder: Path) -> DryRun:
    return dry_run(open_study(folder, Listener()))


def section(found: DryRun, format: str) -> dict[str, Any]:
    """The one section of a format that is suggested."""
    (one,) = (one for one in found.suggestion["sections"] if one["settings"]["format"] == format)
    return dict(one)


def read(folder: Path, toml: str) -> Any:
    path = folder / "study.toml"
    text = path.read_text(encoding="utf-8")
    if "[[sources]]" in text:
        paste(path, toml)
    else:
        path.write_text(f"{text}\n{toml}\n", encoding="utf-8")
    return ingest(open_study(folder, Listener()))


BOTH = {"p.csv": lines_of(people()), "apc.csv": lines_of(stays())}


def test_a_study_without_sources_is_given_them(tmp_path: Path) -> None:
    found = looked_at(study(tmp_path, BOTH))
    assert "names no extracts" in found.faults[0]
    sources = tomllib.loads(found.suggestion["toml"])["sources"]
    assert [(one["format"], one["files"]) for one in sources] == [
        ("patients", "extracts/p.csv"), ("hes_apc", "extracts/apc.csv"),
    ]  # fmt: skip
    assert found.as_suggested
    assert found.as_suggested.faults == ()
    assert len(rows_in(read(tmp_path, found.suggestion["toml"]), "patients")) == 60


def test_where_nothing_is_to_change_nothing_is_suggested(tmp_path: Path) -> None:
    named = ({"format": "patients", "files": "extracts/p.csv"}, {"format": "hes_apc", "files": "extracts/a*.csv"})
    found = looked_at(study(tmp_path, BOTH, *named))
    assert (found.suggestion["toml"], found.suggestion["problems"], found.faults) == ("", [], ())


def test_everything_is_said_in_one_go(tmp_path: Path) -> None:
    files = {
        "p.csv": lines_of(people(SURNAME=["Smith", "Jones", "Taylor", "Brown", "Khan", "Patel"])),
        "apc.csv": lines_of(stays(ADMIDATE=["soon"])),
        "utf16.csv": "\ufeffpatient_id,date_of_death\n1,2020-01-01\n".encode("utf-16-le"),
        "gap.csv": lines_of(people(), "^"),
        "note.csv": "colour,shape\nred,round\n",
    }
    sources = (
        {"format": "patients", "files": "extracts/p.csv"}, {"format": "hes_apc", "files": "extracts/apc.csv"},
        {"format": "deaths", "files": "extracts/deaths*.csv"}, {"format": "hes_opa", "files": "extracts/none.csv"},
    )  # fmt: skip
    found = looked_at(study(tmp_path, files, *sources))
    said = "\n".join([*found.faults, *found.suggestion["problems"], *found.suggestion["unmatched"]])
    for words in ("SURNAME", "utf16.csv is UTF-16", "divided by '^'", "note.csv", "deaths: no file", "'hes_opa'"):
        assert words in said, words
    assert [one.file for one in found.previews] == ["p.csv", "apc.csv"]
    assert any("not a date" in finding for one in found.previews for finding in one.findings)


@pytest.mark.parametrize(
    ("format", "most", "expected", "note"),
    [
        ("{d:02d}/{m:02d}/{y}", 28, None, ""),
        ("{m:02d}/{d:02d}/{y}", 28, "%m/%d/%Y", ""),
        ("{d:02d}/{m:02d}/{y}", 12, "%d/%m/%Y", "please check: no date says whether the day or the month comes first"),
        ("{d:02d}.{m:02d}.{y}", 28, "%d.%m.%Y", ""),
        ("{y}{m:02d}{d:02d}", 28, None, ""),
    ],
)
def test_day_and_month_are_told_by_the_whole_column(
    format: str, most: int, expected: str | None, note: str, tmp_path: Path
) -> None:
    there = lines_of(stays(ADMIDATE=days(format, most), EPISTART=days(format, most)))
    found = section(looked_at(study(tmp_path, {**BOTH, "apc.csv": there})), "hes_apc")
    assert found["settings"].get("date_format") == expected
    assert found["to_check"].get("date_format", "") == note


def test_another_column_of_the_file_says_what_comes_first(tmp_path: Path) -> None:
    written = {"ADMIDATE": days("{m:02d}/{d:02d}/{y}", 12), "EPISTART": days("{m:02d}/{d:02d}/{y}", 28)}
    found = section(looked_at(study(tmp_path, {**BOTH, "apc.csv": lines_of(stays(**written))})), "hes_apc")
    assert found["settings"]["date_format"] == "%m/%d/%Y"
    assert "as in the other dates" in found["to_check"]["date_format"]


def test_dates_written_in_both_ways_are_not_chosen(tmp_path: Path) -> None:
    mixed = days("{m:02d}/{d:02d}/{y}")[:30] + days("{d:02d}/{m:02d}/{y}")[30:]
    found = section(looked_at(study(tmp_path, {**BOTH, "apc.csv": lines_of(stays(ADMIDATE=mixed))})), "hes_apc")
    assert any("some dates have the day first and some the month" in one for one in found["to_decide"])


def test_two_headings_that_are_equally_good_are_both_named(tmp_path: Path) -> None:
    table = {("Gender" if name == "sex" else name): cells for name, cells in people(Sex_Code=["M", "F"]).items()}
    found = looked_at(study(tmp_path, {**BOTH, "p.csv": lines_of(table)}))
    (ask,) = section(found, "patients")["to_decide"]
    assert 'columns.sex = "Gender" or columns.sex = "Sex_Code"' in ask
    assert "sex" not in section(found, "patients")["settings"].get("columns", {})
    read(tmp_path, found.suggestion["toml"].replace("# please decide: sex", 'columns.sex = "Gender"\n# sex'))


def test_what_is_chosen_by_its_values_is_marked(tmp_path: Path) -> None:
    table = {("Kennzeichen" if name == "patient_id" else name): cells for name, cells in people().items()}
    found = section(looked_at(study(tmp_path, {**BOTH, "p.csv": lines_of(table)})), "patients")
    assert found["settings"]["columns"] == {"patient_id": "Kennzeichen"}
    assert found["to_check"] == {"columns.patient_id": "please check: chosen by its values"}


def test_of_two_births_the_one_without_days_is_taken_and_the_other_dropped(tmp_path: Path) -> None:
    table = people(DOB=[f"{1930 + n}-{n % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(60)])
    table["Month of birth"] = table.pop("birth_month")
    found = section(looked_at(study(tmp_path, {**BOTH, "p.csv": lines_of(table)})), "patients")
    assert found["settings"]["columns"] == {"birth_date": "Month of birth"}
    assert found["settings"]["drop"] == ["DOB"]


def test_a_date_of_birth_is_kept_to_its_year(tmp_path: Path) -> None:
    table = people(DOB=[f"{n % 28 + 1:02d}/{n % 12 + 1:02d}/{1930 + n}" for n in range(60)])
    table.pop("birth_month")
    found = looked_at(study(tmp_path, {**BOTH, "p.csv": lines_of(table)}))
    assert section(found, "patients")["settings"]["coarsen"] == ["DOB"]
    born = {row["birth_date"].isoformat() for row in rows_in(read(tmp_path, found.suggestion["toml"]), "patients")}
    assert born == {f"{1930 + n}-07-01" for n in range(60)}


def test_values_that_are_words_are_recoded_and_others_are_asked_about(tmp_path: Path) -> None:
    words = ["Emergency: via A&E", "Waiting list", "Verlegt"]
    table = stays(ADMIMETH=[*words * 19, "Emergency: via A&E", CANARY, "Waiting list"])
    there = {**BOTH, "p.csv": lines_of(people(sex=["MALE", "female"])), "apc.csv": lines_of(table)}
    found = looked_at(study(tmp_path, there))
    assert section(found, "patients")["settings"]["recode"] == {"sex": {"MALE": "M"}} | {}
    apc = section(found, "hes_apc")
    assert apc["settings"]["recode"]["admission_method"] == {"Emergency: via A&E": "21", "Waiting list": "11"}
    assert "please check" in apc["to_check"]["recode.admission_method"]
    (ask,) = apc["to_decide"]
    assert '"Verlegt" (19 rows) and values that are not shown (1 row)' in ask
    assert CANARY not in repr(found)


def test_the_note_of_a_date_stands_beside_its_column(tmp_path: Path) -> None:
    mixed = stays(ADMIDATE=days("{m:02d}/{d:02d}/{y}", 12), EPISTART=days("{y}-{m:02d}-{d:02d} 00:00"))
    lines = looked_at(study(tmp_path, BOTH | {"apc.csv": lines_of(mixed)})).suggestion["toml"].splitlines()
    (number,) = (number for number, one in enumerate(lines) if one.startswith("date_format.admission_date = "))
    assert "please check: no date says" in lines[number - 1] + lines[number]


@pytest.mark.parametrize("first", ["1 (least deprived)", "10 - most deprived"])
def test_a_scale_of_deprivation_that_runs_the_other_way_is_asked_about(tmp_path: Path, first: str) -> None:
    found = looked_at(study(tmp_path, {"p.csv": lines_of(people(imd_decile=[first, "5"])), "a.csv": BOTH["apc.csv"]}))
    said = section(found, "patients")
    assert first not in str(said["settings"].get("recode", {}))
    assert any("imd_decile" in one for one in said["to_decide"])


@pytest.mark.parametrize("cell", ["K409;F329", "K40.9 | F32.9", "K409+F329"])
def test_several_diagnoses_in_one_cell_are_asked_about(tmp_path: Path, cell: str) -> None:
    files = BOTH | {"apc.csv": lines_of(stays(Diagnosis_List=[cell]) | {"DIAG_01": ["I10X"]})}
    plain = section(looked_at(study(tmp_path / "a", files)), "hes_apc")
    assert not any("several codes" in one for one in plain["to_decide"])
    one_column = stays(Diagnosis_List=[cell])
    del one_column["DIAG_01"]
    found = looked_at(study(tmp_path / "b", BOTH | {"apc.csv": lines_of(one_column)}))
    assert any("60 cells of" in one and "several codes" in one for one in section(found, "hes_apc")["to_decide"])


@pytest.mark.parametrize("words", ["Not planned", "Non-planned", "Unplanned"])
def test_what_is_not_planned_is_no_planned_admission(tmp_path: Path, words: str) -> None:
    found = looked_at(study(tmp_path, BOTH | {"apc.csv": lines_of(stays(ADMIMETH=[words, "11"]))}))
    recode = section(found, "hes_apc")["settings"].get("recode", {}).get("admission_method", {})
    assert recode.get(words) != "13"


def test_more_rejected_rows_than_an_ingest_accepts_are_named(cli: Cli, tmp_path: Path) -> None:
    files = BOTH | {"p.csv": lines_of(people(birth_month=["1950-01", "1950-02", "1950-03", "unknown"]))}
    named = ({"format": "patients", "files": "extracts/p.csv"}, {"format": "hes_apc", "files": "extracts/a*.csv"})
    found = looked_at(study(tmp_path, files, *named))
    assert any("15 of the first 60 rows would be rejected" in fault for fault in found.faults)
    assert "can begin" not in cli("ingest", "--dry-run", "--study", tmp_path).stdout


def test_a_column_of_many_values_is_not_shown(tmp_path: Path) -> None:
    names = [f"{CANARY}{n % 30}" for n in range(60)]
    found = looked_at(study(tmp_path, {**BOTH, "apc.csv": lines_of(stays(ADMIMETH=names * 20))}))
    (ask,) = section(found, "hes_apc")["to_decide"]
    assert "not shown (1,200 rows)" in ask
    assert CANARY not in repr(found)


def test_words_for_no_value_are_read_as_none(tmp_path: Path) -> None:
    found = looked_at(study(tmp_path, {**BOTH, "apc.csv": lines_of(stays(DISDATE=["NULL"], DIAG_02=["NULL"]))}))
    recode = {"discharge_date": {"NULL": ""}, "diagnoses": {"NULL": ""}}
    assert section(found, "hes_apc")["settings"]["recode"] == recode


def test_a_first_line_that_is_a_patients_is_not_shown(tmp_path: Path) -> None:
    headless = "".join(lines_of(people(note=[CANARY])).splitlines(keepends=True)[1:])
    for sources in ((), ({"format": "patients", "files": "extracts/p.csv"},)):
        folder = tmp_path / str(len(sources))
        found = looked_at(study(folder, {**BOTH, "p.csv": headless}, *sources))
        (problem,) = found.suggestion["problems"]
        assert problem.startswith("p.csv: the first line does not read like headings")
        assert not any(one in repr(found) for one in (CANARY, *WHO))


def test_registrations_in_the_file_of_people_are_read_from_it(tmp_path: Path) -> None:
    table = people(**{"Registration Date": days(), "Date Left": [""]})
    found = looked_at(study(tmp_path, {**BOTH, "p.csv": lines_of(table)}))
    columns = {"start_date": "Registration Date", "end_date": "Date Left"}
    assert section(found, "registrations")["settings"]["columns"] == columns
    assert len(rows_in(read(tmp_path, found.suggestion["toml"]), "registrations")) == 60


def test_stays_without_episodes_are_whole_stays(tmp_path: Path) -> None:
    table = {"Person ID": WHO, "Admission Date": days(), "Discharge Date": days(), "Admission Method": ["21"]}
    found = looked_at(study(tmp_path, {**BOTH, "apc.csv": lines_of(table)}))
    one = section(found, "hes_apc")
    assert one["settings"]["columns"]["start_date"] == "Admission Date"
    assert "whole stay" in one["to_check"]["columns.start_date"]
    assert len(rows_in(read(tmp_path, found.suggestion["toml"]), "episodes")) == 60


def test_a_first_diagnosis_under_its_own_heading_comes_first(tmp_path: Path) -> None:
    table = stays(
        **{"Primary Diagnosis": ["I10X"], "Secondary_Diag_1": ["E119"], "Secondary_Diag_2": ["J449"], "EPIEND": days()}
    )
    table.pop("DIAG_01")
    found = looked_at(study(tmp_path, {**BOTH, "apc.csv": lines_of(table)}))
    one = section(found, "hes_apc")
    assert one["settings"]["columns"] == {"diagnoses": "Primary Diagnosis + Secondary_Diag_{i}"}
    codes = [row["code"] for row in rows_in(read(tmp_path, found.suggestion["toml"]), "diagnoses")]
    assert [codes.count(code) for code in ("I10", "E119", "J449")] == [60, 60, 60]


def test_a_coding_system_is_told_by_the_shape_of_the_codes(tmp_path: Path) -> None:
    bnf = {"patient_id": WHO, "issue date": days(), "drug code": ["0212000B0AAABAB", "0403030D0AAABAB"]}
    read_codes = {"patient_id": WHO, "event date": days(), "read code": ["G58..", "H33z."], "value": [""]}
    found = looked_at(study(tmp_path, {**BOTH, "rx.csv": lines_of(bnf), "ev.csv": lines_of(read_codes)}))
    one = section(found, "prescriptions")
    assert one["settings"]["values"] == {"code_system": "bnf"}
    assert one["to_check"]["values.code_system"] == "please check: by the shape of the codes"
    (ask,) = section(found, "gp_events")["to_decide"]
    assert 'values.code_system = "readv2" or "ctv3"' in ask


def test_files_that_fit_two_formats_equally_are_not_read_as_either(tmp_path: Path) -> None:
    table = {"Person ID": WHO, "Arrival Date": days(), "Arrival Time": ["1200"], "Provider Code": ["RX01A"]}
    found = looked_at(study(tmp_path, {**BOTH, "urgent.csv": lines_of(table)}))
    (problem,) = found.suggestion["problems"]
    assert 'format = "ecds" or format = "hes_ae"' in problem


def test_a_section_of_the_wrong_format_is_corrected(tmp_path: Path) -> None:
    found = looked_at(study(tmp_path, BOTH, {"format": "patients", "files": "extracts/*.csv"}))
    assert [(one["settings"]["format"], one["settings"]["files"]) for one in found.suggestion["sections"]] == [
        ("patients", "extracts/p.csv"), ("hes_apc", "extracts/apc.csv"),
    ]  # fmt: skip


def test_what_study_toml_says_already_stays(tmp_path: Path) -> None:
    kept = {"as_of": "2026-01-01", "where": {"practice_code": "A.*"}, "values": {"ethnicity": "A"}, "absent": ["lsoa"]}
    table = {("Geschlecht" if name == "sex" else name): cells for name, cells in people().items()}
    settings = {"format": "patients", "files": "extracts/p.*", "columns": {"patient_id": "patient_id"}, **kept}
    found = looked_at(study(tmp_path, {**BOTH, "p.csv": lines_of(table)}, settings))
    given = tomllib.loads(found.suggestion["toml"])["sources"][0]
    assert given.pop("columns") == {"patient_id": "patient_id", "sex": "Geschlecht"}
    assert {**given, "as_of": str(given["as_of"])} == {"format": "patients", "files": "extracts/p.*", **kept}


def test_a_folder_of_another_format_is_one_section(tmp_path: Path) -> None:
    patient = "patid,pracid,gender,yob,mob,regstartdate,regenddate,acceptable,cprd_ddate\n1,49,2,1950,,01/02/2001,,1,\n"
    files = {
        "cprd/x_Patient_001.txt": patient,
        "cprd/x_Observation_001.txt": "patid,obsdate,medcodeid,value,numunitid,obstypeid\n1,21/05/2019,5,,,7\n",
        "cprd/NumUnit.txt": "numunitid,Description\n2,mmol\n",
    }
    found = looked_at(study(tmp_path, {**files, "apc.csv": BOTH["apc.csv"]}))
    assert section(found, "cprd_aurum")["settings"] == {"format": "cprd_aurum", "files": "extracts/cprd/*"}


def test_files_whose_names_have_little_in_common_are_each_read_once(tmp_path: Path) -> None:
    files = {"a1.csv": lines_of(stays()), "b2.csv": lines_of(stays()), "ab.csv": BOTH["p.csv"]}
    files["c3.csv"] = lines_of(stays(ADMIMETH=["22"]))
    found = looked_at(study(tmp_path, files))
    named = [one["settings"]["files"] for one in found.suggestion["sections"]]
    assert sorted(named) == ["extracts/a1.csv", "extracts/ab.csv", "extracts/b2.csv", "extracts/c3.csv"]


def test_delimiters_and_encodings_are_told(tmp_path: Path) -> None:
    named = [f"Caf\u00e9 {n}" for n in range(60)]
    table = {"patient_id": WHO, "date": days(), "staff, role": ["GP"], "staff, ward, mode": named}
    there = lines_of(table, "|").encode("latin-1")
    found = section(looked_at(study(tmp_path, {**BOTH, "consultations.txt": there})), "consultations")
    assert (found["settings"]["encoding"], found["settings"]["delimiter"]) == ("latin-1", "|")


def test_a_wrong_delimiter_and_encoding_of_study_toml_are_corrected(tmp_path: Path) -> None:
    there = {**BOTH, "p.csv": lines_of(people(ethnicity=["Caf\u00e9"]), ";").encode("latin-1")}
    sources = (
        {"format": "patients", "files": "extracts/p.csv", "delimiter": ","},
        {"format": "hes_apc", "files": "extracts/apc.csv", "encoding": "latin-1"},
    )
    found = looked_at(study(tmp_path, there, *sources))
    patients = {"format": "patients", "files": "extracts/p.csv", "encoding": "latin-1"}
    assert section(found, "patients")["settings"] == patients
    assert not section(found, "hes_apc")["changed"]


def test_a_study_is_begun_from_a_folder_of_extracts(cli: Cli, tmp_path: Path) -> None:
    table = {"Pseudo ID": WHO, "Surgery": ["A81001"], "Gender": ["MALE"], "YOB": people()["birth_month"]}
    study(tmp_path / "from", {**BOTH, "p.csv": lines_of(table), "other.csv": "a,b\n1,2\n"})
    begun = cli("init", tmp_path / "new", "--from", tmp_path / "from" / "extracts")
    assert begun.exit_code == 0, begun.stderr
    assert "other.csv" in begun.stderr
    toml = (tmp_path / "new" / "study.toml").read_text(encoding="utf-8")
    assert [one["files"] for one in tomllib.loads(toml)["sources"]] == [
        "../from/extracts/p.csv", "../from/extracts/apc.csv",
    ]  # fmt: skip
    assert cli("ingest", "--study", tmp_path / "new").exit_code == 0
    assert cli("init", tmp_path / "other", "--from", tmp_path / "nowhere").exit_code == 2


def test_the_command_prints_what_can_be_pasted(cli: Cli, tmp_path: Path) -> None:
    table = {"Pseudo ID": WHO, "Surgery": ["A81001"], "Gender": ["Male", "Female"], "YOB": people()["birth_month"]}
    folder = study(tmp_path, {**BOTH, "p.csv": lines_of(table)})
    said = cli("ingest", "--dry-run", "--study", folder)
    assert said.exit_code == 0, said.stderr
    text = said.stdout.split("\n[[sources]]\n", 1)[1].split("\n\nWith these lines", 1)[0]
    facts = json.loads(cli("ingest", "--dry-run", "--study", folder, "--json").stdout)
    assert tomllib.loads(f"[[sources]]\n{text}") == tomllib.loads(facts["suggestion"]["toml"])
    assert "Edit study.toml" in said.stdout
    snapshot = read(folder, f"[[sources]]\n{text}")
    check(rows_in(snapshot, "patients")[:1], f"patient_id practice_code sex\n{WHO[0]} A81001 M")
