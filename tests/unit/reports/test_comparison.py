"""Reports: nothing in them of anyone, the same in page, JSON and Parquet, and what was found said in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from tests.support.comparisons import comparison, validation
from tests.support.figures import seen
from tests.support.page_reader import Reader, faults_of

from riskstrat.evaluation.compare.results import ComparedModel, Comparison, Optimism
from riskstrat.evaluation.recalibration import WAYS
from riskstrat.evaluation.results import ALL_PEOPLE, Basis, Estimate, FigureRow, Judgement, pair, recalibrated_name
from riskstrat.governance.small_numbers import HIDDEN, NEAREST, SMALL
from riskstrat.reports.comparison.disclosure import rate, rounded_shares, unless_small
from riskstrat.reports.comparison.figures import curves_of, figures_table
from riskstrat.reports.comparison.report import comparison_report
from riskstrat.reports.page.content import Figure, Finding, Measured, Page, PageTable, as_data, format_cell
from riskstrat.reports.page.write import html

HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e{{ 7*7 }}|\n"
SECTIONS = [
    "glance", "lists", "discrimination", "calibration", "benefit", "differences", "fairness", "practices", "stability",
    "choices", "uses", "scores", "making",
]  # fmt: skip
COUNTS = ("people", "events", "listed", "both", "applicable", "fitted_on", "events_model_only", "events_reference_only")


@pytest.fixture(scope="module")
def found() -> Comparison:
    """Six variants and five scores."""
    return comparison()


@pytest.fixture(scope="module")
def made(found: Comparison) -> Page:
    """The report of it."""
    return comparison_report(found)


@pytest.fixture(scope="module")
def written(made: Page) -> str:
    """The report as HTML."""
    return html(made)


def findings(found: Comparison, level: str = "") -> str:
    """What a report says first, of one level or of all."""
    return " ".join(f"{one.what} {one.do}" for one in comparison_report(found).ordered if level in ("", one.level))


# What may be shown


def numbers(data: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number in the data of a page, with the key it stands under."""
    if isinstance(data, dict):
        for name, value in data.items():
            yield from numbers(value, f"{key}.{name}" if name in ("value", "low", "high") else name)
    elif isinstance(data, list):
        for one in data:
            yield from numbers(one, key)
    elif isinstance(data, int | float) and not isinstance(data, bool):
        yield key, data


@pytest.mark.parametrize("rows", [400, 1_500])
def test_no_count_of_people_is_small_or_exact(rows: int) -> None:
    some = comparison(rows)
    counts = [value for key, value in numbers(as_data(comparison_report(some))) if key in COUNTS]
    table = figures_table(some)
    counts += [value for name in ("people", "events") for value in table[name].to_pylist() if value is not None]
    assert len(counts) > 100
    assert {value for value in counts if value % NEAREST or 0 < value <= SMALL} == set()


def test_a_rate_is_made_of_rounded_counts(found: Comparison) -> None:
    own = seen(found.by_model["boosting"]).at_size[0]
    (shown,) = [r for r in rows_of(found, "boosting", "ppv", "gp_mdt") if r["among"] == "everyone"]
    assert shown["value"] * own.listed == pytest.approx(round(own.events / 5) * 5, abs=0.05)
    for end in ("low", "high"):
        assert shown[end] * own.listed / NEAREST == pytest.approx(round(shown[end] * own.listed / NEAREST), abs=0.01)


def test_a_rate_of_few_people_is_hidden_whatever_it_is_a_share_of() -> None:
    assert [rate(Estimate(few / 400), 400) for few in (1, 7)] == [HIDDEN, HIDDEN]
    assert isinstance(rate(Estimate(8 / 400), 400), Measured)
    assert rate(Estimate(0.0), 400) == Measured(0.0), "nobody is not a small number"
    assert rate(Estimate(0.5), 6) == HIDDEN
    assert unless_small(Estimate(0.8), 900, 5) == HIDDEN, "five without the outcome"


