"""What must not matter does not: order and copies of rows, the split into files; and what always holds of lists."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskstrat.engine import DuckEngine
from riskstrat.errors import StudyError
from riskstrat.features.build import build_parts
from riskstrat.features.definitions import all_features
from riskstrat.features.plan import plan_features
from riskstrat.lists.facts import COUNTS, GAPS, STATUSES
from riskstrat.lists.rules import eligible, rule_faults
from riskstrat.lists.selection import select
from riskstrat.modelling.index_dates import index_date_of
from riskstrat.steps.ingest import ingest
from riskstrat.study.roles import RoleSettings
from riskstrat.tables.snapshot import Snapshot

LEFT_OUT = (
    "quarantined", "duplicates", "blank", "not_in_patients", "restricted", "by_rule", "replaced", "deleted",
)  # fmt: skip
NOT_COPIED = {"consultations": "two contacts of one day may be alike, and no column tells them from a copy"}


# --- The store ---------------------------------------------------------------------------------------------------


def content(snapshot: Snapshot) -> dict[str, pd.DataFrame]:
    """Every table of a snapshot, rows in an order of their own; numbers of patients and files depend on the split."""
    tables = {}
    for name in sorted(snapshot.tables):
        rows = pq.read_table(snapshot.folder / name).to_pandas()
        rows = rows.drop(columns=["patient_no", "file_no"], errors="ignore")
        tables[name] = rows.sort_values(list(rows.columns), ignore_index=True)
    return tables


def assert_same(a: dict[str, pd.DataFrame], b: dict[str, pd.DataFrame]) -> None:
    assert a.keys() == b.keys()
    for name in a:
        pd.testing.assert_frame_equal(a[name], b[name], obj=name)


def rewrite(study: Any, change: Callable[[str, list[str]], list[str]]) -> None:
    """Change the lines after the header of every extract; `change` is given the file's stem."""
    for path in sorted((study.folder / "extracts").rglob("*.csv")):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        path.write_text("\n".join([header, *change(path.stem, lines)]) + "\n", encoding="utf-8")


def matrix(session: Any, snapshot: Snapshot) -> pd.DataFrame:
    """The feature matrix of a snapshot by patient."""
    chosen = plan_features(all_features().values(), snapshot.tables, pq.read_table(snapshot.folder / "codes.parquet"))
    day = index_date_of(session, snapshot)
    parts = list(build_parts(DuckEngine(), snapshot, chosen, session.study, day, False))
    rows = pd.concat([part.features.to_pandas() for part in parts])
    return rows.drop(columns="patient_no").set_index("patient_id").sort_index()


@pytest.fixture
def opened(a_copy: Any, open_context: Any) -> Callable[[], Any]:
    """Open the copy, after changes to its study.toml."""
    return lambda: open_context(a_copy.folder)


