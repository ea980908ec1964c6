"""Reasons: contributions as phrases for clinicians, with the patient's own numbers; associations, never causes.

Decision
--------
Contributions of all columns of one topic (emergency admissions in six windows, days since the last) are added up,
because they are one fact. A reason is a topic that raises the risk and has a phrase for the patient; there are at most
three, the strongest first.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa

from riskstrat.features import Facts, Feature
from riskstrat.modelling.bundle import Bundle, as_matrix
from riskstrat.tables import Floats, Ints

MOST_REASONS = 3


@dataclass(frozen=True)
class Driver:
    """One topic's part in a patient's risk, compared with the fitting average, and its facts in words.

    The phrase of a topic that is not a reason may not appear on a list.
    """

    topic: str
    log_odds: float
    phrase: str | None
    is_reason: bool = True


def topics_of(columns: Sequence[str], features: Sequence[Feature]) -> list[str]:
    """Find the topic of each column."""
    topic = {column.name: feature.name for feature in features for column in feature.columns()}
    return [topic[name] for name in columns]


def drivers(bundle: Bundle, rows: pa.Table, features: Sequence[Feature]) -> list[list[Driver]]:
    """List for each row of the feature matrix every topic with its part in the risk, strongest first."""
    if rows.num_rows == 0:
        return []
    speakers, by_topic, order = _by_topic(bundle, rows, features)
    return [
        [_driver(speakers[j], float(values[j]), facts) for j in ranking]
        for ranking, values, facts in zip(order, by_topic, facts_of(rows), strict=True)
    ]


def reasons_for(bundle: Bundle, rows: pa.Table, features: Sequence[Feature]) -> list[list[str]]:
    """List for each row of the feature matrix the phrases of the topics that raise the risk most, at most three."""
    if rows.num_rows == 0:
        return []
    speakers, by_topic, order = _by_topic(bundle, rows, features)
    raising = (by_topic > 0).sum(axis=1)
    ranked = zip(order, raising, facts_of(rows), strict=True)
    return [_first_phrases([speakers[j] for j in ranking[:many]], facts) for ranking, many, facts in ranked]


def _first_phrases(topics: Sequence[Feature], facts: Facts) -> list[str]:
    phrases = (topic.phrase(facts) for topic in topics if topic.is_reason)
    return list(islice((phrase for phrase in phrases if phrase), MOST_REASONS))


def _by_topic(bundle: Bundle, rows: pa.Table, features: Sequence[Feature]) -> tuple[list[Feature], Floats, Ints]:
    """Add up contributions by topic: the topics, their parts in each risk, and each row's order, highest first."""
    topics = np.array(topics_of(bundle.columns, features))
    names = sorted(set(topics))
    by_column = bundle.fitted.contributions(as_matrix(rows, bundle.columns))
    by_topic = np.column_stack([by_column[:, topics == name].sum(axis=1) for name in names])
    by_name = {feature.name: feature for feature in features}
    return [by_name[name] for name in names], by_topic, np.argsort(-by_topic, axis=1, kind="stable")


def _driver(topic: Feature, log_odds: float, facts: Facts) -> Driver:
    return Driver(topic.name, log_odds, topic.phrase(facts), topic.is_reason)


def facts_of(rows: pa.Table) -> list[Mapping[str, Any]]:
    """Read each row's columns by name, None where not assessed."""
    return list(rows.to_pylist())
