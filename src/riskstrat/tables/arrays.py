"""Types of numpy arrays, for annotations.

Decision
--------
Three element types are enough: float64 for figures, int64 for counts, places and days, bool for masks. A function that
takes any of several says so by a union of these. The shape is not part of the type; where it matters the docstring
says it.

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
