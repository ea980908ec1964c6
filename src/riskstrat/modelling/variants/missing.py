"""Values that were not assessed, for variants that cannot use them as missing."""

import numpy as np

from riskstrat.tables import FeatureMatrix, Floats


def means(x: FeatureMatrix) -> Floats:
    """Compute the mean of assessed values in each column, 0 where there are none.

    >>> means(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
    [2.0, 0.0]
    """
    assessed = np.maximum((~np.isnan(x)).sum(axis=0), 1)
    return np.asarray(np.nansum(x, axis=0, dtype=float) / assessed)


def binnable(x: FeatureMatrix) -> FeatureMatrix:
    """Set columns that were never assessed to 0, because libraries cannot bin them; no model then uses them.

    >>> binnable(np.array([[1.0, np.nan], [np.nan, np.nan]], np.float32)).tolist()
    [[1.0, 0.0], [nan, 0.0]]
    """
    never = np.isnan(x).all(axis=0)
    return np.where(never, np.float32(0), x) if never.any() else x
