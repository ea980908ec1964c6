"""The catalogue of formats, tables, features, scores, variants, outputs, roles and errors."""

import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from itertools import zip_longest
from typing import Any

from riskstrat.errors import NothingToDoError, all_errors
from riskstrat.features import all_features, all_scores
from riskstrat.ingest import ColumnMapping, FileLayout, Format, all_formats
from riskstrat.lists import all_outputs, places_in_words
from riskstrat.modelling import all_variants
from riskstrat.study import built_in_roles
from riskstrat.tables import TABLES

_WIDTH, _LEAST = 100, 40
_JSON_NAMES: Mapping[str, Mapping[str, str]] = {
    "ColumnMapping": {"column": "to", "headers": "names", "append": "also", "fallback": "otherwise"},
    "RowFilter": {"exclude": "leave"},
    "LookupFile": {"join": "on", "columns": "take"},
    "ClinicalScore": {"phrase_from": "says_from", "monotone": "rises"},
    "DeficitIndex": {"phrase_from": "says_from", "monotone": "rises"},
}


@dataclass(frozen=True)
class CatalogueSection:
    """One table of the catalogue; `data` replaces its rows in JSON where JSON holds more."""

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    data: Sequence[Mapping[str, Any]] = ()

    def records(self) -> list[dict[str, Any]]:
        """List its rows, or its data, as dicts."""
        rows = self.data or [dict(zip(self.columns, row, strict=True)) for row in self.rows]
        return [dict(row) for row in rows]

    def as_text(self) -> str:
        """Write aligned columns, at most 100 characters wide; longer cells continue on the next line."""
        every, widths = [self.columns, *self.rows], self._widths()
        return "\n".join([self.name.upper(), *(line for row in every for line in _lines(row, widths))])

    def _widths(self) -> list[int]:
        """Fit each column to its longest cell, then narrow the widest, though not below its longest word."""
        cells = list(zip(self.columns, *self.rows, strict=True))
        widths = [max(map(len, column)) for column in cells]
        words = [max(len(word) for cell in column for word in cell.split() or [""]) for column in cells]
        room = _WIDTH - 2 * (len(widths) - 1)
        last = min(widths.pop(), _LEAST)
        while sum(widths) > room - last and (spare := [i for i, w in enumerate(widths) if w > words[i]]):
            widths[max(spare, key=widths.__getitem__)] -= 1
        return [*widths, room - sum(widths)]


def _lines(row: Sequence[str], widths: Sequence[int]) -> Iterator[str]:
    """Break a row into lines, each cell to the width of its column."""
    cells = [textwrap.wrap(cell, width, break_on_hyphens=False) for cell, width in zip(row, widths, strict=True)]
    for parts in zip_longest(*cells, fillvalue=""):
        yield "  ".join(part.ljust(width) for part, width in zip(parts, widths, strict=True)).rstrip()


def _heading(column: ColumnMapping, looked_up: Mapping[str, str]) -> str:
    """Write the heading that a column is read from, with headings that are appended or looked up.

    >>> _heading(ColumnMapping("birth_date", ("yob",), append=("mob",), required=True), {})
    'yob + mob*'
    >>> _heading(ColumnMapping("death_date", ("cprd_ddate", "emis_ddate")), {})
    'cprd_ddate or emis_ddate'
    """
    names = [column.headers[0], *(name for name in column.append if name not in looked_up)]
    text = " + ".join(looked_up.get(name, name) for name in names)
    if len({name.lower() for name in column.headers}) == len(column.headers) == 2 and not column.append:
        text = " or ".join(column.headers)
    return text.replace("{n}", "01") + ("*" if column.required else "")


def _headings(layouts: Sequence[FileLayout], looked_up: Mapping[str, str]) -> str:
    """List every heading once, with the name in riskstrat where it differs.

    >>> _headings([FileLayout("gp_events", (ColumnMapping("event_date", ("date",), required=True),))], {})
    'date* (event_date)'
    """
    found: dict[str, list[str]] = {}
    for column in (column for layout in layouts for column in (*layout.columns, *layout.replaces)):
        found.setdefault(_heading(column, looked_up), []).append(column.column)
    for where in (where for layout in layouts for where in layout.where if not where.exclude):
        if not any(heading.strip("*") == where.name for heading in found):
            found[f"{where.name}*"] = [where.name]
    ours = {heading: list(dict.fromkeys(names)) for heading, names in found.items()}
    return ", ".join(h if to == [h.strip("*")] else f"{h} ({', '.join(to)})" for h, to in ours.items())


