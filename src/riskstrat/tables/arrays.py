"""Types of numpy arrays, for annotations.

Decision
--------
An alias names the element type, and nothing else: float64 for figures, int64 for counts, places and days, bool for
masks; narrower ones where there is a number for each patient and column. A function that takes any of several says so
by a union of these. The shape is not part of the type; where it matters the docstring says it.

Examples
--------
>>> def share(listed: Bools) -> float:
...     return float(listed.mean())
>>> share(np.array([True, False]))
0.5
"""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

FeatureMatrix = NDArray[np.float32]
"""People by columns, NaN where not assessed."""

Singles = NDArray[np.float32]
"""Figures in single precision: one column of a feature matrix, days to an event, ages."""

Binary = NDArray[np.int8]
"""0 or 1 for each person: who had the outcome."""

SmallInts = NDArray[np.int32]
"""Counts of events; nodes of trees."""

Hashes = NDArray[np.uint64]
"""A number for each person, made of the pseudonym."""

Texts = NDArray[np.object_]
"""Strings: practice codes, names of bands."""
