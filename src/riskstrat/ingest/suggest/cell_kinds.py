"""Whether the values of a column can be those of one of ours, and whether they speak for it."""

import re
from collections.abc import Callable, Mapping, Sequence

from riskstrat.ingest.suggest.coded_values import NO_VALUE, VOCABULARIES
from riskstrat.ingest.suggest.date_writing import DateWriting
from riskstrat.ingest.suggest.samples import ColumnCells
from riskstrat.tables import SHAPES, TABLES, System, normalise, verhoeff_ok

Evidence = float
AGAINST, NONE, FOR = -1.0, 0.0, 1.0
_SHARE, _MOST = 0.9, 2_000
_SHAPED: Mapping[str, str] = {
    "practice_code": r"[A-Z]\d{5}|[A-Z]{2}\d{4}",
    "provider": r"[A-Z0-9]{3}|[A-Z0-9]{5}",
    "lsoa": r"[ENSW]\d{8}",
    "arrival_time": r"\d{1,2}:?\d\d(:\d\d)?(\.\d+)?|\d{1,4}",
    "diagnoses": r"[A-Z]\d\d[0-9A-Z.\- ]{0,5}",
    "cause": r"[A-Z]\d\d[0-9A-Z.\- ]{0,5}",
    "code": r"[0-9A-Za-z.^\-]{2,18}",
    "treatment_function": r"[0-9A-Z&]{3}",
}
_LONG = r"\d{6,18}"
_OF_FORMAT: Mapping[str, str] = {
    "ecds.arrival_mode": _LONG, "ecds.disposal": _LONG, "ecds.diagnosis": _LONG, "hes_ae.arrival_mode": r"\d{1,2}",
    "hes_ae.disposal": r"\d{1,2}", "hes_ae.diagnosis": r"\w{1,6}",
}  # fmt: skip
_FREE = ("name", "staff_role", "mode", "unit", "outcome", "role", "disposal", "arrival_mode", "attendance_category")


def share_of(cells: ColumnCells, holds: Callable[[str], bool]) -> float:
    """Share of the different values, of at most 2,000, of which something holds; those that say "none" do not count."""
    values = [value for value in list(cells.counts)[:_MOST] if value.lower() not in NO_VALUE]
    return sum(map(holds, values)) / len(values) if values else 0.0


def matching(pattern: str) -> Callable[[str], bool]:
    """A test whether a pattern matches a whole value."""
    return lambda value: re.fullmatch(pattern, value) is not None


def evidence(format_name: str, table: str, column: str, cells: ColumnCells) -> Evidence:
    """Weigh what values say about a column: from -1, they cannot be its, over 0 to 1, they look like its."""
    if not cells.filled:
        return NONE
    known = TABLES[table].by_name.get(column)
    kind = known.type if known else "text"
    dates = cells.dates
    if kind == "date":
        return _of_dates(column, dates)
    if f"{format_name}.{column}" in _OF_FORMAT:
        return FOR if share_of(cells, matching(_OF_FORMAT[f"{format_name}.{column}"])) >= _SHARE else AGAINST
    if f"{table}.{column}" in VOCABULARIES:
        return _of_codes(f"{table}.{column}", cells)
    if kind in ("int", "float"):
        return NONE if share_of(cells, _is_number) >= 0.5 and _is_no_date(dates) else AGAINST
    if not _is_no_date(dates) and column != "arrival_time":
        return AGAINST
    if column in _SHAPED:
        return FOR if share_of(cells, matching(_SHAPED[column])) >= _SHARE else NONE
    return _of_ids(cells) if column in ("patient_id", "episode_id") else NONE


def _is_no_date(dates: DateWriting | None) -> bool:
    """Whether values are not beyond doubt dates: bare digits may be years, months or numbers."""
    return dates is None or re.fullmatch("(%[YmdHMS])+", dates.format) is not None


def _of_dates(column: str, dates: DateWriting | None) -> Evidence:
    if dates is None or (dates.coarse and column != "birth_date"):
        return AGAINST
    return FOR


def _of_codes(where: str, cells: ColumnCells) -> Evidence:
    """A coded column has few different values, of which those that are known speak for it."""
    words = VOCABULARIES[where]
    if len(cells.counts) > 40:
        return AGAINST
    known = share_of(cells, lambda value: value in words.codes or words.meaning(value) is not None)
    return FOR if known >= 0.75 else NONE


def _of_ids(cells: ColumnCells) -> Evidence:
    """Pseudonyms are many and of one length or nearly."""
    if len(cells.counts) < 5 and cells.filled > 50:
        return AGAINST
    return FOR if share_of(cells, matching(r"[0-9a-fA-F]{16,}|[0-9a-fA-F-]{32,40}")) >= _SHARE else NONE


def _is_number(value: str) -> bool:
    return re.fullmatch(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?", value) is not None


def code_systems(table: str, cells: ColumnCells) -> Sequence[str]:
    """The coding systems that the shape of a column's codes leaves open, for a file that does not name them."""
    wanted: Sequence[System] = ("bnf", "dmd") if table == "prescriptions" else ("snomed", "readv2", "icd10")
    found: list[str] = [one for one in wanted if share_of(cells, lambda value, s=one: _has_shape(s, value)) >= 0.95]  # type: ignore[misc]
    return [*found, "ctv3"] if "readv2" in found else found


def _has_shape(system: System, value: str) -> bool:
    if system in ("snomed", "dmd"):
        return verhoeff_ok(value) and normalise(system, value) is not None
    return system in SHAPES and normalise(system, value) is not None
