"""What every section of a report is made from: the comparison, its figures as they may be shown, and who stands out.

Decision
--------
Eleven lines in eleven colours say nothing. A drawing shows at most four models in colour and with a label at the line
itself: the reference (the study's own model), the best of the others, the simplest baseline, and the best published
score. The rest are grey. Tables show all of them, in the order of their AUROC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

from riskstrat.evaluation import ComparedModel, Comparison, Difference
from riskstrat.reports.comparison.figures import ALL_PEOPLE, DrawnCurves, FigureIndex, book_of, curves_of
from riskstrat.reports.comparison.labels import BY_PRACTICE, TOP, cell_of
from riskstrat.reports.page.content import Cell, Measured

Role = Literal["main", "rival", "simple", "score", "quiet"]
COLOUR_OF: Mapping[Role, str] = {
    "main": "main",
    "rival": "green",
    "simple": "none",
    "score": "high",
    "quiet": "quiet",
}
SIMPLEST = "age_sex"


@dataclass(frozen=True)
class ReportView:
    """A comparison, ready to be shown."""

    found: Comparison

    @cached_property
    def book(self) -> FigureIndex:
        """Every figure as it may be shown."""
        return book_of(self.found)

    @cached_property
    def curves(self) -> DrawnCurves:
        """Every curve as it may be shown, by model and name."""
        return curves_of(self.found)

    @property
    def reference(self) -> str:
        """The model that others are set against."""
        return self.found.reference

    @cached_property
    def sizes(self) -> tuple[str, ...]:
        """The list sizes, as the reference was judged at them."""
        own = self.found.by_model.get(self.reference)
        return tuple(at.name for at in own.figures.at_size) if own is not None else ()

    @property
    def size(self) -> str | None:
        """The list size that the report speaks of: the study's own capacity, by practice as lists reach teams.

        Without one, the middle of the sizes; None where there is none.
        """
        own = [size for size in self.sizes if not size.startswith(TOP)]
        by_practice = [size for size in own if size.endswith(BY_PRACTICE)]
        return (by_practice or own or self.sizes[len(self.sizes) // 2 :] or (None,))[0]

    @property
    def group_size(self) -> str | None:
        """The list size that subgroups are judged at: the first, drawn from everyone."""
        return self.sizes[0] if self.sizes else None

    @cached_property
    def by_name(self) -> Mapping[str, ComparedModel]:
        """Contestants by name."""
        return {one.name: one for one in self.found.contestants}

    @cached_property
    def models(self) -> tuple[str, ...]:
        """The models that were judged, the best by AUROC first; the baseline for decision curves is none of them."""
        there = [one.model for one in self.found.judgements if one.model in self.by_name]
        return tuple(sorted(there, key=lambda model: -self.worth(model, "auroc")))

    def every(self, what: str) -> str:
        """The caption of a table of all models, or of the one there is."""
        return f"{what} of every model" if len(self.models) > 1 else f"{what} of {self.reference}"

    @cached_property
    def baselines(self) -> tuple[str, ...]:
        """Judged for the decision curve alone."""
        return tuple(one.model for one in self.found.judgements if one.model not in self.by_name)

    def worth(self, model: str, figure: str, at: str = "") -> float:
        """A figure to put models in order by; -1 where it is no number."""
        number = self.book.number(model, figure, at)
        return -1.0 if number is None else number.value

    def scores(self) -> tuple[str, ...]:
        """The published scores, the best first."""
        return tuple(model for model in self.models if self.by_name[model].kind == "score")

    @cached_property
    def rival(self) -> str | None:
        """The best of the others at the first list size; by AUROC where there is none."""
        others = [model for model in self.models if model != self.reference]
        figure, at = ("ppv", self.size) if self.size else ("auroc", "")
        return max(others, key=lambda model: self.worth(model, figure, at or ""), default=None)

    @cached_property
    def roles(self) -> Mapping[str, Role]:
        """What each judged model is drawn as."""
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
        """The models that are drawn in colour, the reference first."""
        order: tuple[Role, ...] = ("main", "rival", "simple", "score")
        return tuple(name for role in order for name, own in self.roles.items() if own == role)

    def difference(self, first: str, second: str, figure: str, at: str = "") -> Difference | None:
        """A paired difference, turned round where it was taken the other way."""
        for one in self.found.differences:
            if one.figure == figure and one.at == at and {one.first, one.second} == {first, second}:
                return one if one.first == first else _turned(one)
        return None

    def cell(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> Cell:
        """A figure as a cell of a table."""
        return cell_of(figure, self.book.cell(model, figure, at, among))

    def number(self, model: str, figure: str, at: str = "", among: str = ALL_PEOPLE) -> Measured | None:
        """A figure if it is a number that may be shown."""
        return self.book.number(model, figure, at, among)


def _turned(one: Difference) -> Difference:
    value, low, high = (
        None if end is None else -end for end in (one.estimate.value, one.estimate.high, one.estimate.low)
    )
    return replace(
        one, first=one.second, second=one.first, estimate=replace(one.estimate, value=value, low=low, high=high)
    )
