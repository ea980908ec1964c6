"""Define the data: canonical tables, coding systems, windows, snapshots, and files written as a whole."""

from riskstrat.tables.arrays import Binary, Bools, FeatureMatrix, Floats, Hashes, Ints, Singles, SmallInts, Texts
from riskstrat.tables.code_files import CodeEntry, CodeFileLine, columns_known, entry_of, read_rows, some, system_named
from riskstrat.tables.codes import (
    HIERARCHICAL,
    SCTIDS,
    SHAPES,
    TITLES,
    CodeSet,
    System,
    code_map,
    is_cut,
    normalise,
    verhoeff_ok,
)
from riskstrat.tables.dates import FIRST_YEAR_OF_BIRTHS, date_formats, day_and_year, earliest_date, lacks_day, no_dates
from riskstrat.tables.files import (
    UNFINISHED,
    key_of,
    put_back,
    sha256_of,
    whole_file,
    whole_folder,
    write_json,
    write_text,
)
from riskstrat.tables.files_on_disk import (
    COHORT_FILE,
    DECISIONS_FILE,
    FEATURES_FILE,
    FIGURES_FILE,
    NO_OUTCOMES_FILE,
    OUTCOMES_FILE,
    QUARANTINE_FILE,
    SCHEMA_VERSION,
    SCORES_FILE,
    as_stored,
    begins_with,
    check_kinds,
    read_manifest,
    without_version,
    write_manifest,
)
from riskstrat.tables.schema import DIAGNOSES, EPISODES, PATIENTS, TABLES, Column, Table, day_of
from riskstrat.tables.snapshot import Snapshot, seen_in
from riskstrat.tables.supplied import Carried, unmet
from riskstrat.tables.windows import Lookback, OutcomeWindow, date_of, day_number, days_in, months_before

__all__ = [
    "COHORT_FILE", "DECISIONS_FILE", "DIAGNOSES", "EPISODES", "FEATURES_FILE", "FIGURES_FILE", "FIRST_YEAR_OF_BIRTHS",
    "HIERARCHICAL", "NO_OUTCOMES_FILE", "OUTCOMES_FILE", "PATIENTS", "QUARANTINE_FILE", "SCHEMA_VERSION", "SCORES_FILE",
    "SCTIDS", "SHAPES", "TABLES", "TITLES", "UNFINISHED", "Binary", "Bools", "Carried", "CodeEntry", "CodeFileLine",
    "CodeSet", "Column", "FeatureMatrix", "Floats", "Hashes", "Ints", "Lookback", "OutcomeWindow", "Singles",
    "SmallInts", "Snapshot", "System", "Table", "Texts", "as_stored", "begins_with", "check_kinds", "code_map",
    "columns_known", "date_formats", "date_of", "day_and_year", "day_number", "day_of", "days_in", "earliest_date",
    "entry_of", "is_cut", "key_of", "lacks_day", "months_before", "no_dates", "normalise", "put_back", "read_manifest",
    "read_rows", "seen_in", "sha256_of", "some", "system_named", "unmet", "verhoeff_ok", "whole_file",
    "whole_folder", "without_version", "write_json", "write_manifest", "write_text",
]  # fmt: skip
