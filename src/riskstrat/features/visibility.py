"""Show features only the rows that were visible on the index date.

Decision
--------
The cut is the index date less the data lag. A row is visible if its event happened before the cut and was recorded
before the cut. If a stay ends on or after the cut, everything that is known only at the end is hidden: the discharge
date, the destination and the coded diagnoses. The admission itself is visible. Spells, features and scores are computed
only from visible rows, so that none of them can use later data.
"""

import narwhals as nw

from riskstrat.engine import Frame
from riskstrat.tables import Lookback, Table, day_of


def visible(rows: Frame, table: Table, seen: Lookback) -> Frame:
    """Keep the rows and values of a canonical table that were visible at the cut, in the same columns."""
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