def test_order_and_copies_of_rows_do_not_matter(a_copy: Any, opened: Callable[[], Any]) -> None:
    before = opened().folder.snapshot()
    shuffle = random.Random(7)

    def mixed(name: str, lines: list[str]) -> list[str]:
        copies = [] if name in NOT_COPIED else shuffle.sample(lines, len(lines) // 3) * 2
        return shuffle.sample(lines + copies, len(lines) + len(copies))

    rewrite(a_copy, mixed)
    after = ingest(opened())
    assert after.name != before.name
    assert_same(content(before), content(after))
    books = after.manifest["tables"]
    assert books["gp_events"]["duplicates"] > before.manifest["tables"]["gp_events"]["duplicates"]
    for name, book in books.items():
        if name != "diagnoses":
            assert book["read"] == book["stored"] + sum(book.get(why, 0) for why in LEFT_OUT), name


def test_which_copy_of_an_episode_is_kept_does_not_depend_on_the_order(a_copy: Any, opened: Callable[[], Any]) -> None:
    """Two copies that differ only in their codes: either may be kept, but always the same."""

    def doubled(name: str, lines: list[str]) -> list[str]:
        return lines + [line.replace("I10X", "I119") for line in lines] if name.startswith("hes_apc") else lines

    rewrite(a_copy, doubled)
    first = content(ingest(opened()))
    rewrite(a_copy, lambda _, lines: lines[::-1])
    assert_same(first, content(ingest(opened())))


def test_compression_and_the_number_of_files_do_not_matter(a_copy: Any, opened: Callable[[], Any]) -> None:
    before = opened().folder.snapshot()
    for path in sorted((a_copy.folder / "extracts").rglob("*.csv")):
        header, *lines = path.read_text(encoding="utf-8").splitlines()
        for part, chosen in enumerate((lines[::2], lines[1::2])):
            text = "\r\n".join([header, *chosen]) + "\r\n"
            Path(f"{path.with_suffix('')}{'' if part else '-b'}.csv.gz").write_bytes(gzip.compress(text.encode()))
        path.unlink()
    a_copy.change('files = "extracts/gp/patients.csv*"', 'files = "extracts/gp/patients*.csv*"')
    for name in ("registrations", "gp_events", "prescriptions", "consultations", "deaths", "opt_outs", "caseload"):
        a_copy.change(f'files = "extracts/gp/{name}.csv*"', f'files = "extracts/gp/{name}*.csv*"')
    assert_same(content(before), content(ingest(opened())))


def test_the_split_into_files_does_not_change_the_matrix(a_copy: Any, opened: Callable[[], Any]) -> None:
    one = opened()
    whole = matrix(one, one.folder.snapshot())
    a_copy.change("# patients_per_file = 100000", "patients_per_file = 100")
    several = opened()
    snapshot = ingest(several)
    assert snapshot.parts > 1
    pd.testing.assert_frame_equal(whole, matrix(several, snapshot), rtol=1e-9)


# --- Lists -------------------------------------------------------------------------------------------------------

ORDERS = (("-risk_pct", "-emergency_admissions_12m"), ("age",), ("-ltc_count", "risk_pct"))
RULES = (
    "True",
    "False",
    "not on_caseload",
    "risk_pct >= 30 or ltc_count > 4",
    "age < 80 and not care_home",
    "sex == 'F'",
)
maybe = st.one_of(st.none(), st.integers(0, 9))


@st.composite
def roles(draw: st.DrawFn) -> RoleSettings:
    room = draw(
        st.one_of(
            st.builds(lambda n: {"per_practice": n}, st.integers(1, 12)),
            st.builds(lambda n: {"per_1000": n}, st.floats(0.1, 1000)),
            st.builds(lambda n: {"caseload": n}, st.integers(1, 12)),
        )
    )
    return RoleSettings(title="x", eligible=draw(st.sampled_from(RULES)), order=draw(st.sampled_from(ORDERS)), **room)


@st.composite
def cohorts(draw: st.DrawFn) -> pd.DataFrame:
    people = draw(
        st.lists(
            st.fixed_dictionaries(
                {
                    "practice_code": st.sampled_from(["A81001", "B2", "../x"]),
                    "risk_pct": st.sampled_from([0.5, 15.0, 30.0, 30.0, 88.8]),
                    "age": st.integers(18, 105),
                    "sex": st.sampled_from(["F", "M", "U"]),
                    "ltc_count": maybe,
                    "emergency_admissions_12m": maybe,
                    "care_home": st.one_of(st.none(), st.integers(0, 1)),
                    "on_caseload": st.sampled_from([None, "matron", "gp_mdt; matron"]),
                    "died": st.booleans(),
                }
            ),
            max_size=40,
        )
    )
    columns = ["practice_code", "risk_pct", "age", "sex", "ltc_count", "emergency_admissions_12m", "care_home",
               "on_caseload", "died"]  # fmt: skip
    rows = pd.DataFrame(people, columns=columns)
    rows["patient_id"] = [f"p{n:03d}" for n in draw(st.permutations(range(len(people))))]
    numbers = ["ltc_count", "emergency_admissions_12m", "care_home", "risk_pct", "age"]
    return rows.astype(dict.fromkeys(numbers, float) | {"practice_code": "str", "sex": "str", "died": bool})


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cohorts(), roles())
def test_a_list_is_what_it_says(everyone: pd.DataFrame, role: RoleSettings) -> None:
    died = everyone["died"].to_numpy()
    chosen = select("matron", role, everyone, died)
    meets = eligible(role.eligible, everyone)
    listed = chosen.rows
    assert set(listed["role"]) <= {"matron"}
    assert not listed["patient_id"].duplicated().any()
    assert not set(listed["patient_id"]) & set(everyone["patient_id"][died | ~meets])
    assert list(chosen.counts.index) == sorted(set(everyone["practice_code"]))
    for practice, book in chosen.counts.iterrows():
        here = (everyone["practice_code"] == practice).to_numpy()
        mine = listed[listed["practice_code"] == practice]
        held = everyone["on_caseload"][here].fillna("").str.contains("matron").sum()
        assert book["cohort"] == here.sum() == book["died_since"] + book["not_eligible"] + book["eligible"]
        assert book["eligible"] == book["listed"] + book["over_capacity"] == (here & meets & ~died).sum()
        assert book["listed"] == len(mine) <= book["capacity"] == role.capacity(here.sum(), held)
        assert book["over_capacity"] == 0 or book["listed"] == book["capacity"]
        assert list(mine["rank"]) == list(range(1, len(mine) + 1))
        left_out = everyone[here & meets & ~died & ~everyone["patient_id"].isin(mine["patient_id"])]
        keys = [key(row, role.order) for row in (*mine.to_dict("records"), *left_out.to_dict("records"))]
        assert keys[: len(mine)] == sorted(keys)[: len(mine)]


