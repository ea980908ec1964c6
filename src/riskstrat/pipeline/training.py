"""Index dates built -> a bundle in models/."""

from __future__ import annotations

import platform
from datetime import date
from importlib.metadata import version
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from riskstrat import __version__
from riskstrat.bundle import Bundle, load, save
from riskstrat.catalogue import all_variants
from riskstrat.codelists import hashes
from riskstrat.dates import choose
from riskstrat.errors import BundleError, NothingToDoError
from riskstrat.governance import check_sources
from riskstrat.model_card import card
from riskstrat.pipeline.building import build, check_supported
from riskstrat.pipeline.context import Context, definitions
from riskstrat.pipeline.governing import snapshot_note
from riskstrat.pipeline.recording import note_of
from riskstrat.store import key_of
from riskstrat.train import Labelled, train

LIBRARIES = ("numpy", "scikit-learn", "lightgbm", "skops", "duckdb", "narwhals", "pyarrow")
SHARES = {"top 0.5 %": 0.005, "top 1 %": 0.01, "top 2 %": 0.02, "top 5 %": 0.05}


def train_model(context: Context, variant_name: str | None = None, name: str | None = None) -> tuple[Bundle, bool]:
    """Train, unless a bundle of that name was trained from the same.

    Returns
    -------
    (Bundle, bool)
        The bundle, and whether it was trained now.

    Raises
    ------
    GovernanceError
        If the study may not process its data today.
    """
    study, snapshot = context.study, context.home.snapshot()
    check_sources(study, context.today)
    context.note(inputs=[snapshot_note(context, snapshot)])
    variant = all_variants().get(variant_name or study.model.variant)
    if variant is None:
        do = f"Known variants: {', '.join(all_variants())}."
        raise NothingToDoError(f"There is no variant {variant_name or study.model.variant!r}.", do=do)
    chosen = context.plan(snapshot)
    check_supported(context.study, chosen)
    dates = choose(study, snapshot)
    keys = [context.build_key(snapshot, chosen, day) for day in dates.all()]
    key = key_of(variant.name, study.fingerprint("model", "timing"), keys)
    folder = context.home.bundle(study.model.name if name is None else name)
    if not context.force and (kept := _kept(context, name, key)) is not None:
        context.reporter.say(f"Model {folder.name} was trained on the same before: nothing to do.")
        return kept, False
    folders = {day: build(context, snapshot, chosen, day) for day in dates.all()}

    def labelled(day: date) -> Labelled:
        outcomes = pq.read_table(folders[day] / "outcomes.parquet", columns=["outcome"])
        return Labelled(
            pq.read_table(folders[day] / "features.parquet"), outcomes.column("outcome").to_numpy().astype(np.int8)
        )

    context.reporter.say(f"Fitting {variant.name} on {len(dates.fit)} index date(s), testing on {dates.test}")
    columns = {column.name: column for column in chosen.columns}
    limits = (study.model.seed, study.model.max_rows, study.model.min_outcomes)
    facts = {
        "train_key": key,
        "snapshot": snapshot.name,
        "settings": study.meaning(),
        "code_lists": hashes(study.codelists, context.home.folder),
        "versions": _versions(),
    }
    bundle = train(variant, folder.name, labelled, dates, columns, definitions(chosen), SHARES, limits, facts)
    save(bundle, folder, study.model_dump_json(indent=1), card(bundle, study))
    context.note(outputs=[note_of(folder / "SHA256SUMS", context.home.folder)])
    return bundle, True


def _kept(context: Context, name: str | None, key: str) -> Bundle | None:
    try:
        bundle = load(context.home.bundle(context.study.model.name if name is None else name))
    except (NothingToDoError, BundleError):
        return None
    return bundle if bundle.facts.get("train_key") == key else None


def _versions() -> dict[str, Any]:
    return {"riskstrat": __version__, "python": platform.python_version(), **{one: version(one) for one in LIBRARIES}}
