"""A feature table that a researcher already has -> a comparison of models on it, in reports/."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.catalogue import all_features, all_scores, all_variants
from riskstrat.comparing.any_table import (
    Roles,
    check_columns,
    labelled_table,
    people_of_table,
    split,
    suspects,
)
from riskstrat.comparing.contest import Entrants, contest
from riskstrat.errors import NothingToDoError, UsageError
from riskstrat.modelling import Column, Variant
from riskstrat.pipeline.context import Reporter, open_study
from riskstrat.pipeline.reporting import Reported, write_report, written_before
from riskstrat.store import key_of, sha256_of
from riskstrat.study import Study
from riskstrat.suppression import said
from riskstrat.train import Dated, check_enough
from riskstrat.variants.restricted import restricted

UNKNOWN_TO_A_TABLE = {"effects": False, "horizons": ()}
CUT_OFF = (
    "No --days was given: outcome windows of the rows fitted on may reach the test dates, which flatters every model."
)


def compare_table(
    study: Study,
    path: Path,
    roles: Roles,
    variants: Sequence[str],
    reports: Path,
    say: Callable[[str], None],
    force: bool,
) -> Reported:
    """Compare variants, and those published scores that the table holds, on a table.

    Parameters
    ----------
    study : Study
        Its [model] and [compare] hold here too.
    path : Path
        A Parquet file.
    roles : Roles
        Which column is what.
    variants : sequence of str
        By name; those of the study without them.
    reports : Path
        Where to.
    say : callable
    force : bool
        Redo what has not changed.

    Raises
    ------
    UsageError
        If the file is no Parquet, or a column is missing or not what it is said to be.
    TooFewOutcomesError
        If there are too few outcomes, with the numbers.
    """
    schema = _schema(path)
    check_columns(schema, roles)
    wanted = tuple(dict.fromkeys([study.model.variant, *(variants or study.compare.variants)]))
    key = key_of(__version__, sha256_of(path), repr(roles), wanted, study.fingerprint("model", "compare"))
    name = f"compare-{path.stem}"
    if not force and (before := written_before(reports, name, key)) is not None:
        say("The same was compared before: nothing to do.")
        return before
    table = pq.read_table(path)
    rows, left = labelled_table(table, roles, _known(study))
    when = None if roles.date is None else table.column(roles.date).to_numpy().astype("datetime64[D]")
    dated, places = split(rows, when, roles.days)
    check_enough(dated, study.model.min_outcomes)
    people = people_of_table(table, dated.test, places, study.compare)
    there = {column.name for column in rows.columns}
    scores = [score for score in all_scores().values() if score.name in there]
    own = _variants(wanted, study)
    features = list(all_features().values())
    compare = study.compare.model_copy(update=UNKNOWN_TO_A_TABLE)
    entrants = Entrants(own, scores, own[0].name, features, study.model, compare)
    found, _ = contest(
        dated, people, entrants, say, title="Comparison of models", subtitle=path.name,
        about=_about(roles, dated, len(rows.columns)), notes=_notes(roles, left, suspects(dated.fit)),
    )  # fmt: skip
    return write_report(found, reports, name, key)


def settings_for(folder: Path, reporter: Reporter) -> Study:
    """The study of a folder where there is one, which enters the command in its log; else a study of defaults."""
    return open_study(folder, reporter).study if (folder / "study.toml").is_file() else Study(name="a table")


def _schema(path: Path) -> pq.ParquetSchema:
    try:
        return pq.read_schema(path)
    except (OSError, ValueError):
        raise UsageError(f"{path.name} cannot be read as Parquet.", do="Name a Parquet file with --matrix.") from None


def _known(study: Study) -> dict[str, Column]:
    """Riskstrat's own columns, as variants are told of them."""
    return {
        column.name: Column(column.name, column.kind, feature.group, column.rises if study.model.monotone else 0)
        for feature in all_features().values()
        for column in feature.columns()
    }


def _variants(names: Sequence[str], study: Study) -> list[Variant]:
    unknown = [name for name in names if name not in all_variants()]
    if unknown:
        do = f"Known variants: {', '.join(all_variants())}."
        raise NothingToDoError(f"There is no variant {unknown[0]!r}.", do=do)
    return [restricted(all_variants()[name], study.model.groups) for name in names]


def _about(roles: Roles, dated: Dated, columns: int) -> tuple[tuple[str, str], ...]:
    return (
        ("Outcome", roles.outcome),
        ("Columns", f"{columns:,}"),
        ("Fitted", f"{said(dated.fit.rows)} rows"),
        ("Tested", f"{said(dated.test.rows)} rows"),
        ("Made by riskstrat", __version__),
    )


def _notes(roles: Roles, left: Sequence[str], suspect: Sequence[str]) -> list[str]:
    notes = [CUT_OFF] if roles.date is not None and roles.days is None else []
    notes += [f"Left out, as neither a number nor a text of few values: {', '.join(left)}."] if left else []
    return notes + [f"{name} alone ranks people almost perfectly: does it hold the outcome?" for name in suspect]
