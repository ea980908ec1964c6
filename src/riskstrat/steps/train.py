"""Fit, calibrate and test a model on a snapshot, and write it to models/ with its card."""

import json
import platform
from collections.abc import Callable
from dataclasses import replace
from importlib.metadata import version
from typing import Any, cast

from riskstrat import __version__
from riskstrat.errors import BundleError, NothingToDoError
from riskstrat.evaluation import Comparison, ComparisonSetup, People, compare_models, metrics, people_of
from riskstrat.features import Plan, build_key, column_definitions, hashes, plan_for
from riskstrat.governance import about, check_sources
from riskstrat.modelling import (
    Bundle,
    IndexDates,
    ModelFacts,
    Splits,
    TrainedVariant,
    Variant,
    all_variants,
    check_enough,
    choose_index_dates,
    columns_of,
    fits_of,
    load_bundle,
    load_splits,
    restricted,
    save_bundle,
)
from riskstrat.reports import as_data, card_as_markdown, card_page, html
from riskstrat.steps.support import check_supported
from riskstrat.study import OutcomeDays, Session, Study, extensions_of, note_of, snapshot_note
from riskstrat.tables import Snapshot, key_of
from riskstrat.wording import plural

_LIBRARIES = ("numpy", "scikit-learn", "lightgbm", "skops", "duckdb", "narwhals", "pyarrow")
NO_EXPERIMENTS = {"learning_curve": False, "hold_out_practices": 0, "effects": False, "horizons": ()}


def train_model(
    session: Session, variant_name: str | None = None, name: str | None = None, days: OutcomeDays | None = None
) -> tuple[Bundle, bool]:
    """Train a model, unless the model of that name is up to date.

    Parameters
    ----------
    variant_name, name : str or None
        If None, those of the study.
    days : int or None
        Length of the outcome window, if not the study's.

    Returns
    -------
    (Bundle, bool)
        The model, and whether it was trained now or before.

    Raises
    ------
    GovernanceError
        If the study may not process its data today.
    """
    if days is not None:
        session = replace(session, study=session.study.at_days(days))
    study, snapshot = session.study, session.folder.snapshot()
    check_sources(study, session.today)
    session.note(inputs=[snapshot_note(session, snapshot)])
    variant = variant_called(variant_name or study.model.variant, study)
    chosen = plan_for(session, snapshot)
    check_supported(study, chosen)
    dates = choose_index_dates(study, snapshot)
    key = _key(session, snapshot, chosen, dates, variant)
    folder = session.folder.bundle(study.model.name if name is None else name)
    if not session.force and (kept := _kept(session, folder.name, key)) is not None:
        done = f"Nothing to do: model {folder.name} was already trained on this data. Use `--force` to repeat."
        session.reporter.say(done)
        return kept, False
    everyone = load_splits(session, snapshot, chosen, dates, columns_of(chosen.features, study))
    check_enough(everyone, study.model.min_outcomes)
    fitted = plural(len(dates.fit), "index date")
    session.reporter.say(f"Training {variant.name} on {fitted}, testing on {dates.test}")
    people = people_of(study, session.folder.run(dates.test), everyone.test, everyone.split)
    fits = fits_of(variant, study.model.seed, study.model.search)
    with session.reporter.working("Training", fits, "fit") as tick:
        found, trained = _judged(study, chosen, everyone, people, variant, dates, tick)
    facts = {
        "train_key": key,
        "snapshot": snapshot.name,
        "days_given": days is not None,
        **_facts(study, dates, everyone),
        **extensions_of(study),
    }
    facts["code_lists"] = hashes(study.codelists, session.folder.path)
    bundle = _bundle(
        folder.name, trained, column_definitions(chosen), {**facts, **_figures(people, trained.risk(everyone.test))}
    )
    with session.reporter.working("Writing the model and its card"):
        save_bundle(bundle, folder, study.model_dump_json(indent=1), _cards(bundle, study, found))
    session.note(outputs=[note_of(folder / "SHA256SUMS", session.folder.path)])
    return bundle, True


