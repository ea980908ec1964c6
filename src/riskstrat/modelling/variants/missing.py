"""What was not assessed, for variants that cannot take it as it is."""

import numpy as np

from riskstrat.tables import FeatureMatrix, Floats


def means(x: FeatureMatrix) -> Floats:
    """Mean of what was assessed in each column, 0 where nothing was.

    >>> means(np.array([[1.0, np.nan], [3.0, np.nan]])).tolist()
    [2.0, 0.0]
    """
    assessed = np.maximum((~np.isnan(x)).sum(axis=0), 1)
    return np.asarray(np.nansum(x, axis=0, dtype=float) / assessed)


def binnable(x: FeatureMatrix) -> FeatureMatrix:
    """The matrix with 0 in columns that were never assessed, which libraries cannot bin and no model then uses.

    >>> binnable(np.array([[1.0, np.nan], [np.nan, np.nan]], np.float32)).tolist()
    [[1.0, 0.0], [nan, 0.0]]
    """
    never = np.isnan(x).all(axis=0)
    return np.where(never, np.float32(0), x) if never.any() else x
