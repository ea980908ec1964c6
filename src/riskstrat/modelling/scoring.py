"""Scoring: risk, percentile and band for everyone, and reasons for the top rows, in batches."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

import numpy as np
import pyarrow as pa

from riskstrat.features import Feature
from riskstrat.modelling.bundle import Bundle, as_matrix
from riskstrat.modelling.reasons import reasons_for
from riskstrat.tables import SCORES_FILE, Bools, Floats, Texts


def predicted_risks(bundle: Bundle, batches: Iterable[pa.Table]) -> Floats:
    """Predict everyone's calibrated risk, batch by batch, to save memory."""
    parts = [bundle.risk(as_matrix(batch, bundle.columns)) for batch in batches]
    return np.concatenate(parts) if parts else np.empty(0)


def risk_percentiles(risk: Floats) -> Floats:
    """Rank risks: the percentage of the cohort with at most this risk; ties share the higher rank.

    >>> risk_percentiles(np.array([0.1, 0.4, 0.2, 0.4])).tolist()
    [25.0, 100.0, 50.0, 100.0]
    """
    return np.searchsorted(np.sort(risk), risk, side="right") * 100.0 / max(len(risk), 1)


def bands(risk: Floats, bounds: Mapping[str, float]) -> Texts:
    """Name the band of each risk, from lower bounds in percent.

    >>> bands(np.array([0.05, 0.31]), {"low": 0, "high": 30}).tolist()
    ['low', 'high']
    """
    ordered = sorted(bounds.items(), key=lambda item: item[1])
    lower = np.array([bound for _, bound in ordered])
    return np.array([name for name, _ in ordered], object)[np.searchsorted(lower, risk * 100, side="right") - 1]


def scored(
    bundle: Bundle, batch: pa.Table, risk: Floats, percentile: Floats, bounds: Mapping[str, float],
    features: Sequence[Feature], index_date: date, explained: Bools,
) -> pa.Table:  # fmt: skip
    """Make the rows of scores.parquet for one batch, with reasons for the rows of the mask `explained`."""
    reasons: list[list[str] | None] = [None] * batch.num_rows
    chosen = np.flatnonzero(explained)
    for place, found in zip(chosen, reasons_for(bundle, batch.take(pa.array(chosen)), features), strict=True):
        reasons[place] = found
    rows = batch.num_rows
    name = "emergency_admissions_12m"
    prior = batch.column(name) if name in batch.column_names else pa.nulls(rows, pa.int32())
    return pa.table(
        [
            batch.column("patient_id"), batch.column("practice_code"), pa.array([index_date] * rows, pa.date32()),
            pa.array([bundle.name] * rows), pa.array(risk), pa.array(percentile), pa.array(bands(risk, bounds)),
            prior, pa.array(reasons, pa.list_(pa.string())),
        ],
        schema=SCORES_FILE,
    )  # fmt: skip
