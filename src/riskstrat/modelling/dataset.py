"""People at an index date with their outcomes, on whom models are fitted, calibrated and judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from riskstrat.modelling.labels import Labels, join_labels
from riskstrat.modelling.variant import ModelColumn, Sample
from riskstrat.tables import Binary, Bools, FeatureMatrix, Floats, Hashes, Ints, Singles, Texts

BUCKETS, THIRDS = 30, 3


@dataclass(frozen=True)
class LabelledRows:
    """A feature matrix with its outcomes, row by row.

    x is float32, NaN where not assessed; `person` is a hash of the pseudonym (uint64), the same for one person on every
    date; `weight` is how much each row counts, None if all count the same.
    """

    x: FeatureMatrix
    columns: tuple[ModelColumn, ...]
    labels: Labels
    person: Hashes
    practice: Texts
    weight: Floats | None = None

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.person)

    @property
    def outcome(self) -> Binary:
        """Whether each row had the outcome, 0/1."""
        return self.labels.outcome

    @property
    def bucket(self) -> Ints:
        """One of thirty parts for each person."""
        return np.asarray(self.person % BUCKETS, np.int64)

    @property
    def third(self) -> Ints:
        """One of three parts for each person, so that a model is calibrated on people it has not seen."""
        return self.bucket % THIRDS

    def only(self, chosen: Bools | Ints) -> LabelledRows:
        """Select the rows of a mask, or of an array of places."""
        weight = None if self.weight is None else self.weight[chosen]
        x, labels = self.x[chosen], self.labels.only(chosen)
        return LabelledRows(x, self.columns, labels, self.person[chosen], self.practice[chosen], weight)

    def value(self, name: str) -> Singles | None:
        """Return one column by name; None where there is none."""
        names = [column.name for column in self.columns]
        return self.x[:, names.index(name)] if name in names else None

    def sample(self, used: Sequence[str]) -> Sample:
        """Select what a variant that uses some columns is fitted on."""
        names = [column.name for column in self.columns]
        places = [names.index(name) for name in used]
        x = self.x if places == list(range(len(names))) else self.x[:, places]
        return Sample(x, self.outcome, [self.columns[i] for i in places], self.bucket // THIRDS, self.weight)


def stacked(parts: Sequence[LabelledRows]) -> LabelledRows:
    """Join several index dates, one below the other."""
    first = parts[0]
    if len(parts) == 1:
        return first
    return LabelledRows(
        np.concatenate([part.x for part in parts]),
        first.columns,
        join_labels([part.labels for part in parts]),
        np.concatenate([part.person for part in parts]),
        np.concatenate([part.practice for part in parts]),
        None if first.weight is None else np.concatenate([part.weight for part in parts if part.weight is not None]),
    )


def person_numbers(pseudonyms: pa.ChunkedArray) -> Hashes:
    """Hash each pseudonym to a number that is the same on every date and in every run."""
    texts = pseudonyms.to_pandas().astype(object)
    return np.asarray(pd.util.hash_pandas_object(texts, index=False), np.uint64)
