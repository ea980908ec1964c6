"""`riskstrat codelists add`: public lists become the study's own, whole or not at all."""

from __future__ import annotations

import csv
import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support.tablespec import cells

from riskstrat.errors import StudyError
from riskstrat.features.code_lists import CLUSTERS, hashes, read_codelist, systems_taken, with_own_lists
from riskstrat.features.definitions import all_features, definition
from riskstrat.modelling.bundle import code_lists_in_words
from riskstrat.steps.codelists import with_lists
from riskstrat.study.study_file import read_study
from riskstrat.tables.code_files import system_named
from riskstrat.tables.codes import SHAPES, TITLES

CANARY = "90210777"
TOML = """\
# Mine: keep every word of this.
name = "small"   # and of this

[codelists]      # ours
# heart_failure = "elsewhere.csv"

[engine]
threads = 1
"""
PCD = """\
Cluster_ID,Cluster_description,SNOMED_code,SNOMED_code_description,PCD Refset ID,Service_and_Ruleset
HF_COD,Heart failure codes,84114007,Heart failure (disorder),999000771000230106,QOF - HF
HF_COD,Heart failure codes,42343007,"Congestive heart failure, unspecified",999000771000230106,QOF - HF
HF_COD,Heart failure codes,84114007,Heart failure (disorder),999000771000230106,DES - HF
HFRES_COD,Heart failure resolved codes,521691000000100,Heart failure resolved,999004771000230100,QOF - HF
DM_COD,Diabetes codes,73211009,Diabetes mellitus,999004691000230108,QOF - DM
BP_COD,Blood pressure codes,75367002,Blood pressure,999012731000230108,QOF - HYP
"""


@dataclass(frozen=True)
class Mine:
    """A study, and a folder of public lists beside it."""

    folder: Path
    public: Path
    cli: Callable[..., Any]

    @property
    def toml(self) -> str:
        return (self.folder / "study.toml").read_text(encoding="utf-8")

    def put(self, **files: str) -> Path:
        """Write public files; the last one."""
        for name, text in files.items():
            path = self.public / name.replace("_dot_", ".")
            path.write_text(text, encoding="utf-8")
        return path

    def add(self, source: Path, *options: object) -> Any:
        return self.cli("codelists", "add", source, "--study", self.folder, *options)

    def added(self, source: Path, *options: object) -> dict[str, Any]:
        """What a call that must end well says."""
        said = self.add(source, "--json", *options)
        assert said.exit_code == 0, said.stderr
        return dict(json.loads(said.stdout))

    def refused(self, source: Path, code: int, *options: object) -> str:
        """What a call that must change nothing says."""
        before = self.content()
        said = self.add(source, *options)
        assert said.exit_code == code, said.output
        assert CANARY not in said.output
        assert self.content() == before
        return str(said.stderr)

    def rows(self, name: str) -> list[dict[str, str]]:
        with (self.folder / "codelists" / f"{name}.csv").open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def content(self) -> dict[str, tuple[int, bytes]]:
        """Every file but the log."""
        found = (path for path in self.folder.rglob("*") if path.is_file() and not path.name.startswith((".", "audit")))
        return {str(path.relative_to(self.folder)): (path.stat().st_mtime_ns, path.read_bytes()) for path in found}


@pytest.fixture
def mine(tmp_path: Path, cli: Callable[..., Any]) -> Mine:
    one = Mine(tmp_path / "study", tmp_path / "public", cli)
    one.folder.mkdir()
    one.public.mkdir()
    (one.folder / "study.toml").write_text(TOML, encoding="utf-8")
    return one


# --- What lists look like ----------------------------------------------------------------------------------------

