"""Contributions -> phrases a clinician would use, in the patient's own numbers. Associations, never causes.

Decision
--------
Contributions of all columns of one topic (emergency admissions in six windows, days since the last) are added up,
because they are one fact. A reason is a topic that raises the risk and has something to say of the patient; at most
three, the strongest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from riskstrat.bundle import Bundle, as_matrix
from riskstrat.contracts import Facts, Feature

MOST_REASONS = 3


@dataclass(frozen=True)
class Driver:
    """One topic's part in a patient's risk.

    Parameters
    ----------
    topic : str
    log_odds : float
        What it adds to the log odds, against the average of the fitting sample.
    phrase : str or None
        The patient's own facts in words.
    is_reason : bool
        Whether the phrase can stand on a list.
    """

    topic: str
    log_odds: float
    phrase: str | None
    is_reason: bool = True


def topics_of(columns: Sequence[str], features: Sequence[Feature]) -> list[str]:
    """The topic of each column."""
    topic = {column.name: feature.name for feature in features for column in feature.columns()}
    return [topic[name] for name in columns]


def drivers(bundle: Bundle, rows: pa.Table, features: Sequence[Feature]) -> list[list[Driver]]:
    """For each patient, every topic with its part in the risk, strongest first.

    Parameters
    ----------
    bundle : Bundle
    rows : pyarrow.Table
        Rows of the feature matrix: the listed, not the population.
    features : sequence of Feature
    """
    if rows.num_rows == 0:
        return []
    topics = np.array(topics_of(bundle.columns, features))
    names = sorted(set(topics))
    by_column = bundle.fitted.contributions(as_matrix(rows, bundle.columns))
    by_topic = np.column_stack([by_column[:, topics == name].sum(axis=1) for name in names])
    speakers = {feature.name: feature for feature in features}
    order = np.argsort(-by_topic, axis=1, kind="stable")
    return [
        [_driver(speakers[names[j]], float(values[j]), facts) for j in ranking]
        for ranking, values, facts in zip(order, by_topic, facts_of(rows), strict=True)
    ]


def _driver(topic: Feature, log_odds: float, facts: Facts) -> Driver:
    return Driver(topic.name, log_odds, topic.phrase(facts), topic.is_reason)


def facts_of(rows: pa.Table) -> list[Mapping[str, Any]]:
    """Each patient's columns by name, None where not assessed."""
    return list(rows.to_pylist())


def reasons(found: Sequence[Driver]) -> list[str]:
    """The phrases of the topics that raise the risk most."""
    return [d.phrase for d in found if d.log_odds > 0 and d.phrase and d.is_reason][:MOST_REASONS]
