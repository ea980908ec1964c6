"""Restricted codes: what is in each group, what a study's own reference sets add, and what scores lose by it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.support.extracts import Extract, as_csv, books, ingested, people, rows_in, stays
from tests.support.governance import group_of
from tests.support.tablespec import cells

from riskstrat.errors import StudyError
from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.definitions.conditions import CONDITIONS
from riskstrat.features.scores.charlson import CHARLSON_ICD10_QUAN
from riskstrat.features.scores.hfrs import HFRS
from riskstrat.governance.restricted_codes import _BUILT_IN, _OWN, REFSETS, Restricted, restricted_set
from riskstrat.study.settings import GovernanceSettings
from riskstrat.tables.codes import HIERARCHICAL, System, normalise

HERE = Path()
CANARY = "90210777"
COMPACT = Restricted({group.name: group for group in _BUILT_IN})

HELD = """
    system | code      | group                  | what it is
    icd10  | A539      | sexually_transmitted   | syphilis
    icd10  | A609      | sexually_transmitted   | genital herpes
    icd10  | B24       | sexually_transmitted   | HIV disease
    icd10  | Z21       | sexually_transmitted   | HIV without symptoms
    icd10  | F024      | sexually_transmitted   | dementia in HIV disease
    icd10  | O983      | sexually_transmitted   | complicating pregnancy
    icd10  | O049      | termination            | medical abortion
    icd10  | O079      | termination            | failed attempted abortion
    icd10  | Z312      | assisted_fertilisation | in vitro fertilisation
    icd10  | N981      | assisted_fertilisation | ovaries stimulated too much
    icd10  | F640      | gender                 | transsexualism
    icd10  | A499      | -                      | bacterial infection
    icd10  | A650      | -                      | endemic syphilis, not venereal
    icd10  | B009      | -                      | herpes
    icd10  | B181      | -                      | hepatitis B
    icd10  | F023      | -                      | dementia in Parkinson's disease
    icd10  | O039      | -                      | miscarriage
    icd10  | O009      | -                      | ectopic pregnancy
    icd10  | O980      | -                      | tuberculosis complicating pregnancy
    icd10  | N979      | -                      | infertility
    icd10  | Z315      | -                      | genetic counselling
    icd10  | Z223      | -                      | carrier of other bacteria
    icd10  | F65       | -                      | another disorder
    readv2 | A98..     | sexually_transmitted   | gonorrhoea
    readv2 | A7881     | sexually_transmitted   | HIV
    readv2 | A541.     | sexually_transmitted   | genital herpes
    readv2 | A540.     | -                      | eczema herpeticum
    readv2 | L0510     | termination            | legal abortion
    readv2 | L04..     | -                      | miscarriage
    readv2 | L09..     | -                      | complications of any pregnancy that ended early
    ctv3   | X70M6     | sexually_transmitted   | HIV
    ctv3   | Xa36H     | termination            | termination of pregnancy
    ctv3   | K44..     | sexually_transmitted   | gonococcal pelvic infection
    ctv3   | K440.     | -                      | no hierarchy in CTV3
    snomed | 86406008  | sexually_transmitted   | HIV infection
    snomed | 386639001 | termination            | termination of pregnancy
    snomed | 52637005  | assisted_fertilisation | in vitro fertilisation
    snomed | 93461009  | gender                 | gender dysphoria
    snomed | 84114007  | -                      | heart failure
    snomed | 8640600   | -                      | the beginning of another
    bnf    | 0503010   | -                      | medicines are not restricted
