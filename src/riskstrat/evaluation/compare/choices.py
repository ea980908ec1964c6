"""Effects of the choices in making a model: death before the outcome, case-managed patients, and the outcome window.

Decision
--------
Each choice is tried with the study's variant and its chosen settings, with one fit on two thirds of the people
(`modelling.fit_once`), so that results differ only by the choice. A choice about death is judged by its own definition
of the outcome. Choices about case-managed patients are all judged on patients who are not case-managed, whose outcomes
no team has changed. Windows of other lengths are tried on the same index dates. A choice with too few outcomes is not
tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import get_args

import numpy as np

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.compare.results import ChoiceEffect, Horizon
from riskstrat.evaluation.people import People
from riskstrat.evaluation.results import Basis, FigureRow, FigureTable, among_everyone
from riskstrat.evaluation.standard_errors import share
from riskstrat.modelling import (
    FEWEST,
    Labels,
    Splits,
    TrainingData,
    Variant,
    VariantSettings,
    fit_once,
    has_enough_outcomes,
    material,
)
from riskstrat.study import CaseManaged, CompetingDeath, OutcomeDays
from riskstrat.tables import Floats

_REPEATS = 100


@dataclass(frozen=True)
class Experiment:
    """The variant, settings and people with which choices are tried."""

    variant: Variant
    settings: VariantSettings
    seed: int
    dated: Splits
    people: People
    managed: CaseManaged

    def risk(self, given: TrainingData) -> Floats:
        """Predict risks of the test people with one fit."""
        return fit_once(self.variant, given, self.seed, self.settings)

    @cached_property
    def own(self) -> Floats:
        """Risks of the test people by the study's own choices, fitted once."""
        return self.risk(material(self.dated, self.managed))


def deaths(asked: Experiment) -> Iterator[ChoiceEffect]:
    """Try each choice about patients who die before the event; nothing where nobody did."""
    labels = asked.dated.test.labels
    chosen = labels.settings.competing_death
    if not labels.died_first.any() or labels.settings.event == "unplanned_admission_or_death":
        return
    for choice in sorted(get_args(CompetingDeath), key=lambda one: one != chosen):
        tried = asked.dated.relabelled(partial(Labels.if_death_were, choice=choice))
        given = material(tried, asked.managed)
        if not has_enough_outcomes(given):
            continue
        risk = asked.own if choice == chosen else asked.risk(given)
        seen = replace(asked.people, y=tried.test.outcome, weight=tried.test.labels.weight())
        model = f"{asked.variant.name}, death: {choice}"
        figures = _effect(model, given, _figures(model, seen, risk), _listed(asked, risk))
        yield ChoiceEffect(choice, choice == chosen, model, figures)


def management(asked: Experiment) -> Iterator[ChoiceEffect]:
    """Try each choice about case-managed patients; nothing where there are fewer than 10."""
    if asked.dated.fit.labels.managed.sum() < FEWEST:
        return
    unmanaged = ~asked.dated.test.labels.managed
    for choice in sorted(get_args(CaseManaged), key=lambda one: one != asked.managed):
        given = material(asked.dated, choice)
        if not has_enough_outcomes(given):
            continue
        risk = asked.own if choice == asked.managed else asked.risk(given)
        model = f"{asked.variant.name}, case-managed: {choice}"
        figures = _figures(model, asked.people.only(unmanaged), risk[unmanaged])
        yield ChoiceEffect(choice, choice == asked.managed, model, _effect(model, given, figures, _listed(asked, risk)))


def horizons(asked: Experiment, windows: Sequence[OutcomeDays], test_date: str) -> Iterator[Horizon]:
    """Try outcome windows of other lengths."""
    for days in windows:
        tried = asked.dated.relabelled(partial(Labels.in_days, days=days))
        given = material(tried, asked.managed)
        if not has_enough_outcomes(given):
            continue
        risk = asked.own if days == asked.dated.test.labels.settings.days else asked.risk(given)
        labels = tried.test.labels
        seen = replace(asked.people, y=labels.outcome, admissions=labels.events, weight=labels.weight())
        model = f"{asked.variant.name}, {days} days"
        yield Horizon(days, test_date, model, _figures(model, seen, risk))


def _figures(model: str, people: People, risk: Floats) -> tuple[FigureRow, ...]:
    (found,) = judge(people, {model: risk}, {}, repeats=_REPEATS, seed=0, full=())
    return among_everyone(found.figures)


@dataclass(frozen=True)
class _Listed:
    """Patients listed at the first list size: in total, as by the study's choice, died first, already managed."""

    size: int
    same: int
    died: int
    managed: int


def _listed(asked: Experiment, risk: Floats) -> _Listed:
    size, labels = next(iter(asked.people.sizes.values())), asked.dated.test.labels
    listed, before = (np.argsort(-values, kind="stable")[:size] for values in (risk, asked.own))
    died, managed = labels.died_first[listed].sum(), labels.managed_before[listed].sum()
    return _Listed(size, len(np.intersect1d(listed, before)), int(died), int(managed))


def _effect(model: str, given: TrainingData, figures: tuple[FigureRow, ...], listed: _Listed) -> tuple[FigureRow, ...]:
    """Add how many it was fitted on, and whom it lists at the first list size."""
    basis, table = Basis(model), FigureTable(figures)
    fitted = (
        basis.count("fitted on", given.fit.rows),
        basis.count("with the outcome, fitted on", int(given.fit.outcome.sum())),
    )
    at = table.places(model, "listed")[0]
    of = table.estimate(model, "listed", at).value or 0
    parts = {"same_listed": listed.same, "deaths_listed": listed.died, "managed_listed": listed.managed}
    shares = (basis.share(name, share(part, listed.size), of, at) for name, part in parts.items())
    return (*figures, *fitted, *shares)