def test_points_of_curves_that_rest_on_few_people_are_left_out() -> None:
    some = comparison(1_500)
    own = some.by_model["boosting"]
    for record in rows_of(some, "boosting", "roc: sensitivity"):
        if record["value"] is None:
            assert record["why_none"] == "left out"
        else:
            count = record["value"] * (round(own.events / 5) * 5)
            assert round(count) % NEAREST == 0
            assert not 0 < round(count) < NEAREST
    assert np.isnan(rounded_shares(np.array([3 / 90]), 90)).all()


def test_bins_of_risk_are_made_wider_until_few_of_those_with_the_outcome_are_hidden(found: Comparison) -> None:
    wide, narrow = (curves_of(some)["boosting"]["distribution"] for some in (comparison(1_500), found))
    assert len(wide["from"]) < len(narrow["from"])
    assert np.allclose(wide["to"][:-1], wide["from"][1:])
    for curve in (wide, narrow):
        assert np.nansum(curve["with"]) == pytest.approx(1, abs=0.15)


def test_a_practice_of_few_people_is_not_named(found: Comparison) -> None:
    few = Basis("boosting", "practice: Z99999", 5, 1).measure("auroc", Estimate(None), why_none="too few")
    own = replace(found.by_model["boosting"], figures=(*found.by_model["boosting"].figures, few))
    some = replace(found, judgements=(own,))
    assert "Z99999" not in json.dumps(as_data(comparison_report(some))) + html(comparison_report(some))
    assert "Z99999" not in figures_table(some)["among"].to_pylist()


def test_what_is_undefined_is_called_undefined_and_never_0(found: Comparison) -> None:
    nothing = tuple(
        Basis("m", people=40, events=0).measure(name, Estimate(None)) for name in seen(found.by_model["boosting"]).of
    )
    one = Comparison("t", "s", (), "m", (ComparedModel("m", "M", "variant"),), (Judgement("m", "M", nothing),))
    table = figures_table(one)
    assert set(table["why_none"].to_pylist()) == {"undefined"}
    assert table["value"].null_count == table.num_rows > 0
    page = comparison_report(one)
    (grid,) = page.sections[0].grids
    assert {format_cell(cell, "number") for cell in grid.rows[0][1:-1]} == {"undefined"}
    assert "undefined" in html(page)


# The same in page, JSON and Parquet


def rows_of(found: Comparison, model: str, figure: str, at: str | None = None) -> list[dict[str, Any]]:
    """Rows of the table."""
    return [
        row
        for row in figures_table(found).to_pylist()
        if row["model"] == model and row["figure"] == figure and at in (None, row["at"])
    ]


def test_every_figure_of_the_page_is_in_the_table(found: Comparison, made: Page) -> None:
    table = figures_table(found).to_pylist()
    known = {
        tuple(None if row[end] is None else round(row[end], 6) for end in ("value", "low", "high")) for row in table
    }
    cells = [
        cell
        for s in made.sections
        for grid in s.grids
        for row in grid.rows
        for cell in row
        if isinstance(cell, Measured)
    ]
    assert len(cells) > 1_000
    for cell in cells:
        ways = [
            tuple(None if end is None else round(end / by, 6) for end in (cell.value, cell.low, cell.high))
            for by in (1, 100)
        ]
        assert set(ways) & known, cell


def test_the_series_of_every_curve_are_in_the_json_and_in_the_table(found: Comparison, made: Page) -> None:
    data = as_data(made)["sections"]["discrimination"]["roc"]
    for model in ("boosting", "lace"):
        roc = data[model]["roc"]
        rows = {row["at"]: row["value"] for row in rows_of(found, model, "roc: sensitivity")}
        assert rows == {f"{x:g}": y for x, y in zip(roc["false_positive_rate"], roc["sensitivity"], strict=True)}
    decision = as_data(made)["sections"]["benefit"]["decision-curve"]
    assert {"age alone", "boosting"} <= decision.keys()


