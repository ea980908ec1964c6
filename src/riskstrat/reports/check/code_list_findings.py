"""Code lists in the check report: findings and a section, by the rules of `code_list_coverage`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from riskstrat.errors import StudyError
from riskstrat.features import ACSC, Feature, near
from riskstrat.governance import percent, rounded
from riskstrat.reports.check.code_list_coverage import (
    OF_NO_KNOWN_SYSTEM,
    OVER,
    Coverage,
    StoredCodes,
    lists_of,
    systems_carried,
)
from riskstrat.reports.check.names import table_name
from riskstrat.reports.page.content import Cell, ColumnHead, Finding, Level, PageTable, Section
from riskstrat.tables import TITLES
from riskstrat.wording import join_names, plural

_SECTION = "code-lists"
CERTAIN, LIKELY = 10_000, 3_000
RARER = 10
RARE = frozenset({"motor_neurone_disease", "organ_transplant", "pulmonary_hypertension", "lithium", "cytotoxics"})
SHAPE_WARNING, SHAPE_ERROR = 1.0, 10.0
MANY_ABSENT, _REASONS = 10, 4
Absences = Mapping[str, Sequence[str]]


def unmatched_level(name: str, own: bool, people: int) -> Level:
    """Judge how serious it is that a list which could match does not.

    >>> [unmatched_level("gout", False, people) for people in (500, 5_000, 20_000)]
    ['note', 'warning', 'error']
    >>> unmatched_level("gout", True, 500), unmatched_level("lithium", False, 20_000)
    ('error', 'note')
    """
    enough = people / RARER if name in RARE else people
    if own or enough >= CERTAIN:
        return "error"
    return "warning" if enough >= LIKELY else "note"


def refuse_unknown(unseen: Iterable[str], features: Iterable[Feature]) -> None:
    """Refuse names in ``checks.unseen_lists`` that are not built-in code lists.

    Raises
    ------
    StudyError
        With every such name.
    """
    known = {ACSC.name, *(one.name for one in lists_of(features))}
    unknown = [name for name in unseen if name not in known]
    if unknown:
        message = "`unseen_lists` under [checks] in study.toml may name built-in code lists only:"
        do = "The check report names every list, in the section Code lists and features."
        raise StudyError(message, [near(name, known) for name in unknown], do)


def code_list_findings(
    coverages: Sequence[Coverage], store: StoredCodes, people: int, absences: Absences, unseen: Sequence[str] = ()
) -> list[Finding]:
    """Report lists that cannot match or match nothing, invalid codes, and absent features."""
    nothing = _nothing(empty(coverages, unseen), people)
    return [*_cannot(coverages, store), *nothing, *_misshapen(store), *_absent(absences)]


def _cannot(coverages: Sequence[Coverage], store: StoredCodes) -> Iterator[Finding]:
    """Report lists without codes in the coding systems of the data, together where they read the same tables."""
    some: dict[frozenset[str], list[str]] = {}
    for one in (c for c in coverages if not c.can_match and not c.code_list.name.endswith(OVER)):
        some.setdefault(one.code_list.tables, []).append(one.code_list.name)
    for tables, names in some.items():
        systems = sorted({s for table, of in systems_carried(store).items() if table in tables for s in of})
        where = join_names([table_name(table) for table in sorted(tables)])
        has = f"hold {join_names([title(system) for system in systems])} codes" if systems else "hold no codes"
        what = f"{plural(len(names), 'code list')} cannot match, because {where} {has}: {join_names(names)}."
        do = "Add codes in a coding system of the extract under [codelists], or map the extract's codes before ingest."
        yield Finding("error", what, do, _SECTION)


def empty(coverages: Sequence[Coverage], unseen: Sequence[str] = ()) -> list[Coverage]:
    """List what could match but does not, except lists for resolved conditions and those in `unseen`."""
    seen = [c for c in coverages if not c.code_list.name.endswith(OVER) and c.code_list.name not in unseen]
    return [c for c in seen if c.can_match and not c.entries_seen]


def _nothing(coverages: Sequence[Coverage], people: int) -> Iterator[Finding]:
    sorts: dict[tuple[Level, bool], list[str]] = {}
    for one in coverages:
        name, own = one.code_list.name, one.code_list.own
        sorts.setdefault((unmatched_level(name, own, people), own), []).append(name)
    for (level, own), names in sorts.items():
        if own:
            what = f"No code in the data matches {plural(len(names), 'code list')} of this study: {join_names(names)}."
            do = "Check under [codelists] that the file is correct and that the extract uses its coding system."
        else:
            chance = " With so few people, this may be chance." if level == "note" else ""
            what = f"No code in the data matches {plural(len(names), 'built-in list')}: {join_names(names)}.{chance}"
            do = (
                "Their features are 0 for everyone, although some patients may have the condition. Compare the lists "
                "with the codes in the extract, and add the codes in use under [codelists]. If nobody has the "
                "condition, add the list to `unseen_lists` under [checks]."
            )
        yield Finding(level, what, do, _SECTION)


def _absent(absences: Absences) -> list[Finding]:
    """Report absent features by the most common reasons; a warning if there are many."""
    ordered = sorted(absences.items(), key=lambda one: -len(one[1]))
    if not ordered:
        return []
    reasons = [f"{_are_absent(len(names))}: {why}." for why, names in ordered[:_REASONS]]
    others = sum(len(names) for _, names in ordered[_REASONS:])
    reasons += [f"{_are_absent(others)} for other reasons."] if others else []
    do = (
        "Models do without them; nothing is set to 0. If the extract has missing columns, map them under [[sources]]; "
        "add missing code lists with `riskstrat codelists add`."
    )
    level: Level = "warning" if len(ordered[0][1]) >= MANY_ABSENT else "note"
    return [Finding(level, " ".join(reasons), do, _SECTION)]


def _are_absent(number: int) -> str:
    return f"{plural(number, 'feature')} {'is' if number == 1 else 'are'} absent"


def _misshapen(store: StoredCodes) -> Iterator[Finding]:
    """Report invalid codes as a share of their system, and codes of unsupported systems as a share of the table."""
    for (table, system), seen in store.items():
        unknown = system == OF_NO_KNOWN_SYSTEM
        of = sum(one.total for (name, _), one in store.items() if name == table) if unknown else seen.total
        share = 100 * seen.misshapen / max(of, 1)
        if share >= SHAPE_WARNING:
            codes = "codes" if unknown else f"{title(system)} codes"
            kind = "in an unsupported coding system" if unknown else "not valid"
            what = f"{share:.0f} % of the {codes} in {table_name(table)} are {kind}, and match no list."
            do = "Check for codes that are numbers, cut short or in another system. See `code_columns` in [[sources]]."
            yield Finding("error" if share >= SHAPE_ERROR else "warning", what, do, _SECTION)


def code_list_section(coverages: Sequence[Coverage], store: StoredCodes, absences: Absences) -> Section:
    """Show the codes in the data, lists that match nothing, absent features, and every list."""
    seen = sum(bool(one.entries_seen) for one in coverages)
    intro = (
        f"{seen:,} of {len(coverages):,} lists match codes in the data. An entry is seen if a row has this code or, in "
        "a hierarchical coding system, a code below it. Only entries in a coding system of the data are counted. It is "
        "normal that most entries of a long list are never seen. If none is seen, the feature is 0 for everyone."
    )
    none = _empty([one for one in coverages if not one.entries_seen and not one.code_list.name.endswith(OVER)])
    every = _lists(coverages)
    missing = tuple((name, why) for why, names in absences.items() for name in names)
    heads = ColumnHead("feature", "Feature"), ColumnHead("why", "Reason")
    absent = PageTable("absent", "Absent features", heads, missing)
    blocks = (_systems(store), *((none,) if none.rows else ()), *((absent,) if missing else ()), every)
    return Section(_SECTION, "Code lists and features", (intro,), blocks)


def _systems(store: StoredCodes) -> PageTable:
    headings = (
        ColumnHead("table", "Table"), ColumnHead("system", "Coding system"),
        ColumnHead("codes", "Distinct codes", "count"), ColumnHead("rows", "Rows", "count"),
        ColumnHead("unlisted", "Rows in no list", "percent", bar=True),
        ColumnHead("misshapen", "Rows with an invalid code", "percent", bar=True),
    )  # fmt: skip
    rows = []
    for (table, system), of in sorted(store.items()):
        unlisted = of.total - sum(of.rows[place] for place in of.listed)
        shares = percent(unlisted, of.total), percent(of.misshapen, of.total)
        rows.append((table_name(table), title(system), len(of.codes), rounded(of.total), *shares))
    return PageTable("systems", "Codes in the data", headings, tuple(rows), terminal=8)


def title(system: str) -> str:
    """Name a coding system.

    >>> title("snomed"), title("other")
    ('SNOMED CT', 'other')
    """
    return {str(name): label for name, label in TITLES.items()}.get(system, system)


def _empty(coverages: Sequence[Coverage]) -> PageTable:
    headings = (
        ColumnHead("list", "List"), ColumnHead("entries", "Entries", "count"),
        ColumnHead("by_system", "Entries seen, by coding system"),
    )  # fmt: skip
    rows = tuple((one.code_list.name, one.entries, _row(one)[-1]) for one in _in_order(coverages))
    return PageTable("empty-lists", "Lists that match nothing", headings, rows)


def _in_order(coverages: Sequence[Coverage]) -> list[Coverage]:
    return sorted(coverages, key=lambda one: (one.code_list.name.endswith(OVER), one.code_list.name))


def _lists(coverages: Sequence[Coverage]) -> PageTable:
    headings = (
        ColumnHead("list", "List"), ColumnHead("rows", "Rows that match", "count"),
        ColumnHead("seen", "Entries seen", "count"), ColumnHead("entries", "Entries", "count"),
        ColumnHead("share", "Share seen", "percent", bar=True),
        ColumnHead("by_system", "Entries seen, by coding system"),
    )  # fmt: skip
    rows = tuple(_row(one) for one in _in_order(coverages))
    return PageTable("lists", "All lists, with the share of entries seen", headings, rows, limit=400, folded=True)


def _row(one: Coverage) -> tuple[Cell, ...]:
    by_system = ", ".join(f"{title(system)} {seen} of {entries}" for system, (seen, entries) in one.seen.items())
    share = round(100 * one.entries_seen / one.entries, 1) if one.entries else None
    systems = ", ".join(title(system) for system in one.code_list.entries)
    label = by_system or f"the data use none of its coding systems: {systems}"
    return one.code_list.name, rounded(one.rows), one.entries_seen, one.entries, share, label