"""

RF2 = """\
id	effectiveTime	active	moduleId	refsetId	referencedComponentId
u1	20240410	1	999000011000000103	999004381000000103	240542006
u2	20240410	0	999000011000000103	999004381000000103	404684003
u3	20240410	1	999000011000000103	999004351000000109	302084002
u4	20240410	1	999000011000000103	999001234000000101	22298006
"""


@pytest.mark.parametrize(("system", "code", "group", "what"), cells(HELD)[1])
def test_groups_of_codes(system: System, code: str, group: str, what: str) -> None:
    assert group_of(COMPACT, system, normalise(system, code) or code) == (group or None), what


@pytest.mark.parametrize(("system", "code", "group", "what"), cells(HELD)[1])
def test_the_two_ways_to_ask_agree(system: System, code: str, group: str, what: str) -> None:
    asked = code.startswith(COMPACT.prefixes(system)) or code in COMPACT.exact(system)
    assert asked == bool(group), what


@pytest.mark.parametrize("group", _BUILT_IN, ids=lambda group: group.name)
def test_every_code_is_written_as_its_system_writes_it_once(group: object) -> None:
    assert group in _BUILT_IN
    for system, text in group.codes.items():  # type: ignore[attr-defined]
        codes = text.split()
        assert len(codes) == len(set(codes))
        assert [code for code in codes if (normalise(system, code) or "").rstrip(".") != code.rstrip(".")] == []
        if system in HIERARCHICAL:
            assert [(a, b) for a in codes for b in codes if a != b and b.startswith(a)] == []


def test_each_group_has_a_source_and_every_reference_set_a_group() -> None:
    assert all(group.source and "icd10" in group.codes and "snomed" in group.codes for group in _BUILT_IN)
    assert set(REFSETS.values()) == {group.name for group in _BUILT_IN}
    assert len(REFSETS) == 6


def test_prefixes_are_ready_for_a_pattern_and_leave_nothing_out() -> None:
    for system in COMPACT.systems:
        for prefix in COMPACT.prefixes(system):
            assert prefix.isalnum()
            assert group_of(COMPACT, system, prefix) is not None


def test_what_scores_and_features_lose_is_what_the_decision_says() -> None:
    def lost(codes: str, system: System) -> set[str]:
        prefixes = COMPACT.prefixes(system)
        return {p for code in codes.split() for p in prefixes if p.startswith(code) or code.startswith(p)}

    scores = {s.name: set().union(*(lost(w.icd10, "icd10") for w in s.weights)) for s in (CHARLSON_ICD10_QUAN, HFRS)}
    assert scores == {"charlson_icd10_quan": {"B20", "B21", "B22", "B24", "F024"}, "hfrs": {"Z224"}}
    assert lost(ACSC.codes["icd10"], "icd10") == {"F024"}
    by_prefix = {(c.name, s): lost(c.codes.codes.get(s, ""), s) for c in CONDITIONS for s in ("icd10", "readv2")}
    assert {key: found for key, found in by_prefix.items() if found} == {
        ("dementia", "icd10"): {"F024"},
        ("dementia", "readv2"): {"Eu024"},
        ("aortic_aneurysm", "readv2"): {"G717"},
    }
    for system in ("snomed", "ctv3"):
        listed = {normalise(system, code) for c in CONDITIONS for code in c.codes.codes.get(system, "").split()}
        assert not listed & COMPACT.exact(system)


# --- A study's own reference sets --------------------------------------------------------------------------------


@pytest.fixture
def own(tmp_path: Path) -> Callable[..., Restricted]:
    """What a study restricts whose files are these."""

    def make(pattern: str = "refsets/*", **files: str) -> Restricted:
        (tmp_path / "refsets").mkdir(exist_ok=True)
        for name, text in files.items():
            (tmp_path / "refsets" / name.replace("_dot_", ".")).write_text(text, encoding="utf-8")
        found = restricted_set(GovernanceSettings(restricted_refsets=pattern), tmp_path)
        assert found is not None
        return found

    return make


def test_nothing_is_restricted_where_codes_are_kept() -> None:
    assert restricted_set(GovernanceSettings(restricted_codes="keep", restricted_refsets="none/*"), HERE) is None


def test_without_files_the_built_in_set_counts() -> None:
    found = restricted_set(GovernanceSettings(), HERE)
    assert found is not None
    assert found.fingerprint == COMPACT.fingerprint
    assert set(found.groups) == {"sexually_transmitted", "termination", "assisted_fertilisation", "gender"}


def test_a_release_adds_the_active_members_of_the_known_sets(own: Callable[..., Restricted]) -> None:
    found = own(der2_dot_txt=RF2)
    assert group_of(found, "snomed", "240542006") == "sexually_transmitted"
    assert group_of(found, "snomed", "302084002") == "gender"
    assert group_of(found, "snomed", "404684003") is None
    assert group_of(found, "snomed", "22298006") is None
    assert found.exact("snomed") >= COMPACT.exact("snomed")
    assert len(found.exact("snomed")) == len(COMPACT.exact("snomed")) + 2
    assert found.prefixes("icd10") == COMPACT.prefixes("icd10")
    assert found.fingerprint != COMPACT.fingerprint


def test_the_latest_state_of_a_member_counts(own: Callable[..., Restricted]) -> None:
    later = "u1	20250410	0	999000011000000103	999004381000000103	240542006\n"
    again = "u2	20250410	1	999000011000000103	999004381000000103	404684003\n"
    found = own(full_dot_txt=RF2.replace("u3", later + again + "u3"))
    assert group_of(found, "snomed", "240542006") is None
    assert group_of(found, "snomed", "404684003") == "sexually_transmitted"


def test_one_other_set_alone_is_the_studys_own(own: Callable[..., Restricted]) -> None:
    text = "\n".join(line for line in RF2.splitlines() if "99900438" not in line and "99900435" not in line)
    assert group_of(own(local_dot_txt=text), "snomed", "22298006") == _OWN


def test_a_release_without_a_known_set_is_refused(own: Callable[..., Restricted]) -> None:
    text = RF2.replace("999004381000000103", "999009999000000101").replace("999004351000000109", "999009998000000105")
    with pytest.raises(StudyError, match="contains 3 reference sets, none of them known"):
        own(other_dot_txt=text)


@pytest.mark.parametrize(
    ("text", "system", "restricted", "free"),
    [
        ("code\n240542006\n", "snomed", "240542006", "22298006"),
        ("code,term\n240542006,a disease\n", "snomed", "240542006", "22298006"),
        ("\ufeffcode,code_system\nK74.0,icd10\n", "icd10", "K740", "K741"),
        ("code,code_system\nK74,ICD-10\n", "icd10", "K741", "K75"),
        ("code\tcode_system\nJ61..\treadv2\n", "readv2", "J612.", "J62.."),
        ("code;code_system\nXaIwY;ctv3\n", "ctv3", "XaIwY", "XaIwZ"),
        ("code,code_system\n0503010,bnf\n", "bnf", "0503010F0", "0504"),
        ("medcodeid,term\n498521000006119,a thing\n", "medcode", "498521000006119", "401539014"),
        ("code,active\n240542006,1\n22298006,0\n", "snomed", "240542006", "22298006"),
    ],
)
def test_a_csv_adds_its_codes(
    own: Callable[..., Restricted], text: str, system: System, restricted: str, free: str
) -> None:
    found = own(mine_dot_csv=text)
    assert group_of(found, system, restricted) == _OWN
    assert group_of(found, system, free) is None
    assert system in found.systems
    asked = restricted.startswith(found.prefixes(system)) or restricted in found.exact(system)
    assert asked


def test_files_are_added_to_each_other_and_the_order_does_not_matter(own: Callable[..., Restricted]) -> None:
    one = own(a_dot_csv="code\n240542006\n302084002\n", b_dot_csv="code\n22298006\n")
    two = own(a_dot_csv="code\n22298006\n", b_dot_csv="code\n302084002\n240542006\n")
    assert one.fingerprint == two.fingerprint
    assert {"240542006", "302084002", "22298006"} <= one.exact("snomed")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"code\n22298006\nI{CANARY}\n", "mine.csv line 3: wrong form for SNOMED CT"),
        ("code\n22298006\n\n1.23E+17\n", "mine.csv line 4: written as a number by a spreadsheet"),
        (f"code,code_system\n{CANARY},klingon\n", "mine.csv line 2: unknown coding system"),
        ("code,term\n,nothing\n", "mine.csv line 2: empty"),
        (f"code,term\n{CANARY},a, b\n", "mine.csv line 2: more cells than the header"),
        (f"concept,term\n{CANARY},x\n", "has no column `code`"),
        ("code\n", "has no rows"),
        ("", "has no rows"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_without_its_codes(
    own: Callable[..., Restricted], text: str, said: str
) -> None:
    with pytest.raises(StudyError) as refused:
        own(mine_dot_csv=text)
    assert said in str(refused.value)
    assert CANARY not in str(refused.value)


def test_a_pattern_without_files_is_refused(own: Callable[..., Restricted]) -> None:
    with pytest.raises(StudyError, match="matches no file"):
        own(pattern="refset/*.txt")


def test_all_faults_are_gathered_and_only_the_first_are_shown(own: Callable[..., Restricted]) -> None:
    with pytest.raises(StudyError) as refused:
        own(a_dot_csv="code\n" + "x\n" * 30, b_dot_csv="code\ny\n")
    assert "31 problems" in str(refused.value)
    assert "and 11 more" in str(refused.value)


def test_a_code_or_a_system_written_otherwise_is_restricted_all_the_same(tmp_path: Path) -> None:
    rows = (
        "407376001 | snomed\n407376001 | Snomed\n407376001 | SNOMED CT\nF640 | ICD10\nF640 | icd-10\n22298006 | snomed"
    )
    events = "patient_id | date | code | code_system\n" + "\n".join(
        f"A | 2024-01-05 | {row}" for row in rows.splitlines()
    )
    found = ingested(tmp_path, people(), stays(), Extract("gp_events", "gp.csv", as_csv(events)))
    assert [row["code"] for row in rows_in(found, "gp_events")] == ["22298006"]
    assert books(found, "gp.csv") == {"stored": 1, "restricted": 5}