def test_the_data_are_json(made: Page) -> None:
    assert json.loads(json.dumps(as_data(made), allow_nan=False)) == as_data(made)


def test_the_table_is_the_same_again(found: Comparison) -> None:
    assert figures_table(found).equals(figures_table(found))
    keys = [(row["model"], row["among"], row["figure"], row["at"]) for row in figures_table(found).to_pylist()]
    assert len(keys) == len(set(keys)), "a row for each figure"


# The page


def test_each_question_has_a_section(made: Page) -> None:
    assert [section.key for section in made.sections] == SECTIONS


def test_everyone_can_read_the_report(written: str) -> None:
    assert faults_of(written) == []
    assert not re.findall(r"(?i)https?:|<script|<link|<img|\bsrc=|xmlns", written)


def test_no_two_tables_or_figures_have_one_caption(made: Page) -> None:
    blocks = [block for section in made.sections for block in section.blocks]
    for kind in (PageTable, Figure):
        captions = [block.caption for block in blocks if isinstance(block, kind)]
        assert len(captions) == len(set(captions)) > 10


def test_net_benefit_is_claimed_no_further_than_it_goes_without_a_break(found: Comparison) -> None:
    own = found.by_model["boosting"]
    thresholds, everyone = np.array([0.1, 0.2, 0.3, 0.4, 0.5]), np.full(5, -1.0)

    def caption(*benefit: float) -> str:
        assert own.curves is not None
        curves = replace(own.curves, net_benefit=(thresholds, np.array(benefit), everyone))
        page = comparison_report(replace(found, judgements=(replace(own, curves=curves),)))
        return next(
            b.caption for s in page.sections for b in s.blocks if isinstance(b, Figure) and b.key == "decision-curve"
        )

    assert caption(-0.1, 0.2, 0.1, -0.1, 0.1).endswith("of 20 % to 30 %")
    assert caption(0.3, 0.2, 0.1, 0.1, 0.1).endswith("of 10 % to 50 %")
    assert "not better than reviewing everyone or nobody at any threshold" in caption(-0.1, -0.1, -0.1, 0, -0.1)


def test_every_figure_says_its_numbers_in_words(written: str) -> None:
    described = re.findall(r"<desc[^>]*>([^<]+)</desc>", written)
    assert len(described) >= 15
    assert all(re.search(r"\d", text) and len(text) > 60 for text in described)


def test_every_score_has_its_citation_and_its_caution(found: Comparison, made: Page) -> None:
    sources = as_data(made)["sections"]["scores"]["score-sources"]
    scores = [one for one in found.contestants if one.kind == "score"]
    assert len(sources) == len(scores) == 5
    for one in scores:
        assert sources[f"{one.title} ({one.name})"] == f"{one.citation} {one.caution}"


def test_no_effect_is_called_a_cause(written: str) -> None:
    assert "associations in the records, never causes" in written
    assert (
        re.findall(r"(?i)\bbecause of|\bcauses? (?!of)|\bdrives?\b|risk factor", re.sub("never causes", "", written))
        == []
    )


def test_what_there_is_nothing_of_is_left_out() -> None:
    page = comparison_report(validation())
    keys = [section.key for section in page.sections]
    assert {"differences", "stability", "choices", "uses", "scores"} & set(keys) == set()
    assert faults_of(html(page)) == []
    there = {*keys, ""}
    assert {finding.section for finding in page.findings} <= there, "no finding leads to what is not there"


def test_a_comparison_of_nothing_but_figures_has_a_report(found: Comparison) -> None:
    own = found.by_model["boosting"]
    bare = replace(
        own, curves=None, figures=tuple(row for row in own.figures if row.among == ALL_PEOPLE and not row.at)
    )
    page = comparison_report(Comparison("t", "s", (), "boosting", found.contestants[:1], (bare,)))
    assert [one.key for one in page.sections] == [
        "glance",
        "discrimination",
        "calibration",
        "stability",
        "uses",
        "making",
    ]
    assert faults_of(html(page)) == []


