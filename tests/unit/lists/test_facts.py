"""Facts of a list that no column of the matrix can give are blank."""

from __future__ import annotations

import pandas as pd

from riskstrat.lists.facts import _gaps, _joined


def test_without_any_column_of_a_gap_or_a_condition_everyone_is_blank() -> None:
    matrix = pd.DataFrame({"age": [40, 80]})
    assert _gaps(matrix) == [None, None]
    assert _joined(matrix, {"has_copd": "COPD"}) == [None, None]
