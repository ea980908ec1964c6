"""The check report: who stopped sending, what is missing, which lists match nothing; and nothing of anyone in it."""

from __future__ import annotations

import json
import random
import re
import stat
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.support import tablespec
from tests.support.tablespec import Spec, chapter

from riskstrat.errors import CheckError, NothingToDoError, StudyError
from riskstrat.features.aggregates import Weight, WeightAggregate
from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.families.coded import Condition, Measurement
from riskstrat.governance.small_numbers import percent, rounded
from riskstrat.reports.check import attrition as cohorts
from riskstrat.reports.check import code_list_coverage as code_lists
from riskstrat.reports.check import code_list_findings as lists
from riskstrat.reports.check import completeness, linkage
from riskstrat.reports.check import interruptions as breaks
from riskstrat.reports.check import line_counts as books
from riskstrat.reports.check.names import iso_month, month_number
from riskstrat.reports.check.senders import Run, judge_table, last_complete
from riskstrat.reports.check.tallies import SMALL_PRACTICES, SMALL_PROVIDERS, Tallies, tally
from riskstrat.reports.page.content import Finding
from riskstrat.steps.check import Checked, check
from riskstrat.study.session import Session

FIRST = month_number(date(2022, 1, 1))
CANARY = "CANARY7"


# --- Sudden drops ------------------------------------------------------------------------------------------------


def series(text: str, first: int = FIRST) -> dict[int, int]:
    """Rows by month: "100x12 0x3" is a year of 100 and three months of nothing."""
    counts = [
        int(n) for token in text.split() for n, _, times in [token.partition("x")] for _ in range(int(times or 1))
    ]
    return {first + place: count for place, count in enumerate(counts) if count}


def noisy(mean: float, months: int, cluster: int = 1, seed: int = 1) -> str:
    """Months of rows that come in clusters, around a mean."""
    rng = random.Random(seed)
    draw = lambda: sum(rng.random() < 0.01 for _ in range(round(100 * mean / cluster))) * cluster  # noqa: E731
    return " ".join(str(draw()) for _ in range(months))


ONE_PROVIDER = [
    Spec("as ever", "100x36", "what | from | to"),
    Spec("chance alone, for five years", noisy(40, 60), "what | from | to"),
    Spec("rows in clusters of twelve", noisy(60, 60, cluster=12), "what | from | to"),
    Spec("a third more each winter", " ".join(["100x9 135x3"] * 4), "what | from | to"),
    Spec(
        "an empty August that comes again is seasonal only if somebody comes",
        " ".join(["100x7 30 100x4"] * 3),
        """
        what | from    | to
        gap  | 2022-08 | 2022-08
        """,
    ),
    Spec(
        "one bad month",
        "100x18 20 100x6",
        """
        what | from    | to
        gap  | 2023-07 | 2023-07
        """,
    ),
    Spec("half of the usual is not less than half", "100x18 50 100x6", "what | from | to"),
    Spec(
        "a small provider: five of twenty may be chance",
        "20x18 5 20x6",
        "what | from | to",
    ),
    Spec(
        "a small provider: none of twenty is not",
        "20x18 0 20x6",
        """
        what | from    | to
        gap  | 2023-07 | 2023-07
        """,
    ),
    Spec("a tiny provider may be silent", "5x18 0x3 4x6", "what | from | to"),
    Spec("too early to tell", "100x5 0 100x6", "what | from | to"),
    Spec(
        "a file loaded twice",
        "100x18 205 100x6",
        """
        what | from    | to
        jump | 2023-07 | 2023-07
        """,
    ),
    Spec(
        "a site that closed: a new level is accepted after a year",
        "100x18 40x30",
        """
        what | from    | to
        fell | 2023-07 | 2024-06
        """,
    ),
    Spec(
        "a practice that took over another",
        "100x18 250x18",
        """
        what | from    | to
        rose | 2023-07 | 2024-06
        """,
    ),
]


def runs_of(months: Mapping[str, Mapping[int, int]]) -> list[dict[str, Any]]:
    """What is reported, as rows of a text table."""
    judged = judge_table(months)
    assert judged is not None
    return [
        {
            "who": run.unit,
            "what": run.kind,
            "from": iso_month(run.first),
            "to": iso_month(run.last),
            "gone": run.gone_to,
        }
        for run in judged.runs
    ]


@chapter(*ONE_PROVIDER)
def test_months_of_one_provider(spec: Spec) -> None:
    length = max(series(str(spec.given))) - FIRST + 1
    others = {name: series(f"500x{length}") for name in ("RAA", "RBB")}
    tablespec.check(runs_of({"RXX": series(str(spec.given)), **others}), spec.answer)