def hostile(rows: tuple[FigureRow, ...]) -> tuple[FigureRow, ...]:
    """Rows whose groups have names that nobody should be shown as they are."""
    places = {among: f"{HOSTILE}{place}" for place, among in enumerate(dict.fromkeys(row.among for row in rows))}
    return tuple(replace(row, among=f"{row.dimension}: {places[row.among]}") if row.level else row for row in rows)


def test_texts_from_data_are_texts(found: Comparison, written: str) -> None:
    own = found.by_model["boosting"]
    figures = hostile(own.figures)
    contestants = tuple(replace(one, title=HOSTILE, citation=HOSTILE, caution=HOSTILE) for one in found.contestants)
    some = replace(
        found, title=HOSTILE, subtitle=HOSTILE, about=((HOSTILE, HOSTILE),), notes=(HOSTILE,), contestants=contestants,
        judgements=(replace(own, figures=figures), *found.judgements[1:]),
        practices=hostile(found.practices),
    )  # fmt: skip
    page = html(comparison_report(some))
    assert faults_of(page) == []
    assert "script" not in {tag for tag, _ in Reader(page).tags}
    assert "\u202e" not in "".join(re.findall(r"<text[^>]*>([^<]*)</text>", page)), (
        "nothing in a figure turns the writing round"
    )


def test_a_model_of_any_name_has_keys_that_are_ids(found: Comparison) -> None:
    rows = tuple(replace(row, model="My model; 2") for row in found.by_model["boosting"].figures)
    named = replace(found.by_model["boosting"], model="My model; 2", figures=rows)
    one = replace(found.contestants[0], name="My model; 2")
    page = html(comparison_report(Comparison("t", "s", (), "My model; 2", (one,), (named,))))
    assert faults_of(page) == []


# What was found, in words


def estimates(found: Comparison, model: str, **figures: Estimate) -> Comparison:
    """The comparison with other figures for a model."""
    return replace(found, judgements=tuple(with_figures(one, model, **figures) for one in found.judgements))


def with_figures(one: Judgement, model: str, **figures: Estimate) -> Judgement:
    """A judgement with other figures among everyone."""
    rows = tuple(
        replace(row, estimate=figures[row.figure])
        if row.model == model and row.among == ALL_PEOPLE and row.figure in figures
        else row
        for row in one.figures
    )
    return replace(one, figures=rows)


def difference(found: Comparison, first: str, figure: str, at: str, estimate: Estimate, p: float) -> Comparison:
    """The comparison with another difference from the reference."""
    basis = Basis(pair(first, found.reference))
    rows = (
        basis.measure(f"difference in {figure}", estimate, at),
        basis.measure(f"p of the difference in {figure}", Estimate(p), at),
    )
    return replace(found, differences=(*found.differences, *rows))


PLACE = "gp_mdt (by practice)"


def test_the_first_thing_said_is_who_leads_at_the_capacity_and_whether_by_chance(found: Comparison) -> None:
    by_chance = difference(found, "ensemble", "ppv", PLACE, Estimate(0.024, -0.042, 0.09), 0.478)
    said_first = findings(by_chance, "answer")
    assert re.search(
        r"gp_mdt lists drawn by each practice, ensemble is best: \d+ % \(\d+ to \d+\) of listed patients", said_first
    )
    assert "Chance can explain the difference: 2.4 (-4.2 to 9.0) percentage points; p = 0.478" in said_first
    surely = difference(found, "ensemble", "ppv", PLACE, Estimate(0.08, 0.02, 0.14), 0.0004)
    assert "The difference is more than chance: 8.0 (2.0 to 14.0) percentage points; p < 0.001" in findings(
        surely, "answer"
    )
    assert "was not tested" in findings(replace(found, differences=()), "answer")