def _looked_up(source: Format) -> dict[str, str]:
    """Name the columns that a format takes from a lookup file, with where they come from."""
    lookups = (one for layout in source.layouts for one in layout.lookups)
    return {name: f"{heading} of {one.files[0]}" for one in lookups for name, heading in one.columns.items()}


def _files(layouts: Sequence[FileLayout]) -> str:
    """List the file names that some layouts read, without a prefix, number or date.

    >>> _files([FileLayout("deaths", (), ("death", "death[-_ .][0-9]*")), FileLayout("deaths", ())])
    'death, any'
    """
    names = [name for layout in layouts for name in layout.files if "[" not in name]
    return ", ".join(dict.fromkeys("any" if name == "*" else name for name in names))


def _as_json(thing: Any) -> Any:
    """Turn a dataclass into JSON, under the names that scripts use."""
    if is_dataclass(thing):
        names = _JSON_NAMES.get(type(thing).__name__, {})
        return {names.get(one.name, one.name): _as_json(getattr(thing, one.name)) for one in fields(thing)}
    if isinstance(thing, tuple | list):
        return [_as_json(one) for one in thing]
    return dict(thing) if isinstance(thing, Mapping) else thing


def _sources() -> CatalogueSection:
    rows = []
    for source in all_formats().values():
        for name in source.tables:
            mine = [layout for layout in source.layouts if layout.table == name]
            rows.append((source.name, name, _files(mine), _headings(mine, _looked_up(source))))
    headings = "headings (* required; in brackets: the name for `columns`, where it differs)"
    whole = [_as_json(source) for source in all_formats().values()]
    return CatalogueSection("sources", ("format", "fills", "files", headings), rows, whole)


def _formats() -> CatalogueSection:
    rows = [(s.name, s.title, s.reference, "; ".join(s.lacks)) for s in all_formats().values()]
    return CatalogueSection("formats", ("format", "what", "follows", "does not carry"), rows)


def _tables() -> CatalogueSection:
    rows = [
        (t.name, c.name, c.type, "yes" if c.required else "", c.meaning) for t in TABLES.values() for c in t.columns
    ]
    return CatalogueSection("tables", ("table", "column", "type", "needed", "meaning"), rows)


def _features() -> CatalogueSection:
    rows = [(c.name, c.unit, c.window, f.group, c.meaning) for f in all_features().values() for c in f.columns()]
    return CatalogueSection("features", ("column", "unit", "window", "group", "meaning"), rows)


def _scores() -> CatalogueSection:
    every = all_scores().values()
    rows = [(s.name, s.title, s.seen_over, s.citation, s.caution) for s in every]
    whole = [
        {"score": s.name, **_as_json(s), "window": s.seen_over, "columns": [c.name for c in s.columns()]} for s in every
    ]
    return CatalogueSection("scores", ("score", "title", "window", "citation", "caution"), rows, whole)


def _variants() -> CatalogueSection:
    rows = [(v.name, v.title, v.reason) for v in all_variants().values()]
    return CatalogueSection("variants", ("variant", "title", "why"), rows)


def _outputs() -> CatalogueSection:
    rows = [(o.name, o.suffix, o.title) for o in all_outputs().values()]
    return CatalogueSection("outputs", ("output", "file", "what"), rows)


def _roles() -> CatalogueSection:
    everyone = {"True": "everyone"}
    rows = [
        (name, r.title, places_in_words(r), everyone.get(r.eligible, r.eligible))
        for name, r in built_in_roles().items()
    ]
    return CatalogueSection("roles", ("role", "title", "capacity", "eligible"), rows)


def _errors() -> CatalogueSection:
    rows = [(str(kind.exit_code), kind.__name__, kind.meaning) for kind in all_errors()]
    return CatalogueSection("errors", ("exit code", "error", "meaning"), rows)


_SECTIONS: Mapping[str, Callable[[], CatalogueSection]] = {
    "formats": _formats, "sources": _sources, "tables": _tables, "features": _features, "scores": _scores,
    "variants": _variants, "outputs": _outputs, "roles": _roles, "errors": _errors,
}  # fmt: skip


def catalogue_sections(what: str = "") -> list[CatalogueSection]:
    """Make the sections of the catalogue: one by name, or all.

    Raises
    ------
    NothingToDoError
        If there is no such section.

    Examples
    --------
    >>> [section.name for section in catalogue_sections("errors")]
    ['errors']
    """
    if what and what not in _SECTIONS:
        raise NothingToDoError(
            f"The catalogue has no section {what!r}.", advice=f"Choose one of: {', '.join(_SECTIONS)}."
        )
    return [make() for name, make in _SECTIONS.items() if what in ("", name)]
