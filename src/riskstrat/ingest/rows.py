"""Build the query that reads a file of an extract as rows of a canonical table.

Decision
--------
`select_rows` is the whole of reading. Every cell is read as text first and typed afterwards, so that no reader guesses:
"2A", "0123" and an 18-digit SNOMED identifier stay as they are. An identifier that a spreadsheet has changed to
1.23E+17 is rejected, and so is a date with a two-digit year. A date that a source writes for "not recorded" is stored
as empty. The query then gives the first error of the row as ``column|reason``, and the part of the store for the row: 0
or above, by a hash of the patient, or below 0 for rows that are not stored. Restricted codes are removed here, before
anything is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskstrat.engine import quoted_name, quoted_text
from riskstrat.governance import Restricted, withhold
from riskstrat.ingest.extract import MatchedFile
from riskstrat.ingest.formats.layout import ColumnMapping, RowFilter
from riskstrat.ingest.text_sql import joined_lookups, positions, raw
from riskstrat.tables import TABLES, Column, date_formats, earliest_date, no_dates

MANGLED = "[0-9](\\.[0-9]+)?[eE]\\+[0-9]+|[0-9]{6,}\\.0+"
SQL_TYPES = {"text": "VARCHAR", "date": "DATE", "int": "INTEGER", "float": "DOUBLE"}
_REASONS = {"date": "not a date", "int": "not a whole number", "float": "not a number"}
MISSING = "missing"
IDENTIFIERS = ("patient_id", "code")
AS_NUMBER = "written as a number by a spreadsheet"
CUT_CODE = "cut to fifteen digits by a spreadsheet"
OUT_OF_RANGE = "out of range"
UNKNOWN_CODE = "not one of the permitted codes"


def text_sql(column: ColumnMapping, cells: Sequence[str], recode: Mapping[str, str] | None = None) -> str:
    """Build the SQL for a cell as text: trimmed, NULL if missing, recoded; further cells are those of ``append``.

    `recode` is what study.toml says of the column. It comes first, so that its values may be codes of the format.
    """
    text = _trimmed(cells[0], column.column == "patient_id")
    if recode:
        text = f"nullif({_recoded(text, recode)}, '')"
    if column.missing:
        text = f"CASE WHEN {text} NOT IN ({_listed(column.missing)}) THEN {text} END"
    if column.append:
        others = [f"coalesce(trim({cell}), '')" for cell in cells[1:]]
        text = f"concat_ws('|', coalesce({text}, ''), {', '.join(others)})"
    if column.patterns:
        text = _by_pattern(column, text)
    fold = column.column == "code_system"
    text = f"lower({text})" if fold else text
    if column.recode:
        text = _recoded(text, {(a.lower() if fold else a): b for a, b in column.recode.items()})
    return f"left({text}, {column.length})" if column.length else text


def _recoded(text: str, recode: Mapping[str, str]) -> str:
    cases = " ".join(f"WHEN {quoted_text(a)} THEN {quoted_text(b)}" for a, b in recode.items())
    return f"CASE {text} {cases} ELSE {text} END"


def _trimmed(cell: str, all_blanks: bool) -> str:
    """Build the SQL that trims a cell; few cells need it, and testing is faster than trimming.

    Pseudonyms also lose tabs and no-break spaces, because they must match between files.
    """
    blanks = " \t\u00a0" if all_blanks else " "
    found = " OR ".join(f"{side}({cell}, {quoted_text(blank)})" for blank in blanks for side in ("prefix", "suffix"))
    return f"CASE WHEN {found} OR {cell} = '' THEN nullif(trim({cell}, {quoted_text(blanks)}), '') ELSE {cell} END"


def _by_pattern(column: ColumnMapping, text: str) -> str:
    cases = []
    for pattern, value in column.patterns:
        given = quoted_text(value)
        if "\\" in value:
            given = f"nullif(regexp_replace({text}, {quoted_text(f'^(?:{pattern})$')}, {quoted_text(value)}), '')"
        cases.append(f"WHEN regexp_full_match({text}, {quoted_text(pattern)}) THEN {given}")
    return f"CASE {' '.join(cases)} END"


def _listed(values: Sequence[str]) -> str:
    return ", ".join(quoted_text(value) for value in values)


def parsed_sql(text: str, column: Column, source: ColumnMapping, date_format: str | None) -> str:
    """Build the SQL that parses a cell's text to the type of its column; NULL if that is not possible."""
    if column.type == "date":
        return _day(text, date_format, source.month)
    if column.type == "int":
        number = _number(text)
        return f"CASE WHEN {number} = floor({number}) THEN try_cast({number} AS INTEGER) END"
    return _number(text) if column.type == "float" else text


