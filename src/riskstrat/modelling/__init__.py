"""Modelling: models from feature matrices and outcomes, and risks and reasons from models."""

from riskstrat.modelling.bundle import (
    Bundle,
    ModelFacts,
    as_matrix,
    check_fits,
    check_settings,
    code_lists_in_words,
    load_bundle,
    save_bundle,
    session_for,
)
from riskstrat.modelling.calibration import calibrate
from riskstrat.modelling.case_managed import FEWEST
from riskstrat.modelling.dataset import BUCKETS, LabelledRows, person_numbers
from riskstrat.modelling.index_dates import IndexDates, choose_index_dates, index_date_of, latest_complete
from riskstrat.modelling.labels import Labels, labels_of
from riskstrat.modelling.loading import columns_of, labelled_at, load_splits
from riskstrat.modelling.reasons import Driver, drivers, reasons_for
from riskstrat.modelling.scoring import predicted_risks, risk_percentiles, scored
from riskstrat.modelling.search import no_tick
from riskstrat.modelling.training import (
    Splits,
    TrainedVariant,
    TrainingData,
    check_enough,
    fit_once,
    fits_of,
    has_enough_outcomes,
    kept_for_test,
    material,
    offered_to,
    split_people,
    train_variant,
)
from riskstrat.modelling.variant import ModelColumn, Variant, VariantSettings
from riskstrat.modelling.variants import all_variants
from riskstrat.modelling.variants.feature_groups import restricted

__all__ = [
    "BUCKETS", "FEWEST", "Bundle", "Driver", "IndexDates", "LabelledRows", "Labels", "ModelColumn", "ModelFacts",
    "Splits", "TrainedVariant", "TrainingData", "Variant", "VariantSettings", "all_variants", "as_matrix", "calibrate",
    "check_enough", "check_fits", "check_settings", "choose_index_dates", "code_lists_in_words", "columns_of",
    "drivers", "fit_once", "fits_of", "has_enough_outcomes", "index_date_of", "kept_for_test", "labelled_at",
    "labels_of", "latest_complete", "load_bundle", "load_splits", "material", "no_tick", "offered_to",
    "person_numbers", "predicted_risks", "reasons_for", "restricted", "risk_percentiles", "save_bundle", "scored",
    "session_for", "split_people", "train_variant",
]  # fmt: skip