LAYOUTS = """
    columns                                  | row                          | name    | system  | code      | term
    code,term                                | 84114007,Failing             | copd    | snomed  | 84114007  | Failing
    code,code_system                         | I50.9,ICD-10                 | copd    | icd10   | I509      |
    code,category                            | 84114007,1                   | copd    | snomed  | 84114007  |
    Code,Description                         | 84114007,Failing             | copd    | snomed  | 84114007  | Failing
    CTV3ID,CTV3PreferredTermDesc,CTV3Source  | G58..,Failing,QOF            | copd    | ctv3    | G58..     | Failing
    CTV3ID,readterm/CTV3PreferredTermDesc    | XaIpn,Failing                | copd    | ctv3    | XaIpn     | Failing
    CTV3Code,Description,CodeSource,Category | G58..,Failing,QOF,E          | copd    | ctv3    | G58..     | Failing
    icd10_code,name,detail                   | I50,Failing,x                | copd    | icd10   | I50       | Failing
    snomedcode,Grouping_6                    | 84114007,1                   | copd    | snomed  | 84114007  |
    conceptId,term                           | 84114007,Failing             | copd    | snomed  | 84114007  | Failing
    Disease,Readcode,Medcode,ReadcodeDescr   | HF,G58..00,2062,Failing      | copd    | readv2  | G58..     | Failing
    medcodeid,term                           | 401539014,Failing            | copd    | medcode | 401539014 | Failing
    dmd_id                                   | 321908006                    | statins | dmd     | 321908006 |
    dmd_type,dmd_id,dmd_name,bnf_code        | VMP,321908006,Pill,0403020H0 | statins | dmd     | 321908006 | Pill
    type,id,bnf_code,nm                      | vmp,321908006,0403020H0,Pill | statins | dmd     | 321908006 | Pill
    bnf_code,name                            | 0403020H0,Pill               | statins | bnf     | 0403020H0 | Pill
    code,coding_system                       | 8480-6,LOINC                 | bmi     | loinc   | 8480-6    |
"""


@pytest.mark.parametrize(("columns", "row", "name", "system", "code", "term"), cells(LAYOUTS)[1])
def test_every_layout_of_a_public_list_is_known(
    mine: Mine, columns: str, row: str, name: str, system: str, code: str, term: str
) -> None:
    source = mine.put(list_dot_csv=f"{columns}\n{row}\n")
    assert mine.added(source, "--name", name)["lists"][0]["codes"] == {system: 1}
    assert mine.rows(name) == [{"code_system": system, "code": code, "term": term}]


@pytest.mark.parametrize("form", ["{0},{1}\n", "{0}\t{1}\n", "{0};{1}\n", "\ufeff{0},{1}\r\n", '"{0}","{1}"\n'])
def test_separators_quotes_marks_and_line_ends_do_not_matter(mine: Mine, form: str) -> None:
    text = form.format("code", "term") + form.removeprefix("\ufeff").format("84114007", "Heart failure")
    mine.added(mine.put(heart_failure_dot_csv=text))
    assert mine.rows("heart_failure") == [{"code_system": "snomed", "code": "84114007", "term": "Heart failure"}]


def test_a_term_in_another_encoding_does_not_cost_its_code(mine: Mine) -> None:
    path = mine.public / "heart_failure.csv"
    path.write_bytes("code,term\n84114007,Défaillance\n".encode("latin-1"))
    mine.added(path)
    assert mine.rows("heart_failure")[0]["term"] == "Défaillance"


@pytest.mark.parametrize(("asked", "system"), [("icd10", "icd10"), ("ICD-10", "icd10"), ("icd 10", "icd10")])
def test_a_system_may_be_said_where_the_file_does_not(mine: Mine, asked: str, system: str) -> None:
    source = mine.put(heart_failure_dot_csv="code,term\nI50,x\n")
    assert "wrong form for SNOMED CT" in mine.refused(source, 10)
    mine.added(source, "--system", asked)
    assert mine.rows("heart_failure")[0]["code_system"] == system


def test_every_system_can_be_named_by_its_title_or_its_name() -> None:
    assert {system: system_named(system) for system in SHAPES} == {system: system for system in SHAPES}
    named = {system: system_named(title) for system, title in TITLES.items()}
    assert {system for system, found in named.items() if found != system} == {"medcode", "prodcode", "omop"}


# --- Whose list it is --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "stem", ["heart_failure", "Heart-Failure", "nhsd-primary-care-domain-refsets-hf_cod", "HF_COD"]
)
def test_a_file_called_after_a_feature_or_a_cluster_is_its_list(mine: Mine, stem: str) -> None:
    path = mine.public / f"{stem}.csv"
    path.write_text("code\n84114007\n", encoding="utf-8")
    assert [one["name"] for one in mine.added(path)["lists"]] == ["heart_failure"]