def _number(text: str) -> str:
    return f"CASE WHEN {text} NOT LIKE '%\\_%' ESCAPE '\\' THEN try_cast({text} AS DOUBLE) END"


def _day(text: str, date_format: str | None, month: bool) -> str:
    """Build the SQL that parses a date."""
    day = f"CAST(try_strptime({text}, [{_listed(date_formats(date_format))}]) AS DATE)"
    if date_format is None:
        digits = "6, 8" if month else "8"
        day = f"CASE WHEN length({text}) IN ({digits}) OR regexp_matches({text}, '[^0-9]') THEN {day} END"
    if month:
        text = f"CASE WHEN regexp_full_match({text}, '[0-9]{{4}}') THEN {text} || '-07' ELSE {text} END"
        short = f"CASE WHEN length({text}) IN (6, 7) THEN try_strptime({text}, ['%Y-%m', '%Y%m']) END"
        whole = f"coalesce({short}, {day})" if date_format is None else day
        return f"CAST(date_trunc('month', {whole}) AS DATE)"
    if date_format is None:
        return f"CASE WHEN length({text}) = 10 AND {text}[5] = '-' THEN try_cast({text} AS DATE) ELSE {day} END"
    return day


def value_sql(cell: str, column: Column, source: ColumnMapping) -> str:
    """Build the SQL for a cell's value; NULL for a date that means "not recorded" or is too early, and for infinity."""
    if column.type == "date":
        return f"CASE WHEN {cell} >= {_earliest(source)} AND {_means_a_date(cell, source)} THEN {cell} END"
    return f"CASE WHEN isfinite({cell}) THEN {cell} END" if column.type == "float" else cell


def _earliest(source: ColumnMapping) -> str:
    return f"DATE '{earliest_date(source.month)}'"


def _means_a_date(cell: str, source: ColumnMapping) -> str:
    none = ", ".join(f"DATE '{one}'" for one in no_dates(source.month))
    return f"{cell} NOT IN ({none})"


def misfits(text: str, cell: str, column: Column, source: ColumnMapping) -> list[tuple[str, str]]:
    """List possible errors of a cell, as text and parsed: conditions in SQL, each with its reason."""
    found: list[tuple[str, str]] = []
    if column.type != "text":
        early = f"({cell} < {_earliest(source)} AND {_means_a_date(cell, source)})"
        beyond = {"date": f" OR {early}", "float": f" OR NOT isfinite({cell})", "int": ""}
        found.append((f"{cell} IS NULL AND {text} IS NOT NULL{beyond[column.type]}", _REASONS[column.type]))
    if column.required:
        found.append((f"{column.name} IS NULL", MISSING))
    if column.between is not None:
        low, high = column.between
        found.append((f"{column.name} NOT BETWEEN {low} AND {high}", OUT_OF_RANGE))
    if column.one_of:
        found.append((f"{column.name} NOT IN ({_listed(column.one_of)})", UNKNOWN_CODE))
    if column.name in IDENTIFIERS:
        suspect = f"(contains({text}, '+') OR contains({text}, '.0'))"
        found.append((f"{suspect} AND regexp_full_match({text}, '{MANGLED}')", AS_NUMBER))
    return found


FAULTY, LEFT_OUT, RESTRICTED = -1, -2, -3
AFTER_EXTRACT = "after the date of the extract"
ENDS_FIRST = "ends before it starts"
_KEYS = ("record_id", "care_home_id")
RECORD = {
    "record_id": Column("record_id", "text", "identifier of the record in its source"),
    "record_order": Column("record_order", "float", "order of the rows of one record; the highest is kept"),
    "deleted": Column("deleted", "int", "1 if the record was deleted in its source"),
}


@dataclass(frozen=True)
class ReadOptions:
    """How every row is read.

    Parameters
    ----------
    today : date
        Latest date allowed in an extract without its own date (`as_of`).
    rekey : bool
        Whether pseudonyms are replaced, by the macro of `pseudonyms`.
    cut_codes : tuple of str
        Identifiers in the file that have lost their last digits.
    """

    parts: int
    today: date
    skip: tuple[str, ...] = ()
    restricted: Restricted | None = None
    rekey: bool = False
    cut_codes: tuple[str, ...] = ()