PROVIDERS = [
    Spec(
        "a provider that stopped",
        {"RXX": "100x30", "RAA": "300x36", "RBB": "200x36"},
        """
        who | what    | from    | to      | gone
        RXX | stopped | 2024-07 | 2024-12 |
        """,
    ),
    Spec(
        "a provider that was renamed",
        {"RXX": "100x30", "RAA": "300x36", "RNEW": "0x30 98x6"},
        """
        who | what    | from    | to      | gone
        RXX | stopped | 2024-07 | 2024-12 | RNEW
        """,
    ),
    Spec(
        "a provider that joined a larger one",
        {"RXX": "100x30", "RAA": "300x30 405x6", "RBB": "200x36"},
        """
        who | what    | from    | to      | gone
        RXX | stopped | 2024-07 | 2024-12 | RAA
        """,
    ),
    Spec(
        "the larger part of the rows stopped, and one goes on",
        {"RXX": "900x30", "RAA": "100x36"},
        """
        who | what    | from    | to      | gone
        RXX | stopped | 2024-07 | 2024-12 |
        """,
    ),
    Spec(
        "a pandemic is one finding",
        {"RXX": "100x20 30x2 100x14", "RAA": "300x20 80x2 300x14", "RBB": "200x20 70x2 200x14"},
        """
        who | what | from    | to      | gone
            | gap  | 2023-09 | 2023-10 |
        """,
    ),
    Spec(
        "a pandemic, and one that never came back",
        {"RXX": "100x20", "RAA": "300x20 80x2 300x14", "RBB": "200x20 70x2 200x14"},
        """
        who | what    | from    | to      | gone
            | gap     | 2023-09 | 2023-10 |
        RXX | stopped | 2023-09 | 2024-12 |
        """,
    ),
    Spec("the last month is not complete", {"RXX": "100x35 20", "RAA": "300x35 150"}, "who | what | from | to | gone"),
    Spec(
        "one provider's last month is missing: late, or stopped",
        {"RXX": "100x35", "RAA": "300x36", "RBB": "200x36"},
        """
        who | what    | from    | to      | gone
        RXX | stopped | 2024-12 | 2024-12 |
        """,
    ),
    Spec("a provider that began late", {"RXX": "0x20 100x16", "RAA": "300x36"}, "who | what | from | to | gone"),
]


@chapter(*PROVIDERS)
def test_months_of_several_providers(spec: Spec) -> None:
    assert isinstance(spec.given, dict)
    tablespec.check(runs_of({name: series(text) for name, text in spec.given.items()}), spec.answer)


def test_nothing_is_said_of_chance_whatever_the_seed() -> None:
    quiet = [
        runs_of({"R": series(noisy(mean, 60, cluster, seed))})
        for seed in range(20)
        for mean in (30, 90)
        for cluster in (1, 6)
    ]
    assert sum(map(len, quiet)) <= 1, "eighty providers, five years each"


@pytest.mark.parametrize(
    ("run", "end", "level"),
    [
        (Run("R", "stopped", 101, 106, 0, 100.0), 106, "error"),
        (Run("R", "stopped", 106, 106, 0, 100.0), 106, "warning"),
        (Run("R", "stopped", 101, 106, 0, 100.0, gone_to="RA"), 106, "warning"),
        (Run("R", "stopped", 86, 106, 0, 100.0), 106, "note"),
        (Run("R", "gap", 80, 80, 0, 100.0), 106, "warning"),
        (Run("R", "gap", 60, 60, 0, 100.0), 106, "note"),
        (Run("R", "rose", 95, 106, 3_000, 100.0), 106, "warning"),
        (Run("R", "rose", 80, 91, 3_000, 100.0), 106, "note"),
    ],
)
def test_how_bad_a_break_is(run: Run, end: int, level: str) -> None:
    assert breaks.interruption_level(run, end) == level


def found_in(months: Mapping[str, Mapping[str, str]]) -> list[Finding]:
    """Findings of tables of providers."""
    judged = {table: judge_table({name: series(text) for name, text in of.items()}) for table, of in months.items()}
    return breaks.interruption_findings(
        {table: one for table, one in judged.items() if one is not None}, date(2025, 1, 1)
    )


def test_a_provider_that_stopped_everywhere_is_one_finding() -> None:
    hospital = {"RXX": "100x30", "RAA": "300x36"}
    found = found_in({"episodes": hospital, "diagnoses": hospital, "ed_attendances": {"RXX": "50x30", "RAA": "300x36"}})
    assert [f.level for f in found] == ["error"]
    assert found[0].what == (
        "Provider RXX sent no rows after Jun 2024: hospital episodes (about 100 a month before) and ED attendances "
        "(about 50 a month before). The others continue to Dec 2024."
    )