@pytest.mark.parametrize(
    ("stem", "options", "code", "said"),
    [
        ("opensafely-heart_failure-2024", (), 2, "did you mean heart_failure?"),
        ("hfres_cod", (), 2, "does not say which feature the list is for"),
        ("x", ("--name", "heart_failur"), 2, "heart_failur: did you mean heart_failure?"),
        ("x", ("--name", "heart_failure", "--system", "klingon"), 2, "There is no coding system"),
    ],
)
def test_a_list_that_could_be_anyones_is_refused(
    mine: Mine, stem: str, options: tuple[str, ...], code: int, said: str
) -> None:
    path = mine.public / f"{stem}.csv"
    path.write_text("code\n84114007\n", encoding="utf-8")
    assert said in mine.refused(path, code, *options)


def test_clusters_go_to_their_features_and_the_others_are_said(mine: Mine) -> None:
    said = mine.added(mine.put(PCD_Refset_Content_dot_csv=PCD))
    assert {one["name"]: (one["codes"], one["doubles"]) for one in said["lists"]} == {
        "heart_failure": ({"snomed": 2}, 1),
        "diabetes": ({"snomed": 1}, 0),
    }
    assert said["left_out"] == ["PCD_Refset_Content.csv: no feature uses the clusters BP_COD and HFRES_COD"]
    assert mine.rows("heart_failure")[1]["term"] == "Congestive heart failure, unspecified"


def test_a_fault_in_a_cluster_that_is_not_used_does_not_matter(mine: Mine) -> None:
    mine.added(mine.put(pcd_dot_csv=PCD.replace("75367002", "7.54E+07")))
    assert "line 6: written as a number" in mine.refused(mine.put(bad_dot_csv=PCD.replace("73211009", "7.3E+07")), 10)


def test_clusters_and_a_name_contradict_each_other(mine: Mine) -> None:
    assert "has codes of 4 clusters" in mine.refused(mine.put(pcd_dot_csv=PCD), 2, "--name", "heart_failure")
    one = "\n".join(line for line in PCD.splitlines() if not line.startswith(("HFRES", "DM", "BP")))
    mine.added(mine.put(one_dot_csv=one), "--name", "cardiomyopathy")
    assert len(mine.rows("cardiomyopathy")) == 2


def test_every_cluster_is_of_a_feature_that_takes_concepts() -> None:
    known = systems_taken(all_features().values())
    assert {cluster for cluster, name in CLUSTERS.items() if "snomed" not in known[name]} == set()
    assert not [cluster for cluster in CLUSTERS if "RES_" in cluster]


# --- What is refused ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"code\nX{CANARY}\n", "line 2: wrong form for SNOMED CT"),
        ("code\n84114007\n\n8.41E+07\n", "line 4: written as a number by a spreadsheet"),
        ("code\n26085001000027100\n", "line 2: cut to fifteen digits by a spreadsheet"),
        ("code\n84114008\n", "line 2: wrong check digit for SNOMED CT"),
        ("code\n397732011\n", "line 2: not a concept identifier of SNOMED CT"),
        (f"code,term\n{CANARY},a, b\n", "line 2: more cells than the header"),
        (f"code,code_system\n{CANARY},klingon\n", "line 2: unknown coding system"),
        ("code,term\n,Heart failure\n", "line 2: empty"),
        (f"concept\n{CANARY}\n", "has no column `code`"),
        ("code\n", "has no rows"),
        ("dmd_id\n321908006\n", "heart_failure: dm+d codes cannot be used; it accepts"),
        ("code,code_system\n8480-6,loinc\n", "heart_failure: LOINC codes cannot be used; it accepts"),
    ],
)
def test_a_list_with_a_fault_is_refused_whole(mine: Mine, text: str, said: str) -> None:
    assert said in mine.refused(mine.put(heart_failure_dot_csv=text), 10)


def test_every_fault_is_gathered_and_the_first_are_shown(mine: Mine) -> None:
    said = mine.refused(mine.put(heart_failure_dot_csv="code\n84114007\n" + "x\n" * 30), 10)
    assert "30 problems" in said
    assert "line 22: " in said
    assert "line 23: " not in said
    assert "and 10 more" in said


def test_a_file_or_a_study_that_is_not_there(mine: Mine, tmp_path: Path, cli: Callable[..., Any]) -> None:
    assert "There is no file none.csv" in mine.refused(mine.public / "none.csv", 2)
    assert "contains no code list of a feature" in mine.refused(mine.public, 17)
    source = mine.put(heart_failure_dot_csv="code\n84114007\n")
    assert cli("codelists", "add", source, "--study", tmp_path / "no").exit_code == 10


