"""Test an existing model on later data or another population, without refitting, and write a report in reports/.

Decision
--------
The population is that of this study: its snapshot, cohort and index date. The model may come from another study
(``--from``), and must predict the same outcome from the same features. The report shows the model as it is, and after
each of three recalibrations to this population, so that a team that adopts the model can see what recalibration would
gain. Each patient's recalibrated risk is fitted on other patients (five folds), so that no recalibration looks better
than it is.

Source: Van Calster and others, BMC Med 2023;21:70 (there is no such thing as a validated model); Steyerberg, Clinical
Prediction Models, 2nd ed., chapter 20 (recalibration).
"""

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from riskstrat import __version__
from riskstrat.errors import TooFewOutcomesError
from riskstrat.evaluation import (
    ComparedModel,
    Comparison,
    People,
    among_everyone,
    judge,
    people_of,
    recalibrated,
    recalibrated_name,
)
from riskstrat.features import build_run, column_definitions, plan_for, run_manifest
from riskstrat.governance import about, check_sources
from riskstrat.modelling import (
    Bundle,
    LabelledRows,
    ModelColumn,
    all_variants,
    check_fits,
    check_settings,
    labelled_at,
    latest_complete,
    load_bundle,
    session_for,
)
from riskstrat.reports import Reported, write_comparison, written_before
from riskstrat.steps.support import check_supported
from riskstrat.study import Session, Study, StudyFolder, note_of, snapshot_note
from riskstrat.tables import key_of, sha256_of

_FOLDS = 5


def validate(
    session: Session, model: str | None = None, index_date: date | None = None, other: Path | None = None
) -> Reported:
    """Test a model on an index date of this study.

    Parameters
    ----------
    model : str or None
        Name of the model; if None, the study's own.
    index_date : date or None
        If None, the latest date with a complete outcome window.
    other : Path or None
        Folder of the study whose model it is, if not this one.

    Raises
    ------
    BundleError
        If the model was altered, predicts another outcome or uses other features.
    TooFewOutcomesError
        If there are too few outcomes to test it, with the numbers.
    """
    snapshot = session.folder.snapshot()
    check_sources(session.study, session.today)
    home = (session.folder if other is None else StudyFolder(other)).bundle(model or session.study.model.name)
    bundle = load_bundle(home, session.study.packages)
    session = session_for(session, bundle)
    study = session.study
    session.note(inputs=[snapshot_note(session, snapshot), note_of(home / "SHA256SUMS", session.folder.path)])
    check_settings(bundle, study.meaning())
    chosen = plan_for(session, snapshot)
    check_supported(study, chosen)
    check_fits(bundle, column_definitions(chosen))
    day = index_date or latest_complete(snapshot.span_of(study.outcome.event)[1], study.outcome.days)
    folder = build_run(session, snapshot, chosen, day)
    choices = study.fingerprint("compare", "roles", "teams", "outcome")
    key = key_of(__version__, run_manifest(folder)["build_key"], sha256_of(home / "SHA256SUMS"), choices)
    reports, name = session.folder.path / "reports", f"validate-{bundle.name}-{day}"
    if not session.force and (before := written_before(reports, name, key)) is not None:
        done = f"Nothing to do: model {bundle.name} was already validated on this data. Use `--force` to repeat."
        session.reporter.say(done)
        return before
    test = labelled_at(session, snapshot, chosen, day, [ModelColumn(name) for name in bundle.columns])
    _check_enough(test, study)
    found = _judged(bundle, study, test, people_of(study, folder, test), day)
    made = write_comparison(found, reports, name, key)
    session.note(outputs=[note_of(path, session.folder.path) for path in made.files])
    return made


def _check_enough(test: LabelledRows, study: Study) -> None:
    events, need = int(test.outcome.sum()), max(1, study.model.min_outcomes // 10)
    if min(events, test.rows - events) < need:
        few = f"validate: {events:,} outcomes among {test.rows:,} people; at least {need:,} are needed"
        do = "Choose an earlier index date, more practices or a longer outcome window."
        raise TooFewOutcomesError("There are too few outcomes:", [few], do)


def _judged(bundle: Bundle, study: Study, test: LabelledRows, people: People, day: date) -> Comparison:
    """Test the model as it is and recalibrated."""
    risk, title = bundle.risk(test.x), all_variants(study.packages)[bundle.variant].title
    seed, repeats = study.model.seed, study.compare.repeats
    bounds = (study.compare.thresholds_pct[0] / 100, study.compare.thresholds_pct[1] / 100)
    (found,) = judge(people, {bundle.name: risk}, {bundle.name: title}, repeats=repeats, seed=seed, thresholds=bounds)
    fold = np.asarray(test.person % _FOLDS, int)
    mended = recalibrated(people.y, risk, fold, people.weight)
    named = {recalibrated_name(bundle.name, option): risks for option, risks in mended.items()}
    after = judge(people, named, {}, repeats=repeats, seed=seed, full=())
    rows = (row for one in after for row in among_everyone(one.figures))
    facts = (
        ("Model", f"{bundle.name} ({bundle.variant}), tested before on {bundle.facts['index_dates']['test']}"),
        ("Outcome", f"{study.outcome.event.replace('_', ' ')} in {study.outcome.days} days"),
        ("Validated", f"{day}: {about(test.rows)} people"),
        ("Made by riskstrat", __version__),
    )
    return Comparison(
        "Validation of a model", f"{study.name}, {bundle.name} at {day}", facts, bundle.name,
        (ComparedModel(bundle.name, title, "variant", len(bundle.columns), bundle.facts.get("tuned", {})),),
        (replace(found, figures=(*found.figures, *rows)),),
    )  # fmt: skip
