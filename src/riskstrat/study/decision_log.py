"""What teams decided about the people on their lists: a log that only grows.

Decision
--------
Nothing that was stored is changed, and it is removed only by `riskstrat purge`, once it is old. Each line has a
number, `entry`, in the order of reading, and of the lines about one patient on one list (`_KEY`) the one with the
highest number holds. A correction is another line, so that what a team once wrote can still be seen. `source` is the
beginning of the SHA-256 of the file that said so.
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
    """Where a study keeps its decisions.

    >>> log_of(Path("study")).as_posix()
    'study/reviews/decisions.parquet'
    """
    return home_folder / "reviews" / "decisions.parquet"


def read_decisions(home_folder: Path) -> pd.DataFrame:
    """Read every decision that was stored in a study.

    Returns
    -------
    pandas.DataFrame
        Columns of `DECISIONS_FILE`, in the order of `entry`; no rows where none was ever stored. Days are
        `datetime.date`. What was not filled in is NaN, or None for days.
    """
    path = log_of(home_folder)
    table = pq.read_table(path, schema=DECISIONS_FILE) if path.is_file() else DECISIONS_FILE.empty_table()
    frame: pd.DataFrame = table.to_pandas()
    return frame


def latest(log: pd.DataFrame) -> pd.DataFrame:
    """Select the decisions that hold: of each patient on each list the line with the highest number.

    >>> log = pd.DataFrame({"role": "gp_mdt", "index_date": "2026-03-01", "patient_id": ["p1", "p2", "p1"],
    ...                     "decision": ["deferred", "moved", "accepted"], "entry": [1, 2, 3]})
    >>> latest(log)[["patient_id", "decision"]].values.tolist()
    [['p2', 'moved'], ['p1', 'accepted']]
    """
    return log.sort_values("entry").drop_duplicates(list(_KEY), keep="last").reset_index(drop=True)


def append_decisions(home_folder: Path, rows: pd.DataFrame) -> Path:
    """Add decisions to the log, in the order of reading; it is replaced whole, or left as it was where there are none.

    `rows` has the columns of `DECISIONS_FILE` but `entry`.
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
    """Which decisions are old: listed and decided before a day, with no day of review to come, and so all of a patient.

    Those of a patient go together, as a later one may be what an earlier one no longer stands for.
    """
    listed, decided, review = (pd.to_datetime(log[name]) for name in ("index_date", "decided_on", "next_review_on"))
    bound = pd.Timestamp(before)
    old = (listed < bound) & ~(decided >= bound) & ~(review > pd.Timestamp(today))
    return old.groupby(log["patient_id"]).transform("all").astype(bool)


def forget_decisions(home_folder: Path, before: date, today: date) -> int:
    """Take old decisions out of the log, and say how many; the numbers of the others stay."""
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
