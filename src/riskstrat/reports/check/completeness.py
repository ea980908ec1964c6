"""Completeness: the share of rows in which each column is recorded, and by practice for the patient table.

Decision
--------
A column that no file has is "not supplied", never 0 %: features that need it are absent, and none is wrong. A column
that records an end is empty until then, and so are the columns recorded only then: their share is shown and not judged.
Sex "unknown" counts as not recorded. A practice is named if one of its shares is 20 points below the share of all
practices and it has at least 50 people, enough for 20 points to be unlikely by chance (three standard errors of a share
of one half are 21 points).

`EXPECTED` are the columns without which people or stays are missing from the results, with the lowest share that is
not reported. Without a month of birth there is no age, and the person is not in the cohort. Without a first diagnosis,
a stay counts towards no condition and no avoidable admission; this happens where the latest months are not coded yet.
"""

from collections.abc import Iterator, Mapping, Sequence

from riskstrat.governance import percent, rounded
from riskstrat.reports.check.counts import ROWS
from riskstrat.reports.check.names import name_practices, table_name
from riskstrat.reports.check.tallies import NOT_STATED, SMALL_PRACTICES, Tallies
from riskstrat.reports.page.content import Cell, ColumnHead, Finding, PageTable, Section
from riskstrat.tables import TABLES, Carried
from riskstrat.wording import join_names, sentence

_SECTION = "completeness"
NOT_SUPPLIED = "not supplied"
FAR_BELOW, ENOUGH_PEOPLE = 20, 50
EXPECTED: Mapping[tuple[str, str], tuple[float, str]] = {
    ("patients", "birth_date"): (99.0, "People without it have no age and are excluded from the cohort."),
    ("patients", "sex"): (99.0, "Sex is a predictor."),
    ("patients", "imd_decile"): (90.0, "Deprivation is a predictor; a missing value counts as not recorded."),
    ("episodes", "provider"): (95.0, "Without it, spells at different hospitals cannot be told apart."),
    ("episodes", "main_diagnosis"): (90.0, "Stays without it count towards no condition and no avoidable admission."),
}
_LABELS = {"imd_decile": "IMD decile", "lsoa": "LSOA", "care_home_id": "Care home ID"}
HAPPENS = {"patients": ("death_date",), "registrations": ("end_date",), "opt_outs": ("withdrawn",)}


def share_known(tallies: Tallies, carried: Carried, table: str, column: str) -> Cell:
    """Return the percentage of a table's rows in which a column is recorded, or "not supplied"."""
    count = tallies.known[table]
    if not count[column] and table in carried and column not in carried[table]:
        return NOT_SUPPLIED
    return percent(count[column], count[ROWS])


def until_it_happens(table: str) -> set[str]:
    """List columns that are empty until something has happened.

    >>> sorted(until_it_happens("caseload"))
    ['left_date', 'outcome']
    """
    ends = TABLES[table].ends
    later = {*HAPPENS.get(table, ()), *ends, *(column for columns in ends.values() for column in columns)}
    return later - {"main_diagnosis"}


def completeness_findings(tallies: Tallies, carried: Carried) -> Iterator[Finding]:
    """Report columns that are recorded too rarely, and practices far below the others."""
    lacking = []
    for (table, column), (least, why) in EXPECTED.items():
        known = share_known(tallies, carried, table, column) if table in tallies.known else None
        if known == NOT_SUPPLIED:
            lacking.append(f"{column} ({table_name(table)})")
        elif isinstance(known, float) and known < least:
            what = sentence(f"{table_name(table)}: {column} is recorded in only {known:.1f} % of rows.")
            yield Finding("warning", what, why, _SECTION)
    if lacking:
        do = "Features that need them are absent; the section Code lists and features names them."
        yield Finding("note", f"No file supplies {join_names(lacking)}.", do, _SECTION)
    yield from _far_below(tallies, carried)


