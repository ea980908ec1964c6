"""Build the SQL that reads a file as text cells, joined to its lookup files.

Decision
--------
A file is read by a fast CSV reader, or line by line (`lines`). Read line by line, a field is either in quotes or does
not begin with a quote, and no text may be left over. The second half of a cell with a line break must not count as a
row. A lookup file is always read line by line, because a quote in one term of a dictionary could map codes to other
codes without an error. In a file with tabs, a quote is an ordinary character, as dictionaries are written. If a key has
two entries, all columns come from one of them.
"""

from pathlib import Path

from riskstrat.engine import literal_path, quoted_name, quoted_text
from riskstrat.ingest.extract import MatchedFile
from riskstrat.ingest.formats.layout import LookupFile

_FIELDS = "more or fewer fields than the header"
QUOTES = "an unbalanced quote, or a line break in a cell"
NO_DELIMITER = "\x1f\x1e"


def raw(extract: MatchedFile, in_order: bool = False, lines: Path | None = None) -> str:
    """Build the SQL that reads every cell as text: columns `line` (NULL if unknown), `problem`, c0, c1, ...

    Parameters
    ----------
    in_order : bool
        Read in one thread, with line numbers.
    lines : Path or None
        File of lines from `lines.write_lines`, to read instead of the extract.
    """
    if lines is not None:
        return _split_lines(extract, f"SELECT * FROM read_parquet({quoted_text(literal_path(lines))})")
    if extract.delimiter is None:
        return _parquet(extract, in_order)
    types = {f"c{i}": "VARCHAR" for i in range(len(extract.headers))}
    read = _csv(extract, extract.delimiter, '"', types, not in_order)
    line = "row_number() OVER () + 1" if in_order else "NULL::BIGINT"
    return f"(SELECT {line} AS line, NULL::VARCHAR AS problem, * FROM {read})"


def _csv(extract: MatchedFile, delimiter: str, quote: str, types: dict[str, str], parallel: bool) -> str:
    columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
    packed = "gzip" if extract.path.suffix.lower() == ".gz" else "none"
    return (
        f"read_csv({quoted_text(literal_path(extract.path))}, auto_detect = false, header = false, skip = 1, "
        f"delim = {quoted_text(delimiter)}, quote = '{quote}', escape = '{quote}', columns = {{{columns}}}, "
        f"nullstr = '', max_line_size = 4000000, encoding = '{extract.settings.encoding}', "
        f"compression = '{packed}', parallel = {str(parallel).lower()})"
    )


def _parquet(extract: MatchedFile, in_order: bool) -> str:
    names = ", ".join(f"{_cell(quoted_name(header))} AS c{i}" for i, header in enumerate(extract.headers))
    numbered = ", file_row_number = true" if in_order else ""
    line = "file_row_number + 1" if in_order else "NULL"
    path = quoted_text(literal_path(extract.path))
    read = f"read_parquet({path}, hive_partitioning = false{numbered})"
    return f"(SELECT CAST({line} AS BIGINT) AS line, NULL::VARCHAR AS problem, {names} FROM {read})"


def _cell(name: str) -> str:
    """Build the SQL for a Parquet cell as text: whole numbers without a point, times without zone or fractions.

    A text of six to fifteen digits and ".0" was a whole number that the writer of the file stored as a float.
    """
    text, kind = f"CAST({name} AS VARCHAR)", f"typeof({name})"
    whole = f"regexp_replace({text}, '^(-?[0-9]+)[.]0+$', '\\1')"
    written = f"regexp_replace({text}, '^([0-9]{{6,15}})[.]0$', '\\1')"
    number = f"{kind} IN ('DOUBLE', 'FLOAT') OR {kind} LIKE 'DECIMAL%'"
    return f"CASE WHEN {number} THEN {whole} WHEN {kind} LIKE 'TIMESTAMP%' THEN left({text}, 19) ELSE {written} END"