def key(row: dict[str, Any], order: tuple[str, ...]) -> tuple[Any, ...]:
    """Where a patient stands: the role's order, what is not assessed last, then the pseudonym."""
    places: list[Any] = []
    for term in order:
        value = row[term.lstrip("-")]
        unknown = bool(pd.isna(value))
        places += [unknown, 0.0 if unknown else -value if term.startswith("-") else value]
    return (*places, row["patient_id"])


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(cohorts(), roles(), st.randoms(use_true_random=False))
def test_the_order_of_the_cohort_does_not_matter(
    everyone: pd.DataFrame, role: RoleSettings, shuffle: random.Random
) -> None:
    places = list(range(len(everyone)))
    shuffle.shuffle(places)
    mixed = everyone.iloc[places].reset_index(drop=True)
    a, b = (select("matron", role, rows, rows["died"].to_numpy()) for rows in (everyone, mixed))
    pd.testing.assert_frame_equal(a.rows.reset_index(drop=True), b.rows.reset_index(drop=True))
    pd.testing.assert_frame_equal(a.counts, b.counts)


def test_the_columns_a_list_takes_from_the_matrix_are_there() -> None:
    """Otherwise they would be blank in every list, and nobody would know why."""
    columns = {column.name for feature in all_features().values() for column in feature.columns()}
    assert {*COUNTS.values(), *STATUSES.values(), *GAPS} - columns == set()


# --- Eligibility -------------------------------------------------------------------------------------------------