def test_one_model_alone_is_said_to_be_as_good_as_it_is() -> None:
    said_first = findings(validation(), "answer")
    assert re.search(
        r"With gp_mdt lists drawn by each practice, \d+ % .* of the patients listed by default", said_first
    )


def test_calibration_that_holds_is_said_to_hold(found: Comparison) -> None:
    some = estimates(found, "boosting", o_e=Estimate(1.01, 0.96, 1.06), calibration_slope=Estimate(0.97, 0.9, 1.04))
    assert "Calibration is good: 101 people had the outcome for every 100 expected by boosting" in findings(
        some, "answer"
    )
    assert findings(some, "error") == ""
    wide = estimates(found, "boosting", o_e=Estimate(1.01, 0.6, 1.5), calibration_slope=Estimate(0.97, 0.9, 1.04))
    assert "Calibration is good" not in findings(wide)
    assert "There is no sign of poor calibration" in findings(wide, "answer")


def test_calibration_that_is_lost_is_an_error_with_what_would_mend_it() -> None:
    page = comparison_report(validation())
    (error,) = page.at_level("error")
    assert page.ordered[0] == error
    assert re.search(r"Calibration is poor\. 6\d people had the outcome for every 100 expected by default", error.what)
    assert "risks are too high" in error.what
    assert re.search(r"by intercept and slope, observed/expected is 1\.00 .* changes from 0\.0\d+ to 0\.00\d", error.do)
    assert error.section == "calibration"


@pytest.mark.parametrize(
    ("o_e", "slope", "said_of_it"),
    [
        (Estimate(1.31, 1.2, 1.42), Estimate(1.0, 0.9, 1.1), "risks are too low"),
        (Estimate(1.0, 0.95, 1.05), Estimate(0.6, 0.5, 0.7), "spread too widely"),
        (Estimate(1.0, 0.95, 1.05), Estimate(1.5, 1.3, 1.7), "too close together"),
    ],
)
def test_it_is_said_in_which_way_risks_are_wrong(
    found: Comparison, o_e: Estimate, slope: Estimate, said_of_it: str
) -> None:
    text = findings(estimates(found, "boosting", o_e=o_e, calibration_slope=slope), "error")
    assert text.startswith("Calibration is poor.")
    assert said_of_it in text
    assert "`riskstrat validate`" in text, "nothing was tried that would mend it"


def test_calibration_is_in_doubt_where_the_interval_holds_1(found: Comparison) -> None:
    some = estimates(found, "boosting", o_e=Estimate(0.85, 0.7, 1.03))
    assert findings(some, "error") == ""
    assert (
        "Calibration is uncertain: observed/expected is 0.85 (0.70 to 1.03); the accepted range is 0.9 to 1.1."
        in findings(some, "warning")
    )


def test_a_recalibration_that_mends_nothing_is_not_advised() -> None:
    some = validation()
    (own,) = some.judgements
    for option in WAYS:
        own = with_figures(own, recalibrated_name("default", option), o_e=Estimate(0.7, 0.65, 0.75))
    text = findings(replace(some, judgements=(own,)), "error")
    assert "No recalibration corrects both figures" in text
    assert "Train again" in text


def with_events(own: Judgement, events: int) -> Judgement:
    """A judgement on people of whom so many had the outcome."""
    return replace(own, figures=tuple(replace(row, events=events) for row in own.figures))


def test_too_few_outcomes_are_said_with_the_number(found: Comparison) -> None:
    own = found.by_model["boosting"]
    few = replace(found, judgements=(with_events(own, 64),))
    assert re.search(r"Only 65 of about 12,000 people tested had the outcome", findings(few, "warning"))
    some = replace(found, judgements=(with_events(own, 150),))
    assert "Only 150 of about 12,000 people tested had" in findings(some, "note")
    assert "Only" not in findings(found)