def select_rows(extract: MatchedFile, rules: ReadOptions, in_order: bool = False, lines: Path | None = None) -> str:
    """Build the SQL that reads a file into canonical columns, and line, fault, restricted_codes and part; see `raw`."""
    cells = positions(extract)
    as_text = _texts(extract, cells, joined_lookups(extract, raw(extract, in_order, lines)))
    as_typed = _values(extract, _parsed(extract, as_text))
    judged = f"SELECT *, {_fault(extract, rules)} AS fault FROM ({as_typed})"
    return _placed(extract, rules, judged)


def _columns(extract: MatchedFile) -> dict[str, tuple[Column, ColumnMapping]]:
    """Map the canonical columns that the file fills to their definition and mapping."""
    known = TABLES[extract.table].by_name | RECORD
    listed = (*extract.layout.columns, *extract.layout.replaces)
    return {c.column: (known[c.column], c) for c in listed if c.column in extract.found and c.column in known}


def _cells_of(extract: MatchedFile, cells: Mapping[str, str], column: ColumnMapping) -> list[str]:
    found = [cells[name.lower()] for name in extract.found[column.column]]
    return [*found[:1], *(cells.get(name.lower(), "NULL") for name in column.append)]


def _texts(extract: MatchedFile, cells: Mapping[str, str], rows: str) -> str:
    parts = [
        f"{text_sql(how, _cells_of(extract, cells, how), extract.settings.recode.get(to, {}))} AS {_name('t', to)}"
        for to, (_, how) in _columns(extract).items()
    ]
    parts += [f"{_list(extract, cells, c)} AS {c.column}" for c in extract.layout.columns if c.is_list]
    counts = " AND ".join(_counts(where, cells) for where in extract.where) or "true"
    return f"SELECT m.line, m.problem, {counts} AS counts, {', '.join(parts)} FROM {rows}"


def _list(extract: MatchedFile, cells: Mapping[str, str], column: ColumnMapping) -> str:
    """Build the SQL for a list of texts; empty ones are dropped, except the first, which is the main one."""
    headers = extract.found.get(column.column, ())
    if not headers:
        return "CAST([] AS VARCHAR[])"
    texts = [text_sql(column, [cells[h.lower()]], extract.settings.recode.get(column.column, {})) for h in headers]
    items = f"[{', '.join(texts)}]"
    if column.split:
        codes = f"regexp_split_to_array({texts[0]}, {quoted_text(column.split)})"
        items = f"list_transform({codes}, lambda x: nullif(trim(x), ''))"
    return f"list_filter({items}, lambda x, i: x IS NOT NULL OR i = 1)"


def _counts(where: RowFilter, cells: Mapping[str, str]) -> str:
    cell = cells.get(where.name.lower())
    if cell is None:
        return "true"
    return (
        f"{'NOT ' if where.exclude else ''}regexp_full_match(coalesce(trim({cell}), ''), {quoted_text(where.pattern)})"
    )


def _name(stage: str, column: str) -> str:
    """Name the column of a cell at a stage of the query: t_ for its text, p_ for its parsed value."""
    return quoted_name(f"{stage}_{column}")


def _parsed(extract: MatchedFile, rows: str) -> str:
    """Build the SQL that parses every cell to its type, once."""
    cells = [
        f"{parsed_sql(_name('t', to), column, source, extract.settings.format_of(to))} AS {_name('p', to)}"
        for to, (column, source) in _columns(extract).items()
    ]
    return f"SELECT *, {', '.join(cells)} FROM ({rows})"


def _value(extract: MatchedFile, to: str) -> str:
    mine = _columns(extract)
    column, source = mine[to]
    value = value_sql(_name("p", to), column, source)
    if source.fallback in mine:
        value = f"coalesce({value}, {value_sql(_name('p', source.fallback), *mine[source.fallback])})"
    if extract.found[to][0].lower() in map(str.lower, extract.settings.coarsen) and column.type == "date":
        value = f"make_date(year({value}), 7, 1)"
    return value


