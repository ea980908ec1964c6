"""The figures of a report as one long table."""

from __future__ import annotations

from itertools import chain

import pyarrow as pa

from riskstrat.compared import Comparison
from riskstrat.pages import Measured
from riskstrat.reporting.compared_with import beside_each_other
from riskstrat.reporting.judged import judged
from riskstrat.reporting.record import Book, Record
from riskstrat.reporting.series import curves_of, points

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("model", "among", "figure", "at")),
        *((name, pa.float64()) for name in ("value", "low", "high")),
        *((name, pa.int64()) for name in ("people", "events")),
        ("why_none", pa.string()),
    ]
)


def book_of(found: Comparison) -> Book:
    """Every figure of a comparison as it may be shown."""
    return Book.of(chain(judged(found), beside_each_other(found)))


def figures_table(found: Comparison) -> pa.Table:
    """The figures of a comparison, a row each: what the page shows, small numbers hidden as there.

    Parameters
    ----------
    found : Comparison

    Returns
    -------
    pyarrow.Table
        model, among, figure, at; value, low, high, people, events, NULL where they may not be shown or are undefined;
        why_none: "*" (small numbers), "undefined" or "too few" where there is no value; "left out" for a point of a
        curve that rests on few people, or is undefined.
    """
    records = [*book_of(found), *points(curves_of(found))]
    return pa.Table.from_pylist([_row(record) for record in records], SCHEMA)


def _row(record: Record) -> dict[str, object]:
    cell = record.cell
    measured = {"value": cell.value, "low": cell.low, "high": cell.high} if isinstance(cell, Measured) else {}
    return {
        "model": record.model,
        "among": record.among,
        "figure": record.figure,
        "at": record.at,
        "people": record.people if isinstance(record.people, int) else None,
        "events": record.events if isinstance(record.events, int) else None,
        "why_none": "" if measured else str(cell),
        **measured,
    }
