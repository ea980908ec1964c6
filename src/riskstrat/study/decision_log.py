"""The log of teams' decisions about the patients on their lists; new decisions are only ever added.

Decision
--------
A stored decision is never changed, and only `riskstrat purge` removes it, once it is old. Each line has a number,
`entry`, in the order of reading. Of all lines about one patient on one list (`_KEY`), the line with the highest number
applies. A correction is a new line, so that the earlier decision can still be seen. `source` is the start of the
SHA-256 of the file from which the decision was read.
"""

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.tables import DECISIONS_FILE, whole_file

_KEY = ("role", "index_date", "patient_id")


def log_of(home_folder: Path) -> Path:
    """Return the path of a study's log of decisions.

    >>> log_of(Path("study")).as_posix()
    'study/reviews/decisions.parquet'
    """
    return home_folder / "reviews" / "decisions.parquet"


def read_decisions(home_folder: Path) -> pd.DataFrame:
    """Read every stored decision of a study.

    Returns
    -------
    pandas.DataFrame
        Columns of `DECISIONS_FILE`, in the order of `entry`; no rows if nothing was stored. Dates are
        `datetime.date`. Cells that were not filled in are NaN, or None for dates.
    """
    path = log_of(home_folder)
    table = pq.read_table(path, schema=DECISIONS_FILE) if path.is_file() else DECISIONS_FILE.empty_table()
    frame: pd.DataFrame = table.to_pandas()
    return frame


def latest(log: pd.DataFrame) -> pd.DataFrame:
    """Select the decisions that apply: for each patient on each list the line with the highest number.

    >>> log = pd.DataFrame({"role": "gp_mdt", "index_date": "2026-03-01", "patient_id": ["p1", "p2", "p1"],
    ...                     "decision": ["deferred", "moved", "accepted"], "entry": [1, 2, 3]})
    >>> latest(log)[["patient_id", "decision"]].values.tolist()
    [['p2', 'moved'], ['p1', 'accepted']]
    """
    return log.sort_values("entry").drop_duplicates(list(_KEY), keep="last").reset_index(drop=True)


def append_decisions(home_folder: Path, rows: pd.DataFrame) -> Path:
    """Add decisions to the log, in the order of reading; the file is replaced as a whole.

    `rows` has the columns of `DECISIONS_FILE` without `entry`.
    """
    path, log = log_of(home_folder), read_decisions(home_folder)
    if rows.empty:
        return path
    first = int(log["entry"].max()) + 1 if len(log) else 1
    added = rows.assign(entry=np.arange(first, first + len(rows)))
    tables = [pa.Table.from_pandas(one, DECISIONS_FILE, preserve_index=False) for one in (log, added)]
    _write(home_folder, pa.concat_tables(tables))
    return path


def forgotten(log: pd.DataFrame, before: date, today: date) -> pd.Series:
    """Mark old decisions: the list and the decision are before a day, and no review date is in the future.

    A patient's decisions are old only together, because a later decision may replace an earlier one.
    """
    listed, decided, review = (pd.to_datetime(log[name]) for name in ("index_date", "decided_on", "next_review_on"))
    bound = pd.Timestamp(before)
    old = (listed < bound) & ~(decided >= bound) & ~(review > pd.Timestamp(today))
    return old.groupby(log["patient_id"]).transform("all").astype(bool)


def forget_decisions(home_folder: Path, before: date, today: date) -> int:
    """Remove old decisions from the log and return their number; the others keep their entry numbers."""
    log = read_decisions(home_folder)
    old = forgotten(log, before, today)
    if old.any():
        _write(home_folder, pa.Table.from_pandas(log[~old], DECISIONS_FILE, preserve_index=False))
    return int(old.sum())


def _write(home_folder: Path, table: pa.Table) -> None:
    path = log_of(home_folder)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with whole_file(path) as part:
        part.touch(mode=0o600)
        pq.write_table(table, part, compression="zstd")