# --- Folders -----------------------------------------------------------------------------------------------------


def test_a_folder_of_lists(mine: Mine) -> None:
    mine.put(
        hf_cod_dot_csv="code\n84114007\n42343007\n",
        heart_failure_dot_csv="code,code_system\n84114007,snomed\nI50,icd10\n",
        stroke_dot_tsv="code\tterm\n230690007\tStroke\n",
        hfres_cod_dot_csv="code\n521691000000100\n",
        codelists_dot_txt="opensafely/hf/2020\n",
        notes_dot_md="nothing of ours",
    )
    said = mine.added(mine.public)
    assert {one["name"]: (one["codes"], one["doubles"]) for one in said["lists"]} == {
        "heart_failure": ({"snomed": 2, "icd10": 1}, 1),
        "stroke": ({"snomed": 1}, 0),
    }
    assert sorted(said["left_out"]) == [
        "The code list codelists.txt has no rows.",
        "The file name hfres_cod.csv does not say which feature the list is for.",
    ]


@pytest.mark.parametrize("bad", ["code\n84114008\n", "code\n", "concept\n1\n"])
def test_one_bad_list_in_a_folder_stops_all_of_it(mine: Mine, bad: str) -> None:
    mine.put(stroke_dot_csv="code\n230690007\n", heart_failure_dot_csv=bad)
    assert "heart_failure.csv" in mine.refused(mine.public, 10)


def test_a_name_for_a_folder_is_refused(mine: Mine) -> None:
    mine.put(stroke_dot_csv="code\n230690007\n")
    assert "`--name` is for one file" in mine.refused(mine.public, 2, "--name", "stroke")


def test_lists_may_lie_in_the_studys_own_folder(mine: Mine) -> None:
    folder = mine.folder / "codelists"
    folder.mkdir()
    (folder / "nhsd-primary-care-domain-refsets-hf_cod.csv").write_text("code,term\n84114007,x\n", encoding="utf-8")
    (folder / "stroke.csv").write_text("code,term,mine\n230690007,Stroke,1\n", encoding="utf-8")
    mine.added(folder)
    assert set(read_study(mine.folder).codelists) == {"heart_failure", "stroke"}
    assert mine.rows("stroke") == [{"code": "230690007", "term": "Stroke", "mine": "1"}]
    before = mine.content()
    assert not any(one["changed"] for one in mine.added(folder)["lists"])
    assert mine.content() == before


# --- What is there already ---------------------------------------------------------------------------------------


def test_adding_again_changes_nothing_and_says_so(mine: Mine) -> None:
    source = mine.put(heart_failure_dot_csv="code,term\n84114007,x\n42343007,y\n")
    first = mine.added(source)
    before = mine.content()
    again = mine.put(heart_failure_dot_csv="code,term\n42343007,other\n84114007,words\n")
    assert mine.content() == before
    assert mine.added(again)["lists"] == [{**first["lists"][0], "changed": False}]
    assert mine.content() == before
    assert "already in the study" in mine.add(source).stdout


def test_a_list_of_another_system_joins(mine: Mine) -> None:
    mine.added(mine.put(heart_failure_dot_csv="code,term\n84114007,x\n"))
    mine.added(mine.put(icd_dot_csv="icd10_code,name\nI50,y\n"), "--name", "heart_failure")
    assert [(row["code_system"], row["code"]) for row in mine.rows("heart_failure")] == [
        ("snomed", "84114007"),
        ("icd10", "I50"),
    ]
    assert mine.toml.count("codelists/heart_failure.csv") == 1


def test_other_codes_of_the_same_system_replace_only_if_asked(mine: Mine) -> None:
    mine.added(mine.put(heart_failure_dot_csv="code,code_system\n84114007,snomed\nI50,icd10\n"))
    newer = mine.put(heart_failure_dot_csv="code\n42343007\n85232009\n")
    assert "another list of 1 code in SNOMED CT; this one has 2 (2 added, 1 removed)" in mine.refused(newer, 10)
    mine.added(newer, "--replace")
    assert sorted((row["code_system"], row["code"]) for row in mine.rows("heart_failure")) == [
        ("icd10", "I50"),
        ("snomed", "42343007"),
        ("snomed", "85232009"),
    ]


