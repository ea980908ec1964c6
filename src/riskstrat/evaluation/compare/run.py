"""A comparison: variants trained and scores recalibrated on the same people, judged at the same test date."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from riskstrat.errors import NothingToDoError
from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.compare.choices import Experiment, deaths, horizons, management
from riskstrat.evaluation.compare.importance import importance
from riskstrat.evaluation.compare.published_scores import as_rival, risk_by, usable
from riskstrat.evaluation.compare.results import ComparedModel, Comparison
from riskstrat.evaluation.compare.stability import held_out_practices, learning_curve, optimism_of
from riskstrat.evaluation.paired import differences, overlaps
from riskstrat.evaluation.people import People
from riskstrat.features import ClinicalScore, Feature
from riskstrat.modelling import (
    Splits,
    TrainedVariant,
    TrainingData,
    Variant,
    has_enough_outcomes,
    material,
    no_tick,
    offered_to,
    train_variant,
)
from riskstrat.study import CompareSettings, ModelSettings
from riskstrat.tables import Floats
from riskstrat.wording import plural

_AGE = "age"
AGE_ALONE = "age alone"
Say = Callable[[str], None]
_Tick = Callable[[float], None]


@dataclass(frozen=True)
class ComparisonSetup:
    """Which models are compared, and how.

    Parameters
    ----------
    variants : sequence of Variant
        They include the reference, the study's own variant.
    features : sequence of Feature
        The features of the columns.
    """

    variants: Sequence[Variant]
    scores: Sequence[ClinicalScore]
    reference: str
    features: Sequence[Feature]
    model: ModelSettings
    compare: CompareSettings


@dataclass(frozen=True)
class ComparisonRun:
    """The risks that each model gives the test people, and how it was made."""

    contestants: list[ComparedModel]
    risks: dict[str, Floats]
    trained: dict[str, TrainedVariant]
    notes: list[str]


def compare_models(
    dated: Splits, people: People, entrants: ComparisonSetup, say: Say, tick: _Tick = no_tick, **words: Any
) -> tuple[Comparison, dict[str, TrainedVariant]]:
    """Train, recalibrate and judge every model of a comparison.

    Parameters
    ----------
    people : People
        People of the test date.
    say : callable
        Receives a message about each step.
    tick : callable
        Counts each fit of a variant.
    **words
        title, subtitle, about, notes and test_date of the `Comparison`.

    Returns
    -------
    (Comparison, dict of str to TrainedVariant)
        The results, and the trained variants.

    Raises
    ------
    NothingToDoError
        If the data have none of the reference's columns.
    """
    test_date, notes = words.pop("test_date", ""), words.pop("notes", ())
    given = material(dated, entrants.model.case_managed)
    ran = _run(given, people, entrants, say, tick)
    if entrants.reference not in ran.trained:
        do = "Choose another variant or other feature groups, or supply the columns it uses."
        raise NothingToDoError(f"The data have no columns for the variant {entrants.reference}.", advice=do)
    titles = {one.name: one.title for one in ran.contestants}
    seed, repeats = entrants.model.seed, entrants.compare.repeats
    say(f"Judging {plural(len(ran.risks), 'model')} on {len(people.y):,} people")
    bounds = (entrants.compare.thresholds_pct[0] / 100, entrants.compare.thresholds_pct[1] / 100)
    judged = judge(people, ran.risks, titles, repeats=repeats, seed=seed, thresholds=bounds)
    found = Comparison(
        reference=entrants.reference,
        contestants=tuple(one for one in ran.contestants if one.name != AGE_ALONE),
        judgements=tuple(judged),
        split=dated.split,
        differences=tuple(differences(people, ran.risks, entrants.reference, repeats=repeats, seed=seed)),
        overlaps=tuple(overlaps(people, ran.risks, entrants.reference)),
        notes=(*notes, *ran.notes),
        **words,
    )
    own = ran.trained[entrants.reference]
    if not has_enough_outcomes(given):
        few = "Too few outcomes for a learning curve, practices held out and effects of choices."
        return replace(found, notes=(*found.notes, few)), ran.trained
    asked = Experiment(own.variant, own.settings, seed, dated, people, entrants.model.case_managed)
    return _with_experiments(found, asked, given, own, entrants.compare, say, test_date), ran.trained


def _run(given: TrainingData, people: People, entrants: ComparisonSetup, say: Say, tick: _Tick) -> ComparisonRun:
    ran = ComparisonRun([], {}, {}, [])
    for variant in entrants.variants:
        _enter(variant, given, people, entrants, ran, say, tick)
    for score in entrants.scores:
        _enter_score(score, given, people, entrants, ran)
    age = given.calibrate.value(_AGE)
    if age is not None and usable(age, given.calibrate):
        ran.contestants.append(ComparedModel(AGE_ALONE, "Age alone, recalibrated", "score", 1))
        ran.risks[AGE_ALONE] = risk_by(age, given.calibrate, _column(given, _AGE))
    return ran


def _column(given: TrainingData, name: str) -> np.ndarray:
    values = given.test.value(name)
    if values is None:
        raise KeyError(name)
    return values


def _enter(
    variant: Variant,
    given: TrainingData,
    people: People,
    entrants: ComparisonSetup,
    ran: ComparisonRun,
    say: Say,
    tick: _Tick,
) -> None:
    """Train a variant, unless the data have none of its columns."""
    if not offered_to(variant, given.fit.columns):
        ran.notes.append(f"{variant.name} is not compared: the data have none of its columns.")
        return
    say(f"Fitting {variant.name}")
    trained = train_variant(variant, given, entrants.model.seed, entrants.model.search, tick)
    risk = trained.risk(given.test)
    if entrants.model.monotone and not variant.monotone:
        ran.notes.append(f"{variant.name} does not support monotone constraints and is fitted without them.")
    matters, shapes = importance(trained, given.test, entrants.features, entrants.model.seed)
    ran.contestants.append(
        ComparedModel(
            variant.name, variant.title, "variant", len(trained.used), trained.settings, trained.tried,
            optimism_of(trained, given, people, risk), matters, shapes,
        )
    )  # fmt: skip
    ran.risks[variant.name], ran.trained[variant.name] = risk, trained


def _enter_score(
    score: ClinicalScore, given: TrainingData, people: People, entrants: ComparisonSetup, ran: ComparisonRun
) -> None:
    points = given.calibrate.value(score.name)
    if points is None or not usable(points, given.calibrate):
        why = "its columns are absent" if points is None else "it is the same for everyone"
        ran.notes.append(f"{score.name} is not compared: {why}.")
        return
    asked = _column(given, score.name)
    ran.contestants.append(as_rival(score, asked, people, entrants.compare.repeats, entrants.model.seed))
    ran.risks[score.name] = risk_by(points, given.calibrate, asked)


def _with_experiments(
    found: Comparison,
    asked: Experiment,
    given: TrainingData,
    own: TrainedVariant,
    compare: CompareSettings,
    say: Say,
    day: str,
) -> Comparison:
    """Add learning curve, practices held out and effects of choices, for the reference only."""
    name = own.variant.name
    if compare.learning_curve:
        say(f"Learning curve of {name}")
        found = replace(found, learning=tuple(learning_curve(own, given, asked.people, asked.seed)))
    if compare.hold_out_practices > 1 and len(set(given.test.practice)) > 1:
        say(f"Testing {name} on practices held out")
        held = held_out_practices(own, given, asked.people, asked.seed, compare.hold_out_practices)
        found = replace(found, practices=tuple(held))
    if compare.effects:
        say(f"Effects of choices on {name}")
        found = replace(found, deaths=tuple(deaths(asked)), management=tuple(management(asked)))
    if windows := [days for days in compare.horizons if days <= asked.dated.test.labels.settings.days]:
        say(f"Other outcome windows for {name}")
        tried = tuple(horizons(asked, windows, day))
        few = [f"{days} days" for days in windows if days not in {one.days for one in tried}]
        untried = (f"Outcome windows with too few outcomes: {', '.join(few)}.",) if few else ()
        found = replace(found, horizons=tried, notes=(*found.notes, *untried))
    return found
