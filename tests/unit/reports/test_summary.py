"""The managers' summary: right counts, nothing that tells of fewer than 8 people, and the same when made again."""

from __future__ import annotations

import json
import stat
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tests.conftest import Cli, Studied
from tests.support.page_reader import faults_of

from riskstrat.governance.small_numbers import HIDDEN, SMALL, rounded
from riskstrat.reports.page.content import as_data
from riskstrat.reports.page.write import html
from riskstrat.reports.summary.counts import add_up, count_decisions, count_people, read_list_counts
from riskstrat.reports.summary.disclosure import AddedParts, Ledger, Published, covered, publishable
from riskstrat.reports.summary.month import SummaryMonth
from riskstrat.reports.summary.report import Summary, summarise

JANUARY, FEBRUARY, MARCH = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
BOOK = {
    "practice": "A81001", "role": "gp_mdt", "team": "", "cohort": 1000, "eligible": 300, "capacity": 40, "listed": 40,
    "hidden": {"accepted": 20, "declined_by_patient": 2}, "new": 10, "continuing": 28, "returned": 2,
    "left": {"over_capacity": 9, "died_since": 1}, "kept": 9, "expected": 19.6, "expected_plain": 20.0,
}  # fmt: skip


def people(**changed: Any) -> pd.DataFrame:
    """A thousand people, a hundred at high risk; every other one is of the most deprived fifth."""
    number = np.arange(1000)
    rows = {"patient_id": [f"p{n}" for n in number], "risk": np.where(number < 100, 0.4, 0.06), "high": number < 100}
    return pd.DataFrame({**rows, **changed})


def counted(rows: pd.DataFrame, listed: set[str], held: set[str]) -> dict[str, dict[str, dict[str, float]]]:
    fifth = np.where(np.arange(len(rows)) % 2, "1 (most deprived)", "2").astype(object)
    return add_up([count_people(rows, {"deprivation": fifth}, listed, held)])


def month(day: date = FEBRUARY, listed: int = 40, **changed: Any) -> SummaryMonth:
    """A month with one practice and one role."""
    made = {
        "study": "small", "index_date": day, "facts": {}, "roles": {"gp_mdt": "GP MDT"}, "by_team": frozenset(),
        "high_risk_pct": 30.0, "people": counted(people(), {f"p{n}" for n in range(listed)}, {"p50", "p51"}),
        "groups": {"deprivation": ("1 (most deprived)", "2")}, "held_known": True,
        "list_counts": read_list_counts([BOOK]), "previous": JANUARY,
    }  # fmt: skip
    return SummaryMonth(**{**made, **changed})