def test_a_line_that_names_another_file_stays(mine: Mine) -> None:
    (mine.folder / "study.toml").write_text(TOML.replace("# heart", "heart"), encoding="utf-8")
    source = mine.put(heart_failure_dot_csv="code\n84114007\n")
    assert "names another file" in mine.refused(source, 10)
    assert "names another file" in mine.refused(source, 10, "--replace")


# --- study.toml --------------------------------------------------------------------------------------------------


def test_what_a_person_wrote_in_study_toml_stays_as_it_was(mine: Mine) -> None:
    mine.added(mine.put(PCD_dot_csv=PCD))
    added = 'diabetes = "codelists/diabetes.csv"\nheart_failure = "codelists/heart_failure.csv"\n'
    assert mine.toml == TOML.replace("# ours\n", f"# ours\n{added}")
    assert read_study(mine.folder).codelists["diabetes"] == "codelists/diabetes.csv"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '\n[codelists]\nstroke = "s.csv"\n'),
        ("a = 1", 'a = 1\n\n[codelists]\nstroke = "s.csv"\n'),
        ("a = 1\n", 'a = 1\n\n[codelists]\nstroke = "s.csv"\n'),
        ("[codelists]", '[codelists]\nstroke = "s.csv"\n'),
        ("[ codelists ] # x\nb = 'c'\n", "[ codelists ] # x\nstroke = \"s.csv\"\nb = 'c'\n"),
        ("[codelists]\r\nb = 'c'\r\n", "[codelists]\r\nstroke = \"s.csv\"\r\nb = 'c'\r\n"),
        ("#[codelists]\n", '#[codelists]\n\n[codelists]\nstroke = "s.csv"\n'),
        ("[codelists]\n[z]\n", '[codelists]\nstroke = "s.csv"\n[z]\n'),
    ],
)
def test_lines_are_added_to_any_study_toml(before: str, after: str) -> None:
    assert with_lists(before, {"stroke": "s.csv"}) == after
    assert tomllib.loads(after)["codelists"]["stroke"] == "s.csv"
    assert with_lists(before, {}) == before


@pytest.mark.parametrize(
    "text",
    [
        "codelists = { tia = 'x' }\n",
        "codelists.tia = 'x'\n",
        "a = '''\n[codelists]\n'''\n",
        "[codelists]\nstroke = 'mine.csv'\n",
    ],
)
def test_where_lines_cannot_be_added_it_is_said_which(text: str) -> None:
    with pytest.raises(StudyError, match=r'stroke = "s\.csv"'):
        with_lists(text, {"stroke": "s.csv"})


def test_a_study_toml_that_cannot_be_edited_leaves_nothing_behind(mine: Mine) -> None:
    (mine.folder / "study.toml").write_text("name = 'x'\ncodelists = { tia = 'codelists/tia.csv' }\n", encoding="utf-8")
    assert "Add these lines to study.toml yourself" in mine.refused(mine.put(stroke_dot_csv="code\n230690007\n"), 10)
    assert not (mine.folder / "codelists").exists()


def test_files_are_private(mine: Mine) -> None:
    mine.added(mine.put(stroke_dot_csv="code\n230690007\n"))
    assert (mine.folder / "codelists").stat().st_mode & 0o777 == 0o700
    assert (mine.folder / "codelists/stroke.csv").stat().st_mode & 0o777 == 0o600
    assert (mine.folder / "study.toml").stat().st_mode & 0o777 == 0o600


# --- What it is good for -----------------------------------------------------------------------------------------


def _features(folder: Path, lists: Mapping[str, str]) -> dict[str, Any]:
    return {feature.name: feature for feature in with_own_lists(all_features().values(), lists, folder)}


