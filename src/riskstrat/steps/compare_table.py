"""Compare models on a feature table that a researcher already has, and write a report in reports/."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.errors import UsageError
from riskstrat.evaluation import (
    Comparison,
    ComparisonSetup,
    Roles,
    check_columns,
    compare_models,
    labelled_table,
    people_of_table,
    split_rows,
    suspect_columns,
)
from riskstrat.features import all_features, all_scores
from riskstrat.governance import about
from riskstrat.modelling import Splits, Variant, check_enough, columns_of
from riskstrat.reports import Reported, write_comparison, written_before
from riskstrat.steps.compare import COMPARED_BEFORE, entrants_called
from riskstrat.study import Reporter, Study, note_of, open_study
from riskstrat.tables import key_of, sha256_of

UNKNOWN_TO_A_TABLE = {"effects": False, "horizons": ()}
CUT_OFF = (
    "`--days` was not given: outcome windows of training rows may overlap the test dates, which makes every model look "
    "better than it is."
)


def compare_table(
    folder: Path, path: Path, roles: Roles, variants: Sequence[str], reporter: Reporter, force: bool = False
) -> Reported:
    """Compare variants, and the published scores that are columns of the table, on a table.

    Parameters
    ----------
    folder : Path
        Folder of reports/. If it is a study, its [model] and [compare] apply and its audit log has the command.
    path : Path
        A Parquet file.
    variants : sequence of str
        Names; if empty, those of the study.

    Raises
    ------
    UsageError
        If the file is not Parquet, or a column is missing or of the wrong kind.
    NothingToDoError
        If there is no such variant, or the table has no columns for the reference variant.
    TooFewOutcomesError
        If there are too few outcomes, with the numbers.
    """
    session = open_study(folder, reporter, force) if (folder / "study.toml").is_file() else None
    study = Study(name="a table") if session is None else session.study
    check_columns(_schema(path), roles)
    rivals = entrants_called(study, variants)
    names = [variant.name for variant in rivals]
    key = key_of(__version__, sha256_of(path), repr(roles), names, study.fingerprint("model", "compare"))
    reports, name = folder / "reports", f"compare-{path.stem}"
    if not force and (before := written_before(reports, name, key)) is not None:
        reporter.say(COMPARED_BEFORE)
        return before
    made = write_comparison(_compared(study, path, roles, rivals, reporter), reports, name, key)
    if session is not None:
        session.note([note_of(path, folder)], [note_of(one, folder) for one in made.files])
    return made


def _compared(study: Study, path: Path, roles: Roles, rivals: Sequence[Variant], reporter: Reporter) -> Comparison:
    table, features = pq.read_table(path), list(all_features(study.packages).values())
    rows, left = labelled_table(table, roles, {one.name: one for one in columns_of(features, study)})
    when = None if roles.date is None else table.column(roles.date).to_numpy().astype("datetime64[D]")
    dated, places = split_rows(rows, when, roles.days)
    check_enough(dated, study.model.min_outcomes)
    people = people_of_table(table, dated.test, places, study.compare)
    there = {column.name for column in rows.columns}
    scores = [score for score in all_scores(study.packages).values() if score.name in there]
    compare = study.compare.model_copy(update=UNKNOWN_TO_A_TABLE)
    entrants = ComparisonSetup(rivals, scores, rivals[0].name, features, study.model, compare)
    found, _ = compare_models(
        dated, people, entrants, reporter.say, title="Comparison of models", subtitle=path.name,
        about=_about(roles, dated, len(rows.columns)), notes=_notes(roles, left, suspect_columns(dated.fit)),
    )  # fmt: skip
    return found


def _schema(path: Path) -> pa.Schema:
    if not path.exists():
        raise UsageError(f"There is no file {path.name}.", advice="Name a Parquet file with `--matrix`.")
    try:
        return pq.read_schema(path)
    except (OSError, ValueError):
        raise UsageError(
            f"{path.name} cannot be read as Parquet.", advice="Name a Parquet file with `--matrix`."
        ) from None


def _about(roles: Roles, dated: Splits, columns: int) -> tuple[tuple[str, str], ...]:
    return (
        ("Outcome", roles.outcome),
        ("Columns", f"{columns:,}"),
        ("Fitted", f"{about(dated.fit.rows)} rows"),
        ("Tested", f"{about(dated.test.rows)} rows"),
        ("Made by riskstrat", __version__),
    )


def _notes(roles: Roles, left: Sequence[str], suspect: Sequence[str]) -> list[str]:
    notes = [CUT_OFF] if roles.date is not None and roles.days is None else []
    notes += [f"Columns not used (neither numbers nor text of few values): {', '.join(left)}."] if left else []
    return notes + [f"{name} alone ranks people almost perfectly. Does it contain the outcome?" for name in suspect]
