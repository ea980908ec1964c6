"""Types of numpy arrays, for annotations.

Decision
--------
An alias names the element type only: float64 for figures; int64 for counts, positions and days; bool for masks; and
smaller types where there is a number for each patient and column. A function that accepts several types is annotated
with a union of them. The shape is not part of the type; the docstring gives it where it matters.

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
"""Patients by columns; NaN where not assessed."""

Singles = NDArray[np.float32]
"""Numbers in single precision: one column of a feature matrix, days to an event, ages."""

Binary = NDArray[np.int8]
"""0 or 1 for each patient: 1 if the outcome occurred."""

SmallInts = NDArray[np.int32]
"""Counts of events, or nodes of trees."""

Hashes = NDArray[np.uint64]
"""A hash of the pseudonym for each patient."""

Texts = NDArray[np.object_]
"""Strings: practice codes, names of bands."""