def test_codes_of_ones_own_are_added_to_the_features_and_to_nothing_else(mine: Mine) -> None:
    mine.put(
        heart_failure_dot_csv="code,code_system\n10335000,snomed\nI51,icd10\n498521000006119,medcode\n",
        antidepressants_dot_csv="dmd_id\n321908006\n",
        systolic_bp_dot_csv="code,code_system\n8480-6,loinc\n",
    )
    mine.added(mine.public)
    before, after = all_features(), _features(mine.folder, read_study(mine.folder).codelists)
    changed = {name for name in before if definition(before[name]) != definition(after[name])}
    assert changed == {"heart_failure", "antidepressants", "systolic_bp"}
    failing = after["heart_failure"].codes
    assert failing.matches("snomed", "10335000")
    assert failing.matches("snomed", "84114007")
    assert failing.matches("icd10", "I519")
    assert failing.matches("medcode", "498521000006119")
    assert after["antidepressants"].codes.matches("dmd", "321908006")
    assert after["systolic_bp"].codes.matches("loinc", "8480-6")
    assert "loinc" in after["systolic_bp"].systems
    assert [c.name for c in after["heart_failure"].columns()] == [c.name for c in before["heart_failure"].columns()]
    assert after["heart_failure"].resolved == before["heart_failure"].resolved  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("heart_failur", "code\n84114007\n", "did you mean heart_failure?"),
        ("ltc_count", "code\n84114007\n", "ltc_count"),
        ("heart_failure", "code,code_system\n321908006,dmd\n", "dm+d codes cannot be used; it accepts"),
        ("heart_failure", "code\nx\n", "line 2: wrong form for SNOMED CT"),
    ],
)
def test_a_list_that_a_person_set_by_hand_is_checked_too(tmp_path: Path, name: str, text: str, said: str) -> None:
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as refused:
        _features(tmp_path, {name: "own.csv"})
    assert said in str(refused.value)


def test_a_list_written_by_hand_is_read_as_ever(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("code,code_system\n84114008,\nI50.9,ICD10\nG58,readv2\n22298006,SNOMED\n", encoding="utf-8")
    assert read_codelist(path) == {"snomed": ["84114008", "22298006"], "icd10": ["I509"], "readv2": ["G58.."]}


def test_hashes_are_those_of_the_files_and_are_said(mine: Mine) -> None:
    mine.added(mine.put(PCD_dot_csv=PCD))
    lists = read_study(mine.folder).codelists
    found = hashes(lists, mine.folder)
    assert found == {
        name: hashlib.sha256((mine.folder / path).read_bytes()).hexdigest() for name, path in lists.items()
    }
    bundle: Any = SimpleNamespace(facts={"code_lists": found})
    assert f"heart_failure (sha256 {found['heart_failure'][:16]})" in code_lists_in_words(bundle)
    assert code_lists_in_words(SimpleNamespace(facts={})) == "built in"  # type: ignore[arg-type]


def test_the_lists_of_a_study_are_shown(mine: Mine) -> None:
    nothing = mine.cli("codelists", "list", "--study", mine.folder)
    assert (nothing.exit_code, "no code lists of its own" in nothing.stdout) == (0, True)
    mine.added(mine.put(PCD_dot_csv=PCD))
    shown = json.loads(mine.cli("codelists", "list", "--study", mine.folder, "--json").stdout)["lists"]
    assert [(one["name"], one["codes"]) for one in shown] == [
        ("diabetes", {"snomed": 1}),
        ("heart_failure", {"snomed": 2}),
    ]
    assert {one["name"]: one["sha256"] for one in shown} == hashes(read_study(mine.folder).codelists, mine.folder)
    assert shown[0]["sha256"][:12] in mine.cli("codelists", "list", "--study", mine.folder).stdout


def test_hashes_go_into_the_bundle_its_card_and_every_list(
    a_copy: Any, cli: Callable[..., Any], tmp_path: Path
) -> None:
    source = tmp_path / "heart_failure.csv"
    source.write_text("code\n10335000\n", encoding="utf-8")
    assert cli("codelists", "add", source, "--study", a_copy.folder, "--quiet").exit_code == 0
    said = cli("run", "--study", a_copy.folder, "--force", "--quiet")
    assert said.exit_code == 0, said.stderr
    digest = hashlib.sha256((a_copy.folder / "codelists/heart_failure.csv").read_bytes()).hexdigest()
    model = a_copy.folder / "models/default"
    assert tomllib.loads((model / "model.toml").read_text(encoding="utf-8"))["code_lists"] == {"heart_failure": digest}
    headers = [path.read_text(encoding="utf-8") for path in a_copy.folder.glob("runs/*/lists/*/*.json")]
    assert len(headers) > 1
    words = f"heart_failure (sha256 {digest[:16]})"
    assert all(words in text for text in [*headers, (model / "card.md").read_text(encoding="utf-8")])