def _values(extract: MatchedFile, rows: str) -> str:
    """Build the SQL for every canonical column: the cell, a constant, or NULL."""
    mine, parts = _columns(extract), []
    given = {**extract.layout.constants, **extract.settings.values}
    for column in (*TABLES[extract.table].columns, *RECORD.values()):
        if column.name in given:
            value = f"CAST({quoted_text(given[column.name])} AS {SQL_TYPES[column.type]})"
        elif column.name in mine:
            value = _value(extract, column.name)
        else:
            value = f"CAST(NULL AS {SQL_TYPES[column.type]})"
        parts.append(f"{value} AS {column.name}")
    return f"SELECT *, {', '.join(parts)} FROM ({rows})"


def _fault(extract: MatchedFile, rules: ReadOptions) -> str:
    """Build the SQL for the first error of a row."""
    cases = ["WHEN problem IS NOT NULL THEN '|' || problem"]
    for to, (column, source) in _columns(extract).items():
        found = misfits(_name("t", to), _name("p", to), column, source)
        cases += [_when(wrong, to, reason) for wrong, reason in found]
    return f"CASE {' '.join([*cases, *_beyond_cells(extract, rules)])} END"


def _when(wrong: str, column: str, reason: str) -> str:
    return f"WHEN {wrong} THEN {quoted_text(f'{column}|{reason}')}"


def _beyond_cells(extract: MatchedFile, rules: ReadOptions) -> list[str]:
    """List errors that show only from several cells of a row, from the date of the extract, or from cut codes."""
    mine, cases = _columns(extract), []
    if "after_extract" not in rules.skip:
        cases += _after(extract, extract.settings.as_of or rules.today)
    if "ends_before_start" not in rules.skip:
        spans = [(start, end) for start, end in TABLES[extract.table].spans if start in mine and end in mine]
        cases += [_when(f"{end} < {start}", end, ENDS_FIRST) for start, end in spans]
    if rules.cut_codes:
        cases.append(_when(f"code IN ({_listed(rules.cut_codes)})", "code", CUT_CODE))
    return cases


def _after(extract: MatchedFile, last: date) -> list[str]:
    """List the errors of dates after the date of the extract."""
    table, mine = TABLES[extract.table], _columns(extract)
    dates = [table.event] if table.event and not table.ahead else []
    dates += [end for _, end in table.spans] if extract.table == "episodes" else []
    cases = [_when(f"{name} > DATE '{last}'", name, AFTER_EXTRACT) for name in dates if name in mine]
    born = [_when(f"year(birth_date) > {last.year}", "birth_date", AFTER_EXTRACT)] if "birth_date" in mine else []
    return cases + born


def _placed(extract: MatchedFile, rules: ReadOptions, rows: str) -> str:
    """Build the SQL for the columns that are kept, and for the part of the store the row goes to."""
    names = [c.name for c in TABLES[extract.table].columns if c.name != "patient_id"] + list(RECORD)
    values = {**{name: name for name in names}, **_lists(extract)}
    withheld, codes_removed = "false", "0"
    if rules.restricted is not None:
        withheld, codes_removed, without = withhold(rules.restricted, values)
        values |= without
    patient = "rekey(patient_id)" if rules.rekey else "patient_id"
    if rules.rekey:
        values |= {name: f"rekey({name})" for name in _KEYS if name in values}
    stored = f"CAST(hash({patient}) % {rules.parts} AS INTEGER)"
    deleted = "deleted = 1 AND patient_id IS NOT NULL AND record_id IS NOT NULL"
    place = (
        f"CASE WHEN problem IS NOT NULL THEN {FAULTY} WHEN {deleted} THEN {stored} WHEN NOT counts THEN {LEFT_OUT} "
        f"WHEN fault IS NOT NULL THEN {FAULTY} WHEN withheld THEN {RESTRICTED} ELSE {stored} END"
    )
    listed = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
    return (
        f"SELECT line, {patient} AS patient_id, {listed}, fault, {codes_removed} AS restricted_codes, {place} AS part "
        f"FROM (SELECT *, {withheld} AS withheld FROM ({rows}))"
    )


def _lists(extract: MatchedFile) -> dict[str, str]:
    """Return the SQL for the diagnoses of an episode, an empty list if the file has none."""
    if extract.table != "episodes":
        return {}
    filled = any(c.is_list for c in extract.layout.columns)
    return {"diagnoses": "diagnoses" if filled else "CAST([] AS VARCHAR[])"}