def test_many_practices_that_stopped_are_one_finding() -> None:
    stopped = {f"A{n}": "100x30" for n in range(6)}
    found = found_in({"prescriptions": {**stopped, **{f"B{n}": "100x36" for n in range(10)}}})
    assert [f.what for f in found] == ["6 practices: rows stopped, in prescriptions (A0, A1, A2, A3, A4 and A5)."]


@pytest.mark.parametrize(
    ("months", "level"), [(36, None), (35, None), (34, "warning"), (33, "error")], ids=["to the end", "1", "2", "3"]
)
def test_a_table_that_ends_before_the_day_from_which_features_look_back(months: int, level: str | None) -> None:
    found = found_in({"episodes": {"R": "100x36"}, "ed_attendances": {"R": f"100x{months}"}})
    assert [f.level for f in found] == ([level] if level else [])
    assert all(f.what.startswith("ED attendances end in") for f in found)


def test_the_last_complete_month_has_half_of_the_usual_rows() -> None:
    assert last_complete(series("100x10 60 49")) == FIRST + 10


# --- Small numbers -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "said"), [(0, 0), (1, "*"), (7, "*"), (8, 10), (12, 10), (13, 15), (1_002, 1_000)])
def test_small_numbers(count: int, said: int | str) -> None:
    assert rounded(count) == said


@pytest.mark.parametrize(
    ("part", "of", "said"),
    [(0, 0, None), (0, 100, 0.0), (7, 100, "*"), (8, 100, 10.0), (98, 101, 100.0), (5, 7, "*"), (333, 1_000, 33.5)],
)
def test_percentages_are_made_of_rounded_counts(part: int, of: int, said: float | str | None) -> None:
    assert percent(part, of) == said


def test_no_count_can_be_told_from_what_is_shown() -> None:
    several = {}
    for count in range(200):
        several.setdefault(rounded(count), []).append(count)
    assert several.pop(0) == [0]
    assert min(map(len, list(several.values())[:-1])) >= 3


def counts(name: str, text: str) -> Mapping[str, pa.Table]:
    """One part's counts under one name, from a text table."""
    header, rows = tablespec.cells(text)
    texts = ("sender",)
    columns = {
        h: pa.array([(row[i] or None) if h in texts else int(row[i]) for row in rows]) for i, h in enumerate(header)
    }
    return {name: pa.table(columns)}


EMPTY = {"practices": pa.table({"sender": ["P1"], "rows": [100]}), "linked": pa.table({"sender": ["P1"], "rows": [90]})}


def tallied(*parts: Mapping[str, pa.Table]) -> Tallies:
    """Parts added up, with an attrition of nobody."""
    return tally([{**EMPTY, "attrition": pa.table({"people": [0]})}, *parts])


def test_parts_add_up_and_small_providers_have_no_name() -> None:
    people = counts("people:episodes", "sender rows\nRXX 5\nRAA 4\n- 90")
    months = counts("months:episodes", "sender month rows\nRXX 5 20\nRAA 5 9\n- 5 400")
    more = {
        **counts("people:episodes", "sender rows\nRAA 4"),
        **counts("months:episodes", "sender month rows\nRAA 5 3"),
    }
    found = tallied({**people, **months}, more)
    assert found.months["episodes"] == {SMALL_PROVIDERS: {5: 20}, "RAA": {5: 12}, "not stated": {5: 400}}


def test_a_practice_column_that_holds_people_names_none() -> None:
    ids = "\n".join(f"{CANARY}{n} 1" for n in range(50))
    found = tallied(counts("practices", f"sender rows\n{ids}"), counts("linked", f"sender rows\n{ids}"))
    assert set(found.practices) == {"P1", SMALL_PRACTICES}
    assert found.practices[SMALL_PRACTICES]["rows"] == 50
    assert found.linked[SMALL_PRACTICES]["rows"] == 50


# --- Completeness ------------------------------------------------------------------------------------------------

CARRIED = {"patients": ["patient_id", "practice_code", "sex", "birth_date", "ethnicity"]}


def people(**known: int) -> Tallies:
    """A patient table of 1,000 in which columns are known so many times."""
    full = {"rows": 1_000, "patient_id": 1_000, "practice_code": 1_000, "sex": 1_000, "birth_date": 1_000}
    return Tallies(known={"patients": Counter({**full, **known})})


