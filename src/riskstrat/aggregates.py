"""What may be asked of the tables: columns that must be there, and aggregates to be compiled into one pass a table."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from riskstrat.codes import CodeSet
from riskstrat.windows import Lookback

if TYPE_CHECKING:
    import narwhals as nw


Carried = Mapping[str, Collection[str]]


def unmet(needs: Iterable[str], carried: Carried) -> list[str]:
    """The needs that no extract meets.

    Parameters
    ----------
    needs : iterable of str
        ``table.column``, ``table`` for any of its columns, or some of these with `` or `` between them.
    carried : mapping of str to collection of str
        For each canonical table of a store, the columns that some extract supplied.

    Examples
    --------
    >>> unmet(("episodes.end_date or episodes.start_date", "episodes.provider", "deaths"), {"episodes": ["end_date"]})
    ['episodes.provider', 'deaths']
    """

    def met(one: str) -> bool:
        table, _, column = one.partition(".")
        return table in carried and (not column or column in carried[table])

    return [need for need in needs if not any(met(one) for one in need.split(" or "))]


@dataclass(frozen=True)
class RowAggregate:
    """An aggregate over the visible rows of one table.

    Parameters
    ----------
    name : str
        Column of the result.
    table : str
    of : callable
        From what is visible to an aggregating expression.
    """

    name: str
    table: str
    of: Callable[[Lookback], nw.Expr]


@dataclass(frozen=True)
class Stat:
    """What to take of the rows whose code is in a set.

    Parameters
    ----------
    take : {"first", "last", "count", "latest", "mean"}
        First or last day; number of rows; latest value; mean value.
    months : int or None
        Length of the lookback window; None for all that is visible.
    until : int
        Months before the cut at which the window ends.
    """

    take: Literal["first", "last", "count", "latest", "mean"]
    months: int | None = None
    until: int = 0

    @property
    def label(self) -> str:
        """A name for its column."""
        return "_".join(str(part) for part in (self.take, self.months or "ever", self.until))


@dataclass(frozen=True)
class CodeAggregate:
    """An aggregate over the visible rows whose code is in a set."""

    name: str
    table: str
    codes: CodeSet
    stat: Stat
    scale: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    plausible: tuple[float, float] = (float("-inf"), float("inf"))


@dataclass(frozen=True)
class DistinctAggregate:
    """How many distinct keys occur in a window: medicines, BNF sections."""

    name: str
    table: str
    key: Callable[[], nw.Expr]
    months: int


@dataclass(frozen=True)
class Weight:
    """One entry of a clinical score: codes of one family, of which the heaviest counts once."""

    family: str
    weight: float
    icd10: str


@dataclass(frozen=True)
class WeightAggregate:
    """Sum over families of the heaviest weight coded in the window."""

    name: str
    weights: tuple[Weight, ...]
    months: int


Aggregate = RowAggregate | CodeAggregate | DistinctAggregate | WeightAggregate
