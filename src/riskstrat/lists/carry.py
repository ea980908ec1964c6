"""From month to month: what each listed patient's risk and rank were before, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd


def carried(rows: pd.DataFrame, earlier: Sequence[pd.DataFrame], risk_before: Mapping[str, float]) -> pd.DataFrame:
    """Add prev_risk_pct, prev_rank and change.

    Parameters
    ----------
    rows : pandas.DataFrame
        The listed, with role, practice_code, patient_id and rank.
    earlier : sequence of pandas.DataFrame
        Lists of earlier runs, oldest first.
    risk_before : mapping of str to float
        Pseudonym to risk in percent at the run before.

    Returns
    -------
    pandas.DataFrame
        `change` is new, up, down, same, or returned (on an older list, but not on the last); blank at the first run.
    """
    out = rows.copy()
    out["prev_risk_pct"] = out["patient_id"].map(risk_before)
    out["prev_rank"], out["change"] = np.nan, None
    if not earlier:
        return out
    key = ["role", "patient_id"]
    last = earlier[-1].drop_duplicates(key).set_index(key)["rank"]
    ever = pd.MultiIndex.from_frame(pd.concat([run[key] for run in earlier]).drop_duplicates())
    index = pd.MultiIndex.from_frame(out[key])
    previous = last.reindex(index).to_numpy(dtype=float)
    now = out["rank"].to_numpy(dtype=float)
    out["prev_rank"] = previous
    out["change"] = np.select(
        [np.isnan(previous) & index.isin(ever), np.isnan(previous), now < previous, now > previous],
        ["returned", "new", "up", "down"],
        "same",
    )
    return out