def _split_lines(extract: MatchedFile, lines: str) -> str:
    """Build the SQL that splits lines (line, text, problem) into cells, each line on its own.

    After a line with an open quote, a line with one quote too many may be the second half of a cell with a line break.
    """
    wide, between = len(extract.headers), extract.delimiter or ","
    apart = f"\\x{ord(between):02x}"
    field = f'("(?:[^"]|"")*"|[^"\\r{apart}][^\\r{apart}]*|){apart}'
    fields = f"regexp_extract_all(text || {quoted_text(between)}, {quoted_text(field)}, 1) AS f"
    whole = "list_sum(list_transform(f, lambda x: length(x))) + len(f) = length(text) + 1"
    odd = "length(replace(text, '\"', '')) % 2 <> length(text) % 2"
    before = "OVER (ORDER BY line ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)"
    rest = f"odd AND coalesce(last_value(CASE WHEN odd THEN NOT whole END IGNORE NULLS) {before}, false)"
    wrong = f"len(f) <> {wide} AND NOT (len(f) = {wide + 1} AND f[{wide + 1}] = '')"
    problem = (
        f"CASE WHEN problem IS NOT NULL THEN problem WHEN NOT whole OR ({rest}) OR (odd AND {wrong}) "
        f"THEN {quoted_text(QUOTES)} WHEN {wrong} THEN {quoted_text(_FIELDS)} END"
    )
    judged = f"SELECT *, {whole} AS whole, {odd} AS odd FROM (SELECT *, {fields} FROM ({lines}))"
    parsed = f"SELECT line, {problem} AS problem, {_unquoted('f')} AS f FROM ({judged})"
    return f"(SELECT line, problem, {_cells(wide)} FROM ({parsed}) WHERE problem IS NOT NULL OR f IS NOT NULL)"


def _unquoted(fields: str) -> str:
    whole = "trim(x) LIKE '\"%\"' AND length(trim(x)) > 1"
    bare = f"CASE WHEN {whole} THEN replace(trim(x)[2:-2], '\"\"', '\"') ELSE x END"
    return f"list_transform({fields}, lambda x: {bare})"


def _cells(wide: int) -> str:
    return ", ".join(f"nullif(f[{i + 1}], '') AS c{i}" for i in range(wide))


def positions(extract: MatchedFile) -> dict[str, str]:
    """Map each header or alias, in small letters, to the SQL of its cell; columns in `drop` are not included."""
    dropped = {name.lower() for name in extract.settings.drop}
    headers = [header.lower() for header in extract.headers]
    cells = {header: f"m.c{i}" for i, header in enumerate(headers) if header not in dropped}
    for number, (lookup, files) in enumerate(extract.lookups):
        if files and lookup.join[0].lower() in cells:
            cells |= {alias.lower(): f"k{number}.a{i}" for i, alias in enumerate(lookup.columns)}
    return cells


def joined_lookups(extract: MatchedFile, rows: str) -> str:
    """Build the SQL that joins the file's rows, named m, to its lookups; the join never adds rows."""
    cells, joins = positions(extract), [f"{rows} m"]
    for number, (lookup, files) in enumerate(extract.lookups):
        if files and lookup.join[0].lower() in cells:
            entries = " UNION ALL ".join(_entries(lookup, file) for file in files)
            taken = ", ".join(f"a.a{i} AS a{i}" for i in range(len(lookup.columns)))
            one = f"SELECT key, {taken} FROM (SELECT key, max(a) AS a FROM ({entries}) GROUP BY key)"
            joins.append(f"LEFT JOIN ({one}) k{number} ON trim({cells[lookup.join[0].lower()]}) = k{number}.key")
    return " ".join(joins)


def _entries(lookup: LookupFile, file: MatchedFile) -> str:
    """Build the SQL for the entries of a lookup: the key, and all other columns as one value."""
    cells = {header.lower(): f"c{i}" for i, header in enumerate(file.headers)}
    taken = ", ".join(f"'a{i}': nullif(trim({cells[h.lower()]}), '')" for i, h in enumerate(lookup.columns.values()))
    key = f"trim({cells[lookup.join[1].lower()]})"
    return f"SELECT {key} AS key, {{{taken}}} AS a FROM {_lookup_rows(file)} WHERE problem IS NULL AND {key} <> ''"


def _lookup_rows(file: MatchedFile) -> str:
    if file.delimiter is None:
        return raw(file)
    read = _csv(file, NO_DELIMITER, "", {"text": "VARCHAR"}, True)
    lines = f"SELECT NULL::BIGINT AS line, text, NULL::VARCHAR AS problem FROM {read}"
    if file.delimiter != "\t":
        return _split_lines(file, lines)
    split = _unquoted("string_split(rtrim(text, chr(13)), chr(9))")
    rows = f"SELECT {split} AS f FROM ({lines})"
    wide = len(file.headers)
    return f"(SELECT NULL::VARCHAR AS problem, {_cells(wide)} FROM ({rows}) WHERE len(f) = {wide})"