@pytest.mark.parametrize(
    ("column", "known", "share"),
    [
        ("ethnicity", 0, 0.0),
        ("ethnicity", 800, 80.0),
        ("ethnicity", 3, "*"),
        ("lsoa", 0, "not supplied"),
        ("death_date", 40, 4.0),
    ],
    ids=[
        "carried, and empty",
        "carried",
        "carried, hardly ever known",
        "carried by no file",
        "filled from another table",
    ],
)
def test_completeness(column: str, known: int, share: float | str) -> None:
    assert completeness.share_known(people(**{column: known}), CARRIED, "patients", column) == share


@pytest.mark.parametrize(
    ("known", "finding"),
    [
        ({"birth_date": 1_000}, None),
        ({"birth_date": 900}, "Patients: birth_date is recorded in only 90.0 % of rows."),
        ({"sex": 700}, "Patients: sex is recorded in only 70.0 % of rows."),
    ],
)
def test_what_must_be_complete(known: Mapping[str, int], finding: str | None) -> None:
    warnings = [f.what for f in completeness.completeness_findings(people(**known), CARRIED) if f.level == "warning"]
    assert warnings == ([finding] if finding else [])


def test_a_column_no_file_carries_is_a_note_and_no_warning() -> None:
    found = completeness.completeness_findings(people(), CARRIED)
    assert [(f.level, f.what) for f in found] == [("note", "No file supplies imd_decile (patients).")]


@pytest.mark.parametrize(("size", "known", "named"), [(400, 100, True), (400, 320, False), (40, 0, False)])
def test_practices_far_below_the_others(size: int, known: int, named: bool) -> None:
    tallies = people(ethnicity=900)
    full = {"sex": 600, "birth_date": 600}
    tallies.practices = {
        "A1": Counter(rows=600, ethnicity=580, **full),
        "A2": Counter(rows=size, ethnicity=known, **full),
    }
    found = [f.what for f in completeness.completeness_findings(tallies, CARRIED) if "far less often" in f.what]
    assert bool(found) is named
    assert all("practice A2" in what for what in found)


# --- Code lists --------------------------------------------------------------------------------------------------

GOUT = Condition(
    name="gout", label="gout", icd10="M10", snomed="90560007 190828008", readv2="C34", resolved="123456007"
)


def codes(text: str) -> code_lists.StoredCodes:
    """The codes of a store from a text table: table system code rows."""
    header, rows = tablespec.cells(text)
    assert header == ["table", "system", "code", "rows"]
    columns = list(zip(*rows, strict=True))
    names = ("table_name", "code_system", "code")
    made = {name: pa.array(list(column), pa.string()) for name, column in zip(names, columns[:3], strict=True)}
    return code_lists.read_store(pa.table({**made, "rows": pa.array([int(n) for n in columns[3]])}))


def gout_in(
    text: str, feature: Condition | Measurement = GOUT
) -> tuple[code_lists.Coverage, list[code_lists.Coverage], code_lists.StoredCodes]:
    """What is seen of gout in a store: its list, every list of it, the store."""
    store = codes(text)
    found = code_lists.cover(code_lists.lists_of([feature]), store, {"gp_events", "diagnoses"})
    return next(one for one in found if one.code_list.name == feature.name), found, store


SEEN = [
    Spec("an entry itself", "table system code rows\ngp_events snomed 90560007 40", "system seen entries\nsnomed 1 2"),
    Spec("a child", "table system code rows\ndiagnoses icd10 M109 40", "system seen entries\nicd10 1 1"),
    Spec(
        "a child in Read v2, its dots apart",
        "table system code rows\ngp_events readv2 C34.. 40\ngp_events readv2 C341. 40",
        "system seen entries\nreadv2 1 1",
    ),
    Spec(
        "no child in SNOMED CT",
        "table system code rows\ngp_events snomed 905600071 40",
        "system seen entries\nsnomed 0 2",
    ),
    Spec(
        "in either table",
        "table system code rows\ndiagnoses icd10 M100 1\ngp_events snomed 190828008 3",
        "system seen entries\nicd10 1 1\nsnomed 1 2",
    ),
    Spec(
        "a system of a few stray rows is not carried",
        "table system code rows\ngp_events snomed 90560007 1000\ngp_events readv2 H33.. 9",
        "system seen entries\nsnomed 1 2",
    ),
]


@chapter(*SEEN)
def test_what_is_seen_of_a_list(spec: Spec) -> None:
    found, _, _ = gout_in(str(spec.given))
    tablespec.check(
        [{"system": system, "seen": seen, "entries": entries} for system, (seen, entries) in found.seen.items()],
        spec.answer,
    )


