"""Read extract files into a snapshot: formats, reading, line counts, merging, preview and MEDS export."""

from riskstrat.ingest.changed_files import FilesToRead, hashes_of
from riskstrat.ingest.convert import ConvertedFile, convert_file, line_count
from riskstrat.ingest.discover import DO, MatchedFiles, guard, identified, match_files, refuse
from riskstrat.ingest.extract import MatchedFile
from riskstrat.ingest.formats import all_formats
from riskstrat.ingest.formats.layout import ColumnMapping, FileLayout, Format
from riskstrat.ingest.formats.meds import SHARD
from riskstrat.ingest.manifest import make_snapshot, refuse_too_many_rejects
from riskstrat.ingest.meds_export import SPLIT, SPLIT_SCHEMA, SPLITS, code_metadata, dataset_metadata, meds_rows, schema
from riskstrat.ingest.preview import Preview, preview_file, recognised_formats
from riskstrat.ingest.rows import ReadOptions, select_rows
from riskstrat.ingest.screen import identifiers_stored
from riskstrat.ingest.snapshot import deliveries_of
from riskstrat.ingest.suggest import Suggestion, SuggestionFacts, suggest_sources

__all__ = [
    "DO", "SHARD", "SPLIT", "SPLITS", "SPLIT_SCHEMA", "ColumnMapping", "ConvertedFile", "FileLayout", "FilesToRead",
    "Format", "MatchedFile", "MatchedFiles", "Preview", "ReadOptions", "Suggestion", "SuggestionFacts",
    "all_formats", "code_metadata", "convert_file", "dataset_metadata", "deliveries_of", "guard", "hashes_of",
    "identified", "identifiers_stored", "line_count", "make_snapshot", "match_files", "meds_rows", "preview_file",
    "recognised_formats", "refuse", "refuse_too_many_rejects", "schema", "select_rows", "suggest_sources",
]  # fmt: skip
