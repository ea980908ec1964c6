"""The data of every section: the comparison, its figures with small numbers hidden, and which models stand out.

Decision
--------
Eleven lines in eleven colours are unreadable. A drawing shows at most four models in colour, with a label: the
reference (the study's own model), the best of the others, the simplest baseline, and the best published score. The
rest are grey. Tables show all of them, ordered by AUROC.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from riskstrat.evaluation import (
    ALL_PEOPLE,
    OPTIMISM,
    WAYS,
    ComparedModel,
    Comparison,
    Estimate,
    FigureRow,
    Judgement,
    pair,
    recalibrated_name,
)
from riskstrat.reports.comparison.disclosure import ShownFigure, ShownTable
from riskstrat.reports.comparison.drawings.lines import Dash, PlotLine
from riskstrat.reports.comparison.figures import DrawnCurves, curves_of
from riskstrat.reports.comparison.labels import BY_PRACTICE, PRACTICE_DIMENSION, TOP, cell_of, told
from riskstrat.reports.page.content import Cell, Measured

Role = Literal["main", "rival", "simple", "score", "quiet"]
COLOUR_OF: Mapping[Role, str] = {"main": "main", "rival": "green", "simple": "none", "score": "high", "quiet": "quiet"}
DASH_OF: Mapping[Role, Dash] = {"main": "solid", "rival": "long", "simple": "short", "score": "dots", "quiet": "solid"}
_NOT_RECORDED, UNDER = "not recorded", "under "
SIMPLEST = "age_sex"
PairedDifference = tuple[Estimate, float | None]
"""A difference, and the p value of none."""


@dataclass(frozen=True)
class ReportView:
    """A comparison, ready to be shown."""

    found: Comparison

    @cached_property
    def table(self) -> ShownTable:
        """Every figure, with small numbers hidden."""
        return ShownTable(self.found.figures)

    @cached_property
    def curves(self) -> DrawnCurves:
        """Every curve by model and name, with small numbers hidden."""
        return curves_of(self.found)

    @property
    def reference(self) -> str:
        """The model that the others are compared with."""
        return self.found.reference

    @property
    def own(self) -> Judgement:
        """The results of the reference."""
        return self.found.by_model[self.reference]

    @cached_property
    def recalibrations(self) -> Mapping[str, str]:
        """The recalibrations of the reference that were tested, with the model name of each."""
        names = {option: recalibrated_name(self.reference, option) for option in WAYS}
        return {one: name for one, name in names.items() if self.found.figures.row(name, "auroc") is not None}

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The list sizes at which the reference was tested."""
        return self.found.figures.places(self.reference, "listed")

    @property
    def size(self) -> str | None:
        """The list size that the report quotes: the study's own capacity, by practice as teams receive lists.

        Without a capacity, the middle size; None where there are no lists.
        """
        own = [size for size in self.sizes if not size.startswith(TOP)]
        by_practice = [size for size in own if size.endswith(BY_PRACTICE)]
        return (by_practice or own or self.sizes[len(self.sizes) // 2 :] or (None,))[0]

    @property
    def group_size(self) -> str | None:
        """The list size at which subgroups are compared: the first, drawn from everyone."""
        return self.sizes[0] if self.sizes else None

    @cached_property
    def by_name(self) -> Mapping[str, ComparedModel]:
        """Compared models by name."""
        return {one.name: one for one in self.found.contestants}

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The tested models, best AUROC first, without the baseline for decision curves."""
        there = [one.model for one in self.found.judgements if one.model in self.by_name]
        return tuple(sorted(there, key=lambda model: -self.worth(model, "auroc")))

    def every(self, what: str) -> str:
        """Write the caption of a table of all models, or of the only one."""
        return f"{what} of every model" if len(self.models) > 1 else f"{what} of {self.reference}"

    @cached_property
    def baselines(self) -> tuple[str, ...]:
        """Models tested for the decision curve alone."""
        return tuple(one.model for one in self.found.judgements if one.model not in self.by_name)

    def worth(self, model: str, figure: str, at: str = "") -> float:
        """Return a figure for sorting models; -1 where it is not a number."""
        number = self.number(model, figure, at)
        return -1.0 if number is None else number.value

    def scores(self) -> tuple[str, ...]:
        """List the published scores, the best first."""
        return tuple(model for model in self.models if self.by_name[model].kind == "score")

    @cached_property
    def rival(self) -> str | None:
        """The best of the other models at the study's capacity; by AUROC where there are no lists."""
        others = [model for model in self.models if model != self.reference]
        figure, at = ("ppv", self.size) if self.size else ("auroc", "")
        return max(others, key=lambda model: self.worth(model, figure, at or ""), default=None)

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """How each tested model is drawn."""
        found: dict[str, Role] = dict.fromkeys((*self.models, *self.baselines), "quiet")
        best = self.scores()[:1]
        simple = [SIMPLEST] if SIMPLEST in found else list(self.baselines[:1])
        by_role: dict[Role, list[str | None]] = {
            "score": [*best],
            "simple": [*simple],
            "rival": [self.rival],
            "main": [self.reference],
        }
        for role, names in by_role.items():
            found.update({name: role for name in names if name is not None and name in found})
        return found

    def standing_out(self) -> tuple[str, ...]:
        """List the models that are drawn in colour, the reference first."""
        order: tuple[Role, ...] = ("main", "rival", "simple", "score")
        return tuple(name for role in order for name, own in self.roles.items() if own == role)

    def auroc_lost(self, model: str, before: str, after: str) -> float | None:
        """Return how much AUROC a variant loses between two steps; None where one is undefined."""
        first, second = (self.number(model, OPTIMISM[name]) for name in (before, after))
        return None if first is None or second is None else first.value - second.value

    def line(self, model: str, curve: str, column: str, text: str = "") -> PlotLine:
        """Return a curve of a model, styled by its role."""
        found, role = self.curves[model][curve], self.roles[model]
        width = {"main": 2.2, "quiet": 0.8}.get(role, 1.5)
        name = "" if role == "quiet" else f"{model}{text}"
        return PlotLine(name, found[found.x], found[column], COLOUR_OF[role], DASH_OF[role], width)

    def groups(self, model: str, practices: bool = False) -> list[FigureRow]:
        """List the subgroups of a model, or its practices, by dimension and name."""
        found = [one for one in self.found.by_model[model].groups if (one.dimension == PRACTICE_DIMENSION) == practices]
        dimensions = list(dict.fromkeys(one.dimension for one in found))
        return sorted(found, key=lambda one: (dimensions.index(one.dimension), _place(one.level)))

    def difference(self, first: str, second: str, figure: str, at: str = "") -> PairedDifference | None:
        """Return a paired difference and its p value, with the sign for this order; None if not computed."""
        for name, sign in ((pair(first, second), 1), (pair(second, first), -1)):
            found = self.found.figures.row(name, f"difference in {figure}", at)
            if found is not None:
                p = self.found.figures.estimate(name, f"p of the difference in {figure}", at).value
                return found.estimate if sign > 0 else _turned(found.estimate), p
        return None

    def shown(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> ShownFigure:
        """Return a figure with small numbers hidden; "undefined" where there is none."""
        return self.table.cell(model, figure, at, among)

    def cell(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> Cell:
        """Return a figure as a cell of a table."""
        return cell_of(figure, self.shown(model, figure, at, among))

    def told(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> str:
        """Write a figure in a sentence."""
        return told(figure, self.shown(model, figure, at, among))

    def number(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> Measured | None:
        """Return a figure if it is a number that may be shown."""
        found = self.shown(model, figure, at, among)
        return found if isinstance(found, Measured) else None


def _place(level: str) -> tuple[bool, bool, str]:
    """Sort levels by name: "under 50" before "50 to 64", "not recorded" last."""
    return level == _NOT_RECORDED, not level.startswith(UNDER), level


def _turned(one: Estimate) -> Estimate:
    return Estimate(*(None if end is None else -end for end in (one.value, one.high, one.low)))