def rows_of(summary: Summary, section: str, grid: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = as_data(summary.page)["sections"][section][grid]["rows"]
    return rows


def said(summary: Summary, level: str) -> str:
    return " ".join(finding.what for finding in summary.page.at_level(level))  # type: ignore[arg-type]


# ---- what may be published


@pytest.mark.parametrize(
    ("count", "before", "published"),
    [
        (40, None, 40), (3, None, "*"), (0, None, 0),
        (40, 40, 40), (46, 40, 40), (47, 40, 40), (48, 40, 50), (33, 40, 40), (32, 40, 30),
        (3, 0, "*"), (9, 0, 10), (0, "*", "*"), (12, "*", "*"), (13, "*", 15),
        (7, 10, 10), (7, 15, "*"), (0, 10, 0),
    ],
)  # fmt: skip
def test_a_count_is_published_as_it_last_was_unless_at_least_8_people_lie_between(
    count: int, before: Published | None, published: Published
) -> None:
    assert publishable(count, before) == published


def states() -> Iterator[Published]:
    return iter([0, HIDDEN, *range(10, 80, 5)])


def test_two_summaries_in_a_row_never_differ_by_fewer_than_8_people() -> None:
    for count, before in product(range(80), states()):
        now = publishable(count, before)
        if before and now != before:
            least, most = (1, SMALL) if before == HIDDEN else (int(before), int(before))
            low, high = (1, SMALL) if now == HIDDEN else (int(now), int(now))
            assert max(low - most, least - high) > SMALL, (count, before, now)


def test_what_is_published_is_near_the_truth() -> None:
    """No more than 9 people off, and a star is no more than 12."""
    for count, before in product(range(80), states()):
        now = publishable(count, before)
        assert count <= 12 if now == HIDDEN else abs(int(now) - count) <= 9, (count, before, now)


@pytest.mark.parametrize(("parts", "largest", "least_left"), [(2, 60, 6), (3, 36, 4)])
def test_a_hidden_number_cannot_be_worked_out_from_its_total_by_one_who_knows_the_rule(
    parts: int, largest: int, least_left: int
) -> None:
    cells = tuple("abc"[:parts])
    possible: dict[tuple[Published, ...], list[set[int]]] = defaultdict(lambda: [set() for _ in cells])
    for counts in product(range(largest), repeat=parts):
        single = {"total": rounded(sum(counts)), **{c: rounded(n) for c, n in zip(cells, counts, strict=True)}}
        published = tuple(covered(single, [AddedParts("total", cells)]).values())
        for cell, count in zip(possible[published], counts, strict=True):
            cell.add(count)
    whole = {p: found for p, found in possible.items() if p[0] == HIDDEN or int(p[0]) < largest - 5}
    left = [len(cell) for p, found in whole.items() for n, cell in zip(p[1:], found, strict=True) if n == HIDDEN]
    assert left
    assert min(left) == least_left


def test_a_number_that_covers_another_is_itself_covered_in_every_line() -> None:
    """Hiding a in the row would be in vain if the column gave it away."""
    row, column = AddedParts("row", ("a", "b", "c")), AddedParts("column", ("a", "d", "e"))
    single: dict[str, Published] = {"row": 15, "column": 110, "a": 10, "b": 10, "c": "*", "d": 50, "e": 50}
    found = covered(single, [row, column])
    assert [cell for cell, count in found.items() if count == HIDDEN] == ["a", "c", "d"]


def test_a_total_that_covers_another_is_not_given_away_by_its_parts() -> None:
    """Reviewed by two roles, one of them few; the other's decisions stand beside."""
    roles, decisions = AddedParts("all", ("gp", "matron")), AddedParts("matron", ("accepted", "declined"))
    single: dict[str, Published] = {"all": 30, "gp": "*", "matron": 20, "accepted": 10, "declined": 10}
    found = covered(single, [roles, decisions])
    assert [cell for cell, count in found.items() if count == HIDDEN] == ["gp", "matron", "accepted"]


def test_the_last_published_count_is_remembered_over_a_month_without_it() -> None:
    first = Ledger({})
    first.enter({"a": 20})
    second = Ledger(first.published)
    second.enter({"b": 30})
    assert Ledger(second.published).enter({"a": 26}) == {"a": 20}


# ---- what is counted


def test_people_are_counted_once_and_high_risk_on_a_list_before_a_caseload() -> None:
    found = counted(people(), {"p0", "p1", "p900"}, {"p1", "p2", "p901"})["everyone"]["everyone"]
    assert found == {
        "people": 1000, "need": pytest.approx(94), "listed": 3, "high": 100, "high_listed": 2, "high_held": 1,
    }  # fmt: skip


def test_batches_add_up_whatever_groups_each_of_them_holds() -> None:
    rows, group = people(), np.array(["a"] * 500 + [None] * 500, object)
    halves = (slice(0, 500), slice(500, 1000))
    apart = add_up(count_people(rows[one], {"x": group[one]}, {"p1"}, set()) for one in halves)
    together = add_up([count_people(rows, {"x": group}, {"p1"}, set())])
    assert set(together["x"]) == {"a", "not recorded"}
    assert apart["x"]["not recorded"] == pytest.approx(together["x"]["not recorded"])
    assert apart["everyone"]["everyone"] == pytest.approx(together["everyone"]["everyone"])


def test_a_decision_counts_for_the_list_it_was_made_on() -> None:
    listed = pd.DataFrame({"role": ["gp", "gp", "gp", "cm"], "patient_id": ["a", "b", "c", "a"]})
    decisions = pd.DataFrame(
        [
            ("gp", "a", JANUARY, "accepted"),
            ("gp", "b", JANUARY, "not_reviewed"),
            ("gp", "c", FEBRUARY, "accepted"),
            ("gp", "z", JANUARY, "accepted"),
        ],
        columns=["role", "patient_id", "index_date", "decision"],
    )
    found = count_decisions(listed, decisions, JANUARY)
    assert found.loc["gp"].to_dict() == {"listed": 3, "reviewed": 1, "not_back": 1, "accepted": 1, "not_reviewed": 1}
    assert found.loc["cm"].to_dict() == {"listed": 1, "reviewed": 0, "not_back": 1, "accepted": 0, "not_reviewed": 0}


# ---- what the page says


def test_the_answer_says_how_many_and_how_many_of_those_at_high_risk() -> None:
    answer = said(summarise(month()), "answer")
    assert "People on a list: about 40 (4 %) of about 1,000 scored." in answer
    assert "At high risk (a risk of 30 % or more): about 100. Of these, 40 % are on a list or a caseload." in answer


def test_places_are_shown_by_role_and_practice() -> None:
    numbers = {"eligible": 300, "capacity": 40, "listed": 40, "per_1000": 40.0}
    summary = summarise(month())
    assert rows_of(summary, "listed", "places") == [{"role": "GP MDT", **numbers}]
    assert rows_of(summary, "listed", "practices") == [
        {"practice": "A81001", "role": "GP MDT", "cohort": 1000, **numbers}
    ]


def test_practices_under_8_people_are_not_named() -> None:
    tiny = {**BOOK, "practice": "B99999", "cohort": 5, "eligible": 3, "capacity": 1, "listed": 1}
    summary = summarise(month(list_counts=read_list_counts([BOOK, tiny])))
    assert "B99999" not in json.dumps(as_data(summary.page)) + json.dumps(summary.published)
    row = rows_of(summary, "listed", "practices")[-1]
    assert row["practice"] == "practices under 8 people"
    assert {row["cohort"], row["listed"]} == {"*"}


def test_a_shared_capacity_is_counted_once_and_in_no_practice() -> None:
    books = [{**BOOK, "practice": practice, "team": "north", "capacity": 60} for practice in ("A81001", "A81002")]
    summary = summarise(month(list_counts=read_list_counts(books), by_team={"gp_mdt"}))
    assert rows_of(summary, "listed", "places")[0]["capacity"] == 60
    assert {row["capacity"] for row in rows_of(summary, "listed", "practices")} == {None}


def test_churn_says_who_stayed_came_and_left_and_what_staying_costs() -> None:
    row = rows_of(summarise(month()), "churn", "churn-by-role")[0]
    assert row == {
        "role": "GP MDT", "listed": 40, "continuing": 30, "new": "*", "returned": "*", "turnover_pct": 25.0,
        "left": 10, "kept": 10, "expected_pct": 98.0,
    }  # fmt: skip


def test_what_an_older_run_did_not_count_is_blank_and_not_0() -> None:
    old = {key: BOOK[key] for key in ("practice", "role", "cohort", "eligible", "capacity", "listed")}
    summary = summarise(month(list_counts=read_list_counts([old])))
    row = rows_of(summary, "churn", "churn-by-role")[0]
    assert {
        row[name] for name in ("continuing", "new", "returned", "turnover_pct", "left", "kept", "expected_pct")
    } == {None}
    assert "turnover_pct" in summary.point
    assert summary.point["turnover_pct"] is None


def test_the_first_lists_have_no_churn() -> None:
    summary = summarise(month(previous=None))
    assert "These are the first lists" in html(summary.page)
    assert "churn-by-role" not in as_data(summary.page)["sections"]["churn"]


def test_reach_sets_places_against_need_and_a_low_one_is_said_plainly() -> None:
    """All forty listed are of one of two groups with the same need."""
    odd = {f"p{n}" for n in range(1, 80, 2)}
    summary = summarise(month(people=counted(people(), odd, set())))
    reach = {row["group"]: row["reach"] for row in rows_of(summary, "reach", "reach-deprivation")}
    assert reach == {"1 (most deprived)": 2.12, "2": 0.0, "everyone": 1.0}
    assert "Low reach by deprivation fifth: 2 (0.00)" in said(summary, "warning")


def test_a_low_reach_of_a_few_people_is_no_finding() -> None:
    odd = {f"p{n}" for n in range(1, 20, 2)}
    summary = summarise(month(people=counted(people(), odd, set())))
    assert rows_of(summary, "reach", "reach-deprivation")[1]["reach"] == 0.0
    assert not summary.page.at_level("warning")


def decided(reviewed: int, back: int, listed: int = 40) -> pd.DataFrame:
    made = {"listed": listed, "reviewed": reviewed, "not_back": listed - back, "accepted": reviewed}
    return pd.DataFrame({**made, "not_reviewed": back - reviewed}, index=["gp_mdt"])


@pytest.mark.parametrize(("reviewed", "level"), [(30, "answer"), (15, "warning")])
def test_the_share_reviewed_is_of_the_lists_before(reviewed: int, level: str) -> None:
    summary = summarise(month(decided={JANUARY: decided(reviewed, 40), FEBRUARY: decided(0, 0)}))
    share = reviewed / 40 * 100
    assert f"Reviewed: {share:g} % of the places on the lists of 2026-01-01." in said(summary, level)
    assert rows_of(summary, "reviewed", "reviewed-2026-01-01")[0]["reviewed_pct"] == share
    assert "reviewed-2026-02-01" not in as_data(summary.page)["sections"]["reviewed"]


def test_decisions_that_come_in_late_cannot_be_told_apart() -> None:
    """Twenty were reviewed when January was shown, five more when February is."""
    first = summarise(month(JANUARY, previous=None, decided={JANUARY: decided(20, 20)}))
    assert rows_of(first, "reviewed", "reviewed-2026-01-01")[0]["reviewed"] == 20
    later = month(decided={JANUARY: decided(25, 25)}, before=first.published, before_date=JANUARY)
    assert rows_of(summarise(later), "reviewed", "reviewed-2026-01-01")[0]["reviewed"] == 20


def test_one_count_is_published_once_whichever_table_shows_it() -> None:
    first = summarise(month(JANUARY, listed=46, previous=None))
    again = {"before": first.published, "before_date": JANUARY, "decided": {FEBRUARY: decided(20, 20, 43)}}
    second = summarise(month(list_counts=read_list_counts([{**BOOK, "listed": 43}]), **again))
    (places,) = (row["listed"] for row in rows_of(second, "listed", "places") if row["role"] == "GP MDT")
    (back,) = (row["listed"] for row in rows_of(second, "reviewed", f"reviewed-{FEBRUARY}") if row["role"] == "GP MDT")
    assert places == back


def test_left_out_by_decision() -> None:
    rows = rows_of(summarise(month()), "left-out", "hidden")
    assert rows == [{"decision": "accepted", "gp_mdt": 20}, {"decision": "declined by patient", "gp_mdt": "*"}]


def test_the_trend_is_what_earlier_summaries_published() -> None:
    points = [{"index_date": f"2025-{n:02d}-01", "places": 10 * n, "turnover_pct": "*"} for n in range(1, 13)]
    summary = summarise(month(points=points))
    rows = rows_of(summary, "trend", "runs")
    assert [row["index_date"] for row in rows] == [f"2025-{n:02d}-01" for n in range(2, 13)] + ["2026-02-01"]
    assert [rows[0]["places"], rows[0]["turnover_pct"], rows[0]["reviewed_pct"]] == [20, "*", None]
    assert as_data(summary.page)["sections"]["trend"]["trend-lines"]["places"][-1] == 40


def numbers_in(found: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(found, dict):
        yield from [found] if "role" in found or "group" in found else []
        for one in found.values():
            yield from numbers_in(one)
    elif isinstance(found, list):
        for one in found:
            yield from numbers_in(one)


def test_every_count_of_people_is_0_or_a_star_or_a_multiple_of_5() -> None:
    summary = summarise(month(listed=43, decided={JANUARY: decided(17, 33, 43)}))
    kinds = {h.key for s in summary.page.sections for g in s.grids for h in g.headings if h.kind == "count"}
    rows = [row for row in numbers_in(as_data(summary.page)) if kinds & row.keys()]
    counts = [*summary.published.values(), *(row[key] for row in rows for key in kinds & row.keys())]
    assert len(counts) > 60
    assert [count for count in counts if count not in (HIDDEN, None) and count % 5] == []


def test_a_page_of_hostile_names_can_be_read_by_everyone() -> None:
    nasty = "<script>alert(1)</script>"
    book = {**BOOK, "practice": nasty, "hidden": {nasty: 20}, "left": {nasty: 10}}
    summary = summarise(month(study=nasty, roles={"gp_mdt": nasty}, list_counts=read_list_counts([book])))
    page = html(summary.page)
    assert nasty not in page
    assert faults_of(page) == []


# ---- the command


def test_a_summary_is_written_privately_and_made_again_it_is_the_same(a_copy: Studied, cli: Cli) -> None:
    made = cli("summary", "--study", a_copy.folder, "--json", "--force")
    assert made.exit_code == 0, made.stderr
    facts = json.loads(made.stdout)
    files = [a_copy.folder / "reports" / f"summary-{facts['index_date']}.{suffix}" for suffix in ("html", "json")]
    assert [stat.S_IMODE(path.stat().st_mode) for path in files] == [0o600, 0o600]
    before = [path.read_bytes() for path in files]
    again = cli("summary", "--study", a_copy.folder, "--index-date", facts["index_date"])
    assert "Nothing to do" in again.stderr
    assert cli("summary", "--study", a_copy.folder, "--force", "--quiet").exit_code == 0
    assert [path.read_bytes() for path in files] == before
    log = (a_copy.folder / "audit.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [entry for entry in map(json.loads, log) if entry.get("command") == "summary"]
    noted = [{Path(one["file"]).name for one in entry.get("outputs", ())} for entry in entries]
    assert noted == [{path.name for path in files}, set(), {path.name for path in files}]


def test_no_pseudonym_reaches_a_summary(a_copy: Studied, cli: Cli) -> None:
    assert cli("summary", "--study", a_copy.folder, "--quiet").exit_code == 0
    written = "".join(path.read_text(encoding="utf-8") for path in (a_copy.folder / "reports").glob("summary-*"))
    run = next(path for path in (a_copy.folder / "runs").iterdir() if (path / "lists").is_dir())
    ids = pd.read_parquet(run / "scores.parquet")["patient_id"]
    assert written
    assert [one for one in ids if one in written] == []


def test_without_lists_of_that_date_it_says_so(a_copy: Studied, cli: Cli) -> None:
    result = cli("summary", "--study", a_copy.folder, "--index-date", "2020-01-01")
    assert result.exit_code == 17
    assert "There are no lists of 2020-01-01." in result.stderr


def test_an_earlier_summary_that_cannot_be_read_stops_the_next(a_copy: Studied, cli: Cli) -> None:
    """Its numbers are what the next ones are guarded against."""
    reports = a_copy.folder / "reports"
    reports.mkdir(exist_ok=True)
    (reports / "summary-2020-01-01.json").write_text("{}", encoding="utf-8")
    result = cli("summary", "--study", a_copy.folder)
    assert result.exit_code == 16
    assert "summary-2020-01-01.json" in result.stderr