def test_a_split_by_people_is_said_to_show_nothing_of_time(found: Comparison) -> None:
    assert "does not show how a model performs over time" in findings(replace(found, split="people"), "warning")
    assert "does not show how a model performs over time" not in findings(found)


def test_ranking_too_good_to_be_true_is_suspected_of_leakage(found: Comparison) -> None:
    text = findings(estimates(found, "boosting", auroc=Estimate(0.913, 0.9, 0.92)), "warning")
    assert "AUROC above 0.85" in text
    assert "boosting 0.913" in text
    assert "a column that contains the outcome" in text


def test_a_group_for_whom_it_is_worse_is_named(found: Comparison) -> None:
    own = found.by_model["boosting"]
    groups = {
        "care home: in a care home": (Estimate(0.61, 0.57, 0.65), Estimate(1.32, 1.15, 1.5)),
        "sex: female": (Estimate(0.7, 0.6, 0.8), Estimate(1.05, 0.9, 1.2)),
        "age: 85 and over": (Estimate(0.6, 0.5, 0.65), Estimate(1.0, 0.9, 1.1)),
    }
    rows = [row for row in own.figures if not row.level]
    for among, estimates_ in groups.items():
        basis = Basis("boosting", among, 900, 300)
        rows += [basis.measure(figure, one) for figure, one in zip(("auroc", "o_e"), estimates_, strict=True)]
    text = findings(replace(found, judgements=(replace(own, figures=tuple(rows)),)), "warning")
    assert (
        "ranks some groups worse than everyone (AUROC 0.75): care home: in a care home 0.610 (0.570 to 0.650)." in text
    )
    assert (
        "gives wrong risks for some groups (observed/expected): care home: in a care home 1.32 (1.15 to 1.50)." in text
    )
    assert "female" not in text
    assert "85 and over" not in text, "within an age band all rank worse"


def test_a_simpler_model_that_is_as_good_is_preferred(found: Comparison) -> None:
    alike = difference(found, "logistic", "auroc", "", Estimate(-0.002, -0.01, 0.006), 0.6)
    alike = difference(alike, "logistic", "ppv", PLACE, Estimate(0.01, -0.05, 0.07), 0.7)
    assert "boosting is not better than logistic by more than chance: the difference in AUROC is 0.002" in findings(
        alike, "note"
    )
    assert "Prefer the simpler model" in findings(alike, "note")
    worse = difference(found, "logistic", "auroc", "", Estimate(-0.03, -0.04, -0.02), 0.0001)
    assert "not better than logistic" not in findings(worse)
    age = difference(found, "age_sex", "auroc", "", Estimate(-0.002, -0.01, 0.006), 0.6)
    age = difference(age, "age_sex", "ppv", PLACE, Estimate(0.01, -0.05, 0.07), 0.7)
    assert "Find out why before you use it" in findings(age, "warning")


def test_optimism_and_age_are_said_apart(found: Comparison) -> None:
    def with_optimism(apparent: float, unseen: float, later: float) -> Comparison:
        own = Optimism(Estimate(apparent), Estimate(unseen), Estimate(later))
        return replace(
            found, contestants=(replace(found.contestants[0], optimism=own),), judgements=found.judgements[:1]
        )

    assert "Never quote figures on the people fitted on" in findings(with_optimism(0.86, 0.76, 0.75), "note")
    assert "Patients or records may have changed" in findings(with_optimism(0.77, 0.76, 0.70), "warning")
    assert "AUROC falls" not in findings(with_optimism(0.77, 0.76, 0.75))


def test_what_the_comparison_has_to_say_is_said(found: Comparison) -> None:
    notes = [
        one
        for one in comparison_report(found).at_level("note")
        if one in [Finding("note", text, "", "making") for text in found.notes]
    ]
    assert len(notes) == len(found.notes) == 2
