"""The catalogue as tables: for `riskstrat catalogue`, and for the generated sections of README."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from riskstrat.catalogue import all_features, all_outputs, all_scores, all_sources, all_variants
from riskstrat.contracts import Feature, Source, SourceColumn
from riskstrat.errors import NothingToDoError, all_errors
from riskstrat.lists.columns import COLUMNS
from riskstrat.lists.policy import in_words
from riskstrat.study import default_roles
from riskstrat.tables import TABLES


@dataclass(frozen=True)
class Section:
    """One table of the catalogue.

    Parameters
    ----------
    name : str
    columns : sequence of str
    rows : sequence of sequence of str
    """

    name: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]

    def records(self) -> list[dict[str, str]]:
        """A dict a row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def as_text(self) -> str:
        """Aligned columns; the last is as long as it is."""
        every = [self.columns, *self.rows]
        widths = [max(len(row[i]) for row in every) for i in range(len(self.columns) - 1)]
        lines = [
            "  ".join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]]).rstrip()
            for row in every
        ]
        return "\n".join([self.name.upper(), *lines])

    def as_markdown(self) -> str:
        """A Markdown table."""
        lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (self.columns, *self.rows)]
        return "\n".join([lines[0], "|" + "---|" * len(self.columns), *lines[1:]])


def _heading(column: SourceColumn) -> str:
    """The heading a column is looked for under, and our own name where it differs.

    >>> _heading(SourceColumn("event_date", ("date",), required=True))
    'date* (event_date)'
    """
    heading = column.names[0].replace("{n}", "01") + ("*" if column.required else "")
    return heading if column.names[0] == column.to else f"{heading} ({column.to})"


def _headings(source: Source) -> str:
    return ", ".join(dict.fromkeys(_heading(c) for one in source.layouts for c in one.columns))


def _sources() -> Section:
    rows = [(s.name, ", ".join(s.tables), s.title, _headings(s)) for s in all_sources().values()]
    columns = "headings (* needed; in brackets the name to use in `columns`, where it is another)"
    return Section("sources", ("format", "fills", "what", columns), rows)


def _tables() -> Section:
    rows = [
        (t.name, c.name, c.type, "yes" if c.required else "", c.meaning) for t in TABLES.values() for c in t.columns
    ]
    return Section("tables", ("table", "column", "type", "needed", "meaning"), rows)


def _features() -> Section:
    rows = [(c.name, c.unit, c.window, f.group, c.meaning) for f in all_features().values() for c in f.columns()]
    return Section("features", ("column", "unit", "window", "group", "meaning"), rows)


def _scores() -> Section:
    rows = [(s.name, s.title, f"{s.months} months", s.citation, s.caution) for s in all_scores().values()]
    return Section("scores", ("score", "title", "window", "citation", "caution"), rows)


def _variants() -> Section:
    return Section(
        "variants", ("variant", "title", "why"), [(v.name, v.title, v.reason) for v in all_variants().values()]
    )


def _outputs() -> Section:
    return Section("outputs", ("output", "file", "what"), [(o.name, o.suffix, o.title) for o in all_outputs().values()])


def _roles() -> Section:
    rows = [
        (name, r.title, in_words(r), r.eligible if r.eligible != "True" else "everyone")
        for name, r in default_roles().items()
    ]
    return Section("roles", ("role", "title", "capacity", "eligible"), rows)


def _errors() -> Section:
    rows = [(str(kind.exit_code), kind.__name__, kind.meaning) for kind in all_errors()]
    return Section("errors", ("exit code", "error", "meaning"), rows)


SECTIONS: Mapping[str, Callable[[], Section]] = {
    "sources": _sources, "tables": _tables, "features": _features, "scores": _scores, "variants": _variants,
    "outputs": _outputs, "roles": _roles, "errors": _errors,
}  # fmt: skip


def describe(what: str = "") -> list[Section]:
    """Sections of the catalogue: one by name, or all.

    Raises
    ------
    NothingToDoError
        If there is no such section.

    Examples
    --------
    >>> [section.name for section in describe("errors")]
    ['errors']
    """
    if what and what not in SECTIONS:
        raise NothingToDoError(f"The catalogue has no {what!r}.", do=f"It has: {', '.join(SECTIONS)}.")
    return [make() for name, make in SECTIONS.items() if what in ("", name)]


def feature_families() -> Section:
    """The features in short: family by family, their topics and how many columns they make.

    Examples
    --------
    >>> feature_families().rows[-1][0]
    'total'
    """
    families: dict[tuple[str, str], list[Feature]] = {}
    for feature in all_features().values():
        families.setdefault((type(feature).__name__, feature.group), []).append(feature)
    rows = [
        (name, group, ", ".join(f.name for f in some), str(sum(len(f.columns()) for f in some)))
        for (name, group), some in families.items()
    ]
    total = str(sum(int(row[-1]) for row in rows))
    return Section("families", ("family", "group", "topics", "columns"), [*rows, ("total", "", "", total)])


def list_columns() -> Section:
    """What a row of a list says."""
    rows = [(c.name, c.label, "yes" if c.printed else "", c.meaning) for c in COLUMNS]
    return Section("list columns", ("column", "label in the workbook", "on paper", "meaning"), rows)
