"""What could be seen at the cut: the one gate between the store and every feature.

Decision
--------
A row is visible if it happened before the cut and was recorded before the cut. An end that is not before the cut
is unknown, and so is all that is known only at the end: a stay that goes on has no discharge date, no destination
and no coded diagnosis yet, but the admission is seen. Spells, features and scores are computed from what passes
here and from nothing else, so that none of them can look past the cut.
"""

import narwhals as nw

from riskstrat.engine import Frame
from riskstrat.tables import Lookback, Table, day_of


def visible(rows: Frame, table: Table, seen: Lookback) -> Frame:
    """Keep of all rows of a canonical table what stood there at the cut, in the same columns."""
    if table.event is None:
        return rows
    rows = rows.filter(nw.col(day_of(table.event)) < seen.cut)
    if table.recorded is not None:
        recorded = nw.col(day_of(table.recorded))
        rows = rows.filter(recorded.is_null() | (recorded < seen.cut))
    hidden = [_until_ended(end, name, seen) for end, names in table.ends.items() for name in names]
    ended = [_until_ended(end, name, seen) for end in table.ends for name in (end, day_of(end))]
    return rows.with_columns(*hidden).with_columns(*ended) if ended else rows


def _until_ended(end: str, name: str, seen: Lookback) -> nw.Expr:
    return nw.when(nw.col(day_of(end)) < seen.cut).then(nw.col(name)).otherwise(None).alias(name)
