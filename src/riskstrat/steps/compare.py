"""Compare variants and published scores on the same patients, and write a report in reports/."""

from collections.abc import Sequence
from dataclasses import replace

from riskstrat import __version__
from riskstrat.errors import NothingToDoError
from riskstrat.evaluation import ComparisonSetup, compare_models, people_of
from riskstrat.features import ClinicalScore, all_scores, build_key, column_definitions, plan_for
from riskstrat.governance import check_sources
from riskstrat.modelling import Variant, check_enough, choose_index_dates, columns_of, load_splits
from riskstrat.reports import Reported, write_comparison, written_before
from riskstrat.steps.support import check_supported
from riskstrat.steps.train import about_in_words, variant_called
from riskstrat.study import OutcomeDays, Session, Study, note_of, snapshot_note
from riskstrat.tables import key_of

COMPARED_BEFORE = "Nothing to do: these models were already compared on this data. Use `--force` to repeat."


def compare(
    session: Session, variants: Sequence[str] = (), scores: Sequence[str] = (), days: OutcomeDays | None = None
) -> Reported:
    """Compare variants and scores, unless the report is up to date.

    Parameters
    ----------
    variants, scores : sequence of str
        Names; if empty, those in study.toml. The study's own variant is always compared.
    days : int or None
        Length of the outcome window, if not the study's.

    Raises
    ------
    NothingToDoError
        If there is no such variant or score.
    TooFewOutcomesError
        If there are too few outcomes, with the numbers.
    GovernanceError
        If the study may not process its data today.
    """
    if days is not None:
        session = replace(session, study=session.study.at_days(days))
    study, snapshot = session.study, session.folder.snapshot()
    check_sources(study, session.today)
    session.note(inputs=[snapshot_note(session, snapshot)])
    rivals, comparators = entrants_called(study, variants), scores_called(study, scores)
    chosen = plan_for(session, snapshot)
    check_supported(study, chosen)
    dates = choose_index_dates(study, snapshot)
    keys = [build_key(session, snapshot, chosen, day) for day in dates.all()]
    choices = study.fingerprint("model", "timing", "outcome", "compare", "roles", "teams")
    names = [*(one.name for one in rivals), *(one.name for one in comparators)]
    key = key_of(__version__, choices, keys, names, column_definitions(chosen))
    folder = session.folder.path / "reports"
    name = f"compare-{dates.test}-{study.outcome.days}d"
    if not session.force and (before := written_before(folder, name, key)) is not None:
        session.reporter.say(COMPARED_BEFORE)
        return before
    everyone = load_splits(session, snapshot, chosen, dates, columns_of(chosen.features, study))
    check_enough(everyone, study.model.min_outcomes)
    people = people_of(study, session.folder.run(dates.test), everyone.test, everyone.split)
    entrants = ComparisonSetup(rivals, comparators, study.model.variant, chosen.features, study.model, study.compare)
    found, _ = compare_models(
        everyone, people, entrants, session.reporter.say, title="Comparison of models", subtitle=study.name,
        about=about_in_words(study, dates, everyone), test_date=str(dates.test),
    )  # fmt: skip
    made = write_comparison(found, folder, name, key)
    session.note(outputs=[note_of(path, session.folder.path) for path in made.files])
    return made


def entrants_called(study: Study, names: Sequence[str]) -> list[Variant]:
    """Find variants by name, the study's own first.

    Raises
    ------
    NothingToDoError
        If there is no such variant.
    """
    wanted = dict.fromkeys([study.model.variant, *(names or study.compare.variants)])
    return [variant_called(name, study) for name in wanted]


def scores_called(study: Study, names: Sequence[str]) -> list[ClinicalScore]:
    """Find scores by name; all scores if none is named.

    Raises
    ------
    NothingToDoError
        If there is no such score.
    """
    known = all_scores(study.packages)
    wanted = names or study.compare.scores or tuple(known)
    unknown = [name for name in wanted if name not in known]
    if unknown:
        raise NothingToDoError(f"There is no score {unknown[0]!r}.", advice=f"Known scores: {', '.join(known)}.")
    return [known[name] for name in wanted]