def test_rows_that_match_are_counted_once_and_the_others_are_of_no_list() -> None:
    twice = Condition(name="gout", label="gout", icd10="M10 M1")
    found, _, store = gout_in("table system code rows\ndiagnoses icd10 M109 40\ndiagnoses icd10 I10 60", twice)
    assert found.rows == 40
    systems = lists.code_list_section([found], store, {}).grids[0]
    assert systems.records()[0]["unlisted"] == 60.0


NOTHING = "table system code rows\ngp_events snomed 22298006 500\ndiagnoses icd10 I219 80"


@pytest.mark.parametrize(("population", "level"), [(500, "note"), (5_000, "warning"), (20_000, "error")])
def test_a_list_that_matches_nothing(population: int, level: str) -> None:
    _, every, store = gout_in(NOTHING)
    found = lists.code_list_findings(every, store, population, {})
    assert [(f.level, f.what.split(":")[0]) for f in found] == [(level, "No code in the data matches 1 built-in list")]
    assert "gout_resolved" not in found[0].what, "that nobody's gout is over is no fault"


def test_a_list_of_the_studys_own_that_matches_nothing_is_an_error_however_few_people() -> None:
    own = Condition(name="gout", label="gout", icd10="I21", own={"snomed": "999999999"})
    store = codes(NOTHING)
    every = code_lists.cover(
        [*code_lists.study_lists_alone([own]), *code_lists.lists_of([own])], store, {"gp_events", "diagnoses"}
    )
    found = lists.code_list_findings(every, store, 300, {})
    assert [f.level for f in found] == ["error"], "the built-in codes are seen, the study's are not"
    assert "gout (the study's own)" in found[0].what


def test_a_built_in_list_may_match_nothing_where_the_study_says_so_and_one_of_its_own_may_not() -> None:
    _, every, store = gout_in(NOTHING)
    assert lists.code_list_findings(every, store, 20_000, {}, ["gout"]) == []
    own = Condition(name="gout", label="gout", icd10="M10", own={"snomed": "999999999"})
    mine = code_lists.cover(code_lists.study_lists_alone([own]), store, {"gp_events", "diagnoses"})
    found = lists.code_list_findings([*every, *mine], store, 20_000, {}, ["gout"])
    assert [f.what.split(":")[0] for f in found] == ["No code in the data matches 1 code list of this study"]


def test_a_name_that_is_no_list_may_not_be_said_to_be_unseen() -> None:
    lists.refuse_unknown(["gout", "gout_resolved", ACSC.name], [GOUT])
    with pytest.raises(StudyError, match="unseen_lists") as raised:
        lists.refuse_unknown(["gowt", "stroke", "gout (the study's own)"], [GOUT])
    assert raised.value.findings == ("gowt: did you mean gout?", "stroke", "gout (the study's own): did you mean gout?")


def test_a_list_of_a_system_that_the_store_hardly_carries_cannot_match() -> None:
    _, every, store = gout_in("table system code rows\ngp_events ctv3 XaBVJ 1000\ngp_events snomed 22298006 2")
    found = lists.code_list_findings(every, store, 300, {})
    assert [f.level for f in found] == ["error"]
    assert (
        found[0].what
        == "1 code list cannot match, because hospital diagnoses and GP record entries hold CTV3 codes: gout."
    )


def test_a_score_is_a_list_too() -> None:
    class Score(Measurement):
        def aggregates(self) -> tuple[WeightAggregate]:
            return (WeightAggregate("frailty", (Weight("a", 1, "F00 F01"), Weight("b", 2, "G81")), 24),)

    store = codes("table system code rows\ndiagnoses icd10 F001 5")
    made = code_lists.lists_of([Score(name="frailty", label="", unit="", plausible=(0, 1))])
    found = code_lists.cover(made, store, {"diagnoses"})
    assert found[0].seen == {"icd10": (1, 3)}


def test_a_list_of_tables_that_the_store_lacks_is_not_asked_for() -> None:
    assert code_lists.cover(code_lists.lists_of([GOUT]), {}, {"prescriptions"}) == []


@pytest.mark.parametrize(
    ("spoiled", "levels"), [(0, []), (5, []), (30, ["warning"]), (400, ["error"])], ids=["none", "few", "3 %", "40 %"]
)
def test_codes_without_the_shape_of_their_system(spoiled: int, levels: list[str]) -> None:
    store = codes(
        f"table system code rows\ngp_events snomed 1.23E+17 {spoiled}\ngp_events snomed 90560007 {1_000 - spoiled}"
    )
    found = lists.code_list_findings([], store, 300, {})
    assert [f.level for f in found] == levels
    assert not any("1.23E" in f.what for f in found)


