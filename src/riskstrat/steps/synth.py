"""Write synthetic extracts, with the true risks beside them."""

from pathlib import Path

from riskstrat.errors import UsageError
from riskstrat.study import Reporter


def synth(folder: Path, patients: int, seed: int, months: int, compress: bool, reporter: Reporter) -> None:
    """Write synthetic extracts in the real formats, and the true risks beside them.

    Parameters
    ----------
    months : int
        Months of hospital and GP activity.
    compress : bool
        Write ``.csv.gz`` instead of ``.csv``.

    Raises
    ------
    UsageError
        If the folder already has extracts.
    """
    from riskstrat.synthetic import generate

    if (folder / "extracts").exists():
        raise UsageError(f"{folder.name} already has a folder `extracts`.", advice="Choose another folder.")
    steps = iter(reporter.track(range(patients), "Synthetic patients", patients))

    def tick(done: int) -> None:
        for _ in zip(range(done), steps, strict=False):
            continue

    generate(folder, patients, seed=seed, months=months, compress=compress, tick=tick)