def variant_called(name: str, study: Study) -> Variant:
    """Find a variant by name, restricted to the feature groups of the study.

    Raises
    ------
    NothingToDoError
        If there is no such variant.
    """
    known = all_variants(study.packages)
    if name not in known:
        raise NothingToDoError(f"There is no variant {name!r}.", advice=f"Known variants: {', '.join(known)}.")
    return restricted(known[name], study.model.groups)


def _key(session: Session, snapshot: Snapshot, chosen: Plan, dates: IndexDates, variant: Variant) -> str:
    keys = [build_key(session, snapshot, chosen, day) for day in dates.all()]
    return key_of(variant.name, session.study.fingerprint("model", "timing", "outcome"), keys)


def _kept(session: Session, name: str, key: str) -> Bundle | None:
    try:
        bundle = load_bundle(session.folder.bundle(name), session.study.packages)
    except (NothingToDoError, BundleError):
        return None
    return bundle if bundle.facts.get("train_key") == key else None


def _judged(
    study: Study,
    chosen: Plan,
    everyone: Splits,
    people: People,
    variant: Variant,
    dates: IndexDates,
    tick: Callable[[float], None],
) -> tuple[Comparison, TrainedVariant]:
    compare = study.compare.model_copy(update=NO_EXPERIMENTS)
    entrants = ComparisonSetup([variant], [], variant.name, chosen.features, study.model, compare)
    about = about_in_words(study, dates, everyone)
    found, trained = compare_models(
        everyone,
        people,
        entrants,
        _silent,
        tick,
        title="Model report",
        subtitle=f"{study.name}, {variant.name}",
        about=about,
    )
    return found, trained[variant.name]


def _silent(_: str) -> None:
    """Report nothing: the one fit has been reported already."""


def about_in_words(study: Study, dates: IndexDates, everyone: Splits) -> tuple[tuple[str, str], ...]:
    """Summarise on which people and dates a model was fitted and tested."""
    fit = ", ".join(str(day) for day in dates.fit)
    return (
        ("Outcome", f"{study.outcome.event.replace('_', ' ')} in {study.outcome.days} days"),
        ("Fitted", f"{fit}: {about(everyone.fit.rows)} person-dates"),
        ("Calibrated", str(dates.calibrate)),
        ("Tested", f"{dates.test}: {about(everyone.test.rows)} people"),
        ("Made by riskstrat", __version__),
    )


def _facts(study: Study, dates: IndexDates, everyone: Splits) -> dict[str, Any]:
    return {
        "index_dates": {"fit": list(dates.fit), "calibrate": dates.calibrate, "test": dates.test},
        "split": everyone.split,
        "fitted_on": {"rows": everyone.fit.rows, "events": int(everyone.fit.outcome.sum())},
        "settings": study.meaning(),
        **study.model.model_dump(mode="json", include={"case_managed", "groups", "monotone", "seed"}),
        "versions": {
            "riskstrat": __version__,
            "python": platform.python_version(),
            **{one: version(one) for one in _LIBRARIES},
        },
    }


def _figures(people: People, risk: Any) -> dict[str, Any]:
    """Compute the figures of model.toml, for everyone and for people with no emergency admission in the year before."""
    found = {"metrics": metrics(people.y, risk, people.sizes)}
    none = people.no_prior
    if none is not None and 0 < people.y[none].sum() < none.sum():
        share = none.sum() / len(none)
        sizes = {name: max(1, round(size * share)) for name, size in people.sizes.items()}
        found["metrics_no_prior_admission"] = metrics(people.y[none], risk[none], sizes)
    return found


def _bundle(name: str, trained: TrainedVariant, defined: dict[str, str], facts: dict[str, Any]) -> Bundle:
    tuned = {"tuned": dict(trained.settings), "tried": trained.tried}
    means = {column: defined[column] for column in trained.used}
    known = cast(ModelFacts, {**tuned, **facts})
    return Bundle(name, trained.variant.name, trained.fitted, trained.calibration, trained.used, means, known)


def _cards(bundle: Bundle, study: Study, found: Comparison) -> dict[str, str]:
    page = card_page(bundle, study, found)
    data = json.dumps(as_data(page), indent=1, default=str, ensure_ascii=False)
    return {"card.md": card_as_markdown(bundle, study, found), "card.html": html(page), "card.json": data + "\n"}