@pytest.mark.parametrize(("strange", "said"), [(5, []), (20, ["2 %"]), (100, ["10 %"])])
def test_codes_of_a_system_that_nobody_knows_are_not_named(strange: int, said: list[str]) -> None:
    """Synthea's immunisations are in CVX, which no list has; so few are no fault."""
    store = codes(
        f"table system code rows\ngp_events {CANARY} A1 {strange}\ngp_events snomed 90560007 {1000 - strange}"
    )
    found = lists.code_list_findings([], store, 300, {})
    rest = "of the codes in GP record entries are in an unsupported coding system, and match no list."
    assert [f.what for f in found] == [f"{share} {rest}" for share in said]


@pytest.mark.parametrize(("features", "level"), [(1, "note"), (12, "warning")])
def test_features_that_are_absent_are_said(features: int, level: str) -> None:
    found = lists.code_list_findings([], {}, 300, {"there are no prescriptions": [f"f{n}" for n in range(features)]})
    assert [f.level for f in found] == [level]


# --- Books and linkage -------------------------------------------------------------------------------------------


def manifest(**kept: int) -> dict[str, Any]:
    """A manifest of one file of 100 lines."""
    book = {"stored": 0, "quarantined": 0, **kept}
    one = {"file": "a.csv", "table": "patients", "format": "patients", "lines": 100, "books": book}
    return {"files": [one], "tables": {"patients": {"read": 100, **book}}}


@pytest.mark.parametrize(
    ("kept", "held", "said"),
    [
        ({"stored": 100}, 100, []),
        ({"stored": 90, "quarantined": 1, "duplicates": 9}, 90, ["note"]),
        ({"stored": 90, "duplicates": 9}, 90, ["error"]),
        ({"stored": 100}, 99, ["error"]),
        ({"stored": 94, "quarantined": 6}, 94, ["warning"]),
    ],
    ids=["all stored", "rejected and excluded", "a line is missing", "a row is missing", "near the limit"],
)
def test_books(kept: Mapping[str, int], held: int, said: list[str]) -> None:
    written = manifest(**kept)
    tallies = Tallies(known={"patients": Counter(rows=held)})
    assert [f.level for f in books.line_count_findings(books.read_line_counts(written), written, tallies, 10.0)] == said


def test_books_are_exact_and_say_why() -> None:
    written = manifest(stored=97, quarantined=1, blank=2)
    by_table = books.line_count_section(
        books.read_line_counts(written), {("a.csv", "sex", "not a code"): 1}, written
    ).grids[0]
    said = {"balances": "yes", "why": "blank lines: 2"}
    assert by_table.records() == [
        {"table": "patients", "lines": 100, "stored": 97, "quarantined": 1, "left_out": 2, **said}
    ]


@pytest.mark.parametrize(
    ("strangers", "level"), [(10, None), (120, "warning"), (9_900, "error"), (100_000_000, "error")]
)
def test_rows_that_do_not_link(strangers: int, level: str | None) -> None:
    written = {"tables": {"episodes": {"stored": 90, "duplicates": 10, "not_in_patients": strangers}}}
    assert [f.level for f in linkage.linkage_findings(written, Tallies(), 5.0)] == ([level] if level else [])


@pytest.mark.parametrize(("people", "with_rows", "named"), [(400, 250, False), (400, 60, True), (20, 2, False)])
def test_a_practice_that_was_not_linked(people: int, with_rows: int, named: bool) -> None:
    usual = {f"A{n}": Counter(rows=500, any_hospital=330) for n in range(5)}
    tallies = Tallies(linked={**usual, "B1": Counter(rows=people, any_hospital=with_rows)})
    found = linkage.linkage_findings({"tables": {}}, tallies, 5.0)
    assert [f.what for f in found] == (
        ["Far fewer people have hospital rows in practice B1 than in other practices."] if named else []
    )


@pytest.mark.parametrize(("same", "warned"), [(90, False), (30, True)])
def test_practices_that_the_two_sources_name_differently(same: int, warned: bool) -> None:
    tallies = Tallies(agreement={"episodes": {"P1": Counter(rows=100, same=same)}})
    assert bool(linkage.linkage_findings({"tables": {}}, tallies, 5.0)) is warned


@pytest.mark.parametrize(
    ("left", "level"), [((95, 90, 80, 78), None), ((40, 40, 40, 40), "warning"), ((95, 90, 0, 0), "error")]
)
def test_rules_that_leave_few(left: tuple[int, ...], level: str | None) -> None:
    attrition = {"people": 100, **dict(zip(cohorts.RULES, left, strict=True))}
    assert [f.level for f in cohorts.attrition_findings(attrition)] == ([level] if level else [])


# --- The whole report --------------------------------------------------------------------------------------------

