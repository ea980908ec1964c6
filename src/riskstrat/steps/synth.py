"""Synthetic extracts, with the true risks beside them."""

from datetime import date
from pathlib import Path

from riskstrat.errors import UsageError
from riskstrat.study import Reporter


def synth(
    folder: Path,
    patients: int,
    seed: int,
    months: int,
    compress: bool,
    reporter: Reporter,
    until: date | None = None,
) -> None:
    """Write synthetic extracts in the real formats, and the true risks beside them.

    Parameters
    ----------
    months : int
        How many months of hospital and GP activity.
    compress : bool
        Write ``.csv.gz`` instead of ``.csv``.
    until : date or None
        The data end with the month of this day. None: December 2025, so that the same seed always gives the same files.

    Raises
    ------
    UsageError
        If the folder already has extracts, or if the month is not over yet.
    """
    from riskstrat.synthetic import SPAN_END, generate

    if (folder / "extracts").exists():
        raise UsageError(f"{folder.name} already has a folder `extracts`.", advice="Choose another folder.")
    if until is not None and (until.year, until.month) >= (date.today().year, date.today().month):
        raise UsageError(f"{until:%B %Y} is not over yet.", advice="Give --until a month that is over, as YYYY-MM.")
    reached = 0

    def after(done: int) -> None:
        nonlocal reached
        tick(done - reached)
        reached = done

    with reporter.working("Making up people", patients, "patient") as tick:
        generate(folder, patients, seed=seed, months=months, compress=compress, tick=after, until=until or SPAN_END)