def _judged_columns(tallies: Tallies, carried: Carried) -> list[str]:
    left = {"patient_id", "practice_code", *until_it_happens("patients")}
    names = [column.name for column in TABLES["patients"].columns if column.name not in left]
    return [name for name in names if share_known(tallies, carried, "patients", name) != NOT_SUPPLIED]


def _far_below(tallies: Tallies, carried: Carried) -> Iterator[Finding]:
    for column in _judged_columns(tallies, carried):
        overall = percent(tallies.known["patients"][column], tallies.known["patients"][ROWS])
        below = [unit for unit, of in tallies.practices.items() if _is_far_below(of, column, overall)]
        if below:
            name = _LABELS.get(column, column.replace("_", " "))
            what = f"{name} is recorded far less often in {name_practices(below)} than overall ({overall:.0f} %)."
            do = "Ask the supplier whether this column is missing from their extract."
            yield Finding("warning", sentence(what), do, _SECTION)


def _is_far_below(count: Mapping[str, int], column: str, overall: Cell) -> bool:
    known = percent(count[column], count[ROWS])
    if not isinstance(overall, float) or count[ROWS] < ENOUGH_PEOPLE:
        return False
    return overall - (known if isinstance(known, float) else 0.0) > FAR_BELOW


def completeness_section(tallies: Tallies, carried: Carried) -> Section:
    """Show every column of every table, and the patient table by practice."""
    headings = (
        ColumnHead("column", "Column"), ColumnHead("table", "Table"),
        ColumnHead("known", "Recorded", "percent", bar=True), ColumnHead("meaning", "Meaning"),
    )  # fmt: skip
    rows: list[tuple[Cell, ...]] = []
    for table in tallies.known:
        for column in TABLES[table].columns:
            if column.name != "patient_id":
                later = " (empty until this happens)" if column.name in until_it_happens(table) else ""
                known = share_known(tallies, carried, table, column.name)
                rows.append((column.name, table_name(table), known, column.meaning + later))
    intro = ("Share of rows in which each column is recorded. A column that no file has is “not supplied”, not 0 %.",)
    columns = PageTable("columns", "Columns of every table", headings, tuple(rows), folded=True)
    return Section(_SECTION, "Completeness", intro, (*_lacking(rows), _by_practice(tallies, carried), columns))


def _lacking(rows: Sequence[tuple[Cell, ...]]) -> tuple[PageTable, ...]:
    """Show the columns not supplied, one row for each table."""
    found: dict[Cell, list[str]] = {}
    for name, table, known, _ in rows:
        if known == NOT_SUPPLIED:
            found.setdefault(table, []).append(str(name))
    headings = (ColumnHead("table", "Table"), ColumnHead("columns", "Columns"))
    lines = tuple((table, ", ".join(names)) for table, names in found.items())
    return (PageTable("not-supplied", "Columns that are not supplied", headings, lines, terminal=12),) if lines else ()


def _by_practice(tallies: Tallies, carried: Carried) -> PageTable:
    """Show the patient table by practice, the least complete first."""
    columns = _judged_columns(tallies, carried)
    titles = {name: _LABELS.get(name, sentence(name.replace("_", " "))) for name in columns}
    headings = (
        ColumnHead("practice", "Practice"), ColumnHead("people", "People", "count"),
        *(ColumnHead(name, title, "percent", bar=True) for name, title in titles.items()),
    )  # fmt: skip
    rows = [
        (unit, rounded(count[ROWS]), *(percent(count[name], count[ROWS]) for name in columns))
        for unit, count in tallies.practices.items()
    ]
    merged = (SMALL_PRACTICES, NOT_STATED)
    rows.sort(key=lambda row: (row[0] in merged, sum(c for c in row[2:] if isinstance(c, float)), row[0]))
    caption = "Patient details recorded, by practice, least complete first"
    return PageTable("practices", caption, headings, tuple(rows), limit=40, terminal=5)