PEOPLE, STAYS = 40, 25
SCRIPT = "<script>alert(1)</script>"
Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a study with a small snapshot: write(practice="P1", stops=36, tables={...}, **manifest)."""

    def study(practice: str = "P1", stops: int = 36, second: str = "RBB", **changes: Any) -> Path:
        folder, name = tmp_path, "20250101T000000-abcdef12"
        rows = _rows(practice, stops, second)
        store = folder / "store" / name
        for table, text in rows.items():
            (store / table).mkdir(parents=True)
            pq.write_table(tablespec.table(table, text), store / table / "0000.parquet")
        (folder / "study.toml").write_text('name = "spec"\n', encoding="utf-8")
        _write_codes(store, rows)
        held = {table: len(text.splitlines()) - 1 for table, text in rows.items()}
        (store / "manifest.json").write_text(json.dumps({**_manifest(held), **changes}), encoding="utf-8")
        return folder

    return study


def _rows(practice: str, stops: int, second: str) -> dict[str, str]:
    """Forty people of one practice or two, and stays at two hospitals of which one may stop."""
    head = "patient | patient_id | practice"
    persons = [f"{n} | {CANARY}{n} | {practice if n % 2 else 'P2'}" for n in range(PEOPLE)]
    stays = [
        f"{n} | {CANARY}{n} | {provider} | {2022 + month // 12}-{month % 12 + 1:02d}-{n % 28 + 1:02d} | I10"
        for provider, months in (("RAA", 36), (second, stops))
        for month in range(months)
        for n in range(STAYS)
    ]
    return {
        "patients": "\n".join([head, *persons]),
        "registrations": "\n".join([f"{head} | start_date", *(f"{p} | 2000-01-01" for p in persons)]),
        "episodes": "\n".join(["patient | patient_id | hospital | admitted | diagnosis", *stays]),
    }


def _manifest(held: Mapping[str, int]) -> dict[str, Any]:
    span = {"from": "2022-01-01", "to": "2024-12-31"}
    files = [
        {"number": n, "file": f"{table}.csv", "format": table, "sha256": "0" * 64, "table": table, "lines": rows,
         "books": {"stored": rows, "quarantined": 0}}
        for n, (table, rows) in enumerate(held.items())
    ]  # fmt: skip
    return {
        "key": "k", "version": "0", "parts": 1, "span": list(span.values()), "data_as_of": {"episodes": span},
        "tables": {table: {"read": rows, "stored": rows} for table, rows in held.items()}, "files": files,
        "carried": {"patients": ["patient_id", "practice_code", "sex", "birth_date"]},
    }  # fmt: skip


def _write_codes(store: Path, rows: Mapping[str, str]) -> None:
    columns = {name: pa.array([], pa.string()) for name in ("table_name", "code_system", "code")}
    pq.write_table(pa.table({**columns, "rows": pa.array([], pa.int64())}), store / "codes.parquet")


@pytest.fixture
def checked(write: Write, open_context: Callable[..., Session]) -> Callable[..., Checked]:
    """Write a study and check it: checked(stops=30)."""
    return lambda **given: check(open_context(write(**given)))


def whats(found: Checked, level: str) -> list[str]:
    """What is said at a level."""
    return [one["what"] for one in found.findings if one["level"] == level]


def test_a_sound_snapshot_has_no_errors(checked: Callable[..., Checked]) -> None:
    found = checked()
    assert whats(found, "error") == []
    found.raise_errors()
    assert found.content["sections"]["files"]["book-tables"]["rows"][0]["balances"] == "yes"


def test_a_provider_that_stopped_is_the_headline_and_an_error(checked: Callable[..., Checked]) -> None:
    found = checked(stops=30)
    assert found.findings[0]["what"].startswith("Provider RBB sent no rows after Jun 2024")
    assert found.page.is_file(), "the report is written all the same"
    with pytest.raises(CheckError, match="1 check") as raised:
        found.raise_errors()
    assert raised.value.exit_code == 16


def test_the_same_is_on_the_page_and_in_the_data(checked: Callable[..., Checked]) -> None:
    found = checked(stops=30)
    page = found.page.read_text(encoding="utf-8")
    assert json.loads(found.data.read_text(encoding="utf-8")) == {"schema_version": 1, **found.content}
    for one in found.findings:
        assert one["what"].replace("'", "&#39;") in page
    table = found.content["sections"]["cohort"]["attrition-table"]["rows"]
    assert [row["left"] for row in table] == [40, 40, 40, 40, 40]


def test_nothing_is_done_twice(write: Write, open_context: Callable[..., Session]) -> None:
    folder = write()
    first = check(open_context(folder))
    before = first.page.stat().st_mtime_ns
    again = check(open_context(folder))
    assert again.made is None
    assert (again.findings, again.page.stat().st_mtime_ns) == (first.findings, before)
    assert check(open_context(folder, force=True)).page.stat().st_mtime_ns > before
    (folder / "study.toml").write_text('name = "another"\n', encoding="utf-8")
    assert check(open_context(folder)).made is not None


def test_a_slip_in_the_settings_stops_a_check_before_anything_is_counted(
    write: Write, open_context: Callable[..., Session]
) -> None:
    folder = write()
    settings = 'name = "spec"\n[checks]\nunseen_lists = ["gowt"]\n'
    (folder / "study.toml").write_text(settings, encoding="utf-8")
    with pytest.raises(StudyError, match="gowt: did you mean gout"):
        check(open_context(folder))
    assert not (folder / "reports").exists()
    (folder / "study.toml").write_text(settings.replace("gowt", "gout"), encoding="utf-8")
    assert check(open_context(folder)).page.is_file()


def test_only_a_snapshot_that_there_is_can_be_checked(write: Write, open_context: Callable[..., Session]) -> None:
    session = open_context(write())
    assert check(session, "20250101T000000-abcdef12").snapshot == "20250101T000000-abcdef12"
    with pytest.raises(NothingToDoError, match="no snapshot of that name"):
        check(session, "../../etc")


@pytest.mark.parametrize(
    "code", [SCRIPT, "$\\frac{1}{0$", "a\x00b\x1b[31mc\u202e", "é漢😀", "x" * 500, "{{ 7*7 }}", "<!--", "</main>"]
)
def test_whatever_a_code_holds_the_report_is_whole(write: Write, cli: Callable[..., Any], code: str) -> None:
    folder = write(practice=code, second=code, stops=30)
    done = cli("check", "--study", folder)
    assert done.exit_code == 16, done.stderr
    (page,) = (folder / "reports").glob("*.html")
    text = page.read_text(encoding="utf-8")
    assert not re.search("<script|<!--|\x00|\x1b|\u202e|x{50}", text)
    assert text.count("</main>") == 1
    assert not re.search("\x00|\x1b|\u202e|x{50}", done.stdout + done.stderr)


def test_nobody_is_named_even_where_people_stand_for_practices(
    write: Write, open_context: Callable[..., Session]
) -> None:
    folder = write()
    for table in ("patients", "registrations"):
        path = folder / "store/20250101T000000-abcdef12" / table / "0000.parquet"
        rows = pq.read_table(path)
        place = rows.schema.get_field_index("practice_code")
        pq.write_table(rows.set_column(place, "practice_code", rows["patient_id"]), path)
    found = check(open_context(folder))
    for path in (found.page, found.data):
        assert CANARY not in path.read_text(encoding="utf-8")
    assert SMALL_PRACTICES in found.page.read_text(encoding="utf-8")


def test_no_small_number_stands_in_the_data(checked: Callable[..., Checked]) -> None:
    found = checked()
    exact = {"files", "drops"}
    counts = [
        value
        for name, section in found.content["sections"].items()
        if name not in exact
        for table in section.values()
        if isinstance(table, dict) and "rows" in table
        for row in table["rows"]
        for key, value in row.items()
        if key in ("rows", "people", "left", "out", "usual")
    ]
    assert counts
    assert all(value in (None, "*") or value % 5 == 0 for value in counts)


def test_the_command(write: Write, cli: Callable[..., Any]) -> None:
    folder = write(stops=30)
    failed = cli("check", "--study", folder)
    assert failed.exit_code == 16
    assert "ERROR: Provider RBB sent no rows after Jun 2024" in failed.stdout
    assert "1 check failed" in failed.stderr
    assert max(map(len, failed.stdout.splitlines())) <= 100 or "Report: " in failed.stdout
    reports = folder / "reports"
    assert {stat.S_IMODE(path.stat().st_mode) for path in reports.iterdir()} == {0o600}
    assert stat.S_IMODE(reports.stat().st_mode) == 0o700
    as_json = cli("check", "--study", folder, "--json")
    assert json.loads(as_json.stdout)["error"]["exit_code"] == 16


def test_the_command_where_all_is_well(write: Write, cli: Callable[..., Any]) -> None:
    folder = write()
    done = cli("check", "--study", folder, "--json")
    assert done.exit_code == 0, done.stderr
    assert Path(json.loads(done.stdout)["report"]).is_file()
    shown_again = cli("check", "--study", folder)
    assert "Findings" in shown_again.stdout
    assert not re.search(CANARY, shown_again.stdout + shown_again.stderr)