PEOPLE = pd.DataFrame(
    {
        "age": [70, 80, 40],
        "risk_pct": [12.0, np.nan, 55.0],
        "sex": pd.array(["F", "M", None], "str"),
        "on_caseload": np.array([None, "matron", None], object),
        "care_home": [0.0, 1.0, np.nan],
    }
)
FORBIDDEN = """
age.__class__
().__class__.__mro__
__import__('os').system('true')
open('x')
age[0]
[age][0]
lambda: 1
lambda x: age
f'{age}'
f'{open("x")}' == 'a'
(age := 3) > 2
[x for x in age]
{x for x in age}
(x for x in age)
{1: age}
{1, 2}
age if age else 0
age + 1 > 2
age ** 9 > 1
-age > 2
not (-age)
~age
+age
age @ age
age | care_home
age is None
age is not None
None
...
b'a' == sex
1j
*age
await age
yield age
print
__builtins__
__name__
self
eval
age, sex
(age, 1)
[1, 2]
age == (70, 80, 40)
age < [1, 2, 3]
sex in 'FM'
age in 5
age in sex
5 in age
'F' in sex
age in (sex, 1)
age in (1, (2, 3))
age in [open('x')]
1 < age is True
age >= 65;
age >= 65 # fine
age = 3
import os
-'x'
-True and -sex
10000000000000000000000 > age > 1.5e300
"""
SPOILT = [line for line in FORBIDDEN.strip().splitlines() if "# fine" not in line and line != "-True and -sex"]


DEEP = ("(" * 3000, "not " * 900 + "age", "not " * 60 + "age", "((((" * 40 + "age" + "))))" * 40 + " > 1 +")
BROKEN = ("", "   ", "\x00", "age\x00", "age >= 65\nimport os", "age > 1 and " * 3000 + "True")


@pytest.mark.parametrize("rule", [*SPOILT, *DEEP, *BROKEN])
def test_nothing_but_a_comparison_of_columns_is_a_rule(rule: str) -> None:
    assert rule_faults(rule, list(PEOPLE))
    with pytest.raises(StudyError):
        eligible(rule, PEOPLE)


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("True", [1, 1, 1]), ("False", [0, 0, 0]), ("age >= 65", [1, 1, 0]), ("not age >= 65", [0, 0, 1]),
        ("risk_pct >= 10", [1, 0, 1]), ("risk_pct < 10", [0, 0, 0]), ("10 <= risk_pct < 20", [1, 0, 0]),
        ("sex == 'F'", [1, 0, 0]), ("sex != 'F'", [0, 1, 0]), ("sex in ('F', 'M')", [1, 1, 0]),
        ("sex not in ['F']", [0, 1, 0]), ("not on_caseload", [1, 0, 1]), ("on_caseload", [0, 1, 0]),
        ("care_home", [0, 1, 0]), ("not care_home", [1, 0, 1]), ("age > -1", [1, 1, 1]), ("age in (40, -1)", [0, 0, 1]),
        ("  age > 75 or sex == 'F'\n", [1, 1, 0]), ("(age > 75 or sex == 'F') and risk_pct > 1", [1, 0, 0]),
        ("'F' == sex", [1, 0, 0]), ("age > 60 == True", [0, 0, 0]), ("1 < 2", [1, 1, 1]), ("2 < 1", [0, 0, 0]),
        ("age >= 65 # old", [1, 1, 0]),
    ],
)  # fmt: skip
def test_a_rule_says_who(rule: str, who: list[int]) -> None:
    assert eligible(rule, PEOPLE).tolist() == [bool(one) for one in who]


def test_a_number_is_not_compared_with_a_text() -> None:
    with pytest.raises(StudyError, match="number with a text"):
        eligible("age > 'x'", PEOPLE)


def test_an_empty_cohort_has_an_empty_list() -> None:
    none = PEOPLE.assign(practice_code="A", patient_id="p", emergency_admissions_12m=0.0).iloc[:0]
    chosen = select("x", RoleSettings(title="x", per_1000=20), none, np.zeros(0, bool))
    assert chosen.rows.empty
    assert chosen.counts.empty


def test_a_role_nobody_qualifies_for_has_an_empty_list() -> None:
    some = PEOPLE.assign(practice_code="A", patient_id=["a", "b", "c"], emergency_admissions_12m=0.0)
    chosen = select("x", RoleSettings(title="x", eligible="age > 200", per_practice=5), some, np.zeros(3, bool))
    assert chosen.rows.empty
    assert chosen.counts.loc["A", ["eligible", "listed", "not_eligible"]].tolist() == [0, 0, 3]
