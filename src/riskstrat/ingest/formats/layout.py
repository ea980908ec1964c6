"""What a format of extract looks like: its files, their columns, and how rows of them fill canonical tables.

Decision
--------
A format is data, not code: a `Format` is a few `FileLayout`s, each of which says which files (by name) fill which
canonical table, from which headers. One file may fill two tables (a CPRD patient is a person and a registration),
and one table may be filled from several files. What a row means that cannot be said by renaming is said by
`RowFilter` (rows that count), `ColumnMapping.patterns` (codes by pattern) and `LookupFile` (a dictionary beside the
data), and by nothing else, so that every format can be printed and checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Patterns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ColumnMapping:
    r"""How one canonical column is found in an extract.

    Parameters
    ----------
    headers : tuple of str
        Headers it may stand under, best first; letter case does not matter.
    missing : tuple of str
        Texts that mean "not known", beside the empty one.
    recode : mapping of str to str
        Extract's code to ours; codes not named stay as they are.
    repeats : int
        For a list: how many numbered columns; ``{n}`` in a name is 01, 02, ... and ``{i}`` is 1, 2, ...
    length : int or None
        Keep only so many leading characters.
    required : bool
        The file is refused without it.
    month : bool
        A date kept to the month: YYYY-MM, or July of a bare year.
    fallback : str or None
        The canonical date that stands in where this one is not known.
    append : tuple of str
        Further headers whose cells are appended to the text, each after a ``|``; one that is absent is empty.
    patterns : tuple of (str, str)
        The first regular expression that matches the whole text gives the value; none, and it is not known.
        ``\1`` in the value is the first group.
    split : str
        For a list in one cell: the regular expression between two codes.
    """

    column: str
    headers: tuple[str, ...]
    missing: tuple[str, ...] = ()
    recode: Mapping[str, str] = field(default_factory=dict)
    repeats: int = 0
    length: int | None = None
    required: bool = False
    month: bool = False
    fallback: str | None = None
    append: tuple[str, ...] = ()
    patterns: Patterns = ()
    split: str = ""

    @property
    def is_list(self) -> bool:
        """Whether it fills a list."""
        return bool(self.repeats or self.split)


@dataclass(frozen=True)
class RowFilter:
    """Rows that count for a layout; the others are left out by rule, and counted.

    Parameters
    ----------
    pattern : str
        Regular expression for the whole cell; an empty cell is the empty text.
    exclude : bool
        Rows that match are left out, instead of those that do not. Where the header is absent nothing is.
    """

    name: str
    pattern: str
    exclude: bool = False


@dataclass(frozen=True)
class LookupFile:
    """A file of the same source that says more about a cell: a dictionary of codes, a list of practices.

    Parameters
    ----------
    files : tuple of str
        Patterns of its name, as in `FileLayout`.
    join : (str, str)
        Header in the layout's file, header in this one.
    columns : mapping of str to str
        Name under which the layout's columns know it -> header in this file.
    """

    files: tuple[str, ...]
    join: tuple[str, str]
    columns: Mapping[str, str]


@dataclass(frozen=True)
class FileLayout:
    """How one kind of file fills one canonical table.

    Parameters
    ----------
    files : tuple of str
        Shell patterns of the file's name without its suffixes; letter case does not matter.
    constants : mapping of str to str
        Canonical columns with one value for every row.
    where : tuple of RowFilter
        All must hold.
    replaces : tuple of ColumnMapping
        ``record_id`` and optionally ``record_order`` and ``deleted``: how a later row names the one it replaces.
    """

    table: str
    columns: tuple[ColumnMapping, ...]
    files: tuple[str, ...] = ("*",)
    constants: Mapping[str, str] = field(default_factory=dict)
    where: tuple[RowFilter, ...] = ()
    lookups: tuple[LookupFile, ...] = ()
    replaces: tuple[ColumnMapping, ...] = ()


@dataclass(frozen=True)
class Format:
    """One format of extract.

    Parameters
    ----------
    name : str
        As written in study.toml.
    reference : str
        The standard it follows.
    lacks : tuple of str
        What it does not carry, in words; said at ingest.
    """

    name: str
    title: str
    layouts: tuple[FileLayout, ...]
    reference: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The canonical tables it fills, each once."""
        return tuple(dict.fromkeys(layout.table for layout in self.layouts))


def one_table(name: str, table: str, title: str, columns: tuple[ColumnMapping, ...], reference: str = "") -> Format:
    """A format of which every file fills one table.

    >>> one_table("deaths", "deaths", "deaths", (ColumnMapping("patient_id", ("patient_id",)),)).tables
    ('deaths',)
    """
    return Format(name, title, (FileLayout(table, columns),), reference)


def coded(
    headers: tuple[str, ...], shapes: Patterns, append: tuple[str, ...] = (), missing: tuple[str, ...] = ()
) -> tuple[ColumnMapping, ColumnMapping]:
    """Map a code and its system: the first shape that the cells have says the system, and its first group is the code.

    >>> code, system = coded(("CODE",), (("([0-9]+)", "snomed"), ("(.+)", "ctv3")))
    >>> system.patterns[1]
    ('(.+)', 'ctv3')
    """
    codes = tuple((shape, r"\1") for shape, _ in shapes)
    return (
        ColumnMapping("code", headers, missing, required=True, append=append, patterns=codes),
        ColumnMapping("code_system", headers, missing, required=True, append=append, patterns=shapes),
    )


def files_called(*names: str) -> tuple[str, ...]:
    """Patterns for files of these names, alone or behind a prefix, perhaps with a number or a date at the end.

    >>> files_called("death")
    ('death', 'death[-_ .][0-9]*', '*[-_ .]death', '*[-_ .]death[-_ .][0-9]*')
    """
    forms = ("{}", "{}[-_ .][0-9]*", "*[-_ .]{}", "*[-_ .]{}[-_ .][0-9]*")
    return tuple(form.format(name) for name in names for form in forms)


def in_cell(place: int, of: int, shape: str = "[^|]+") -> str:
    """The regular expression for one of `of` cells that ``append`` puts together: its first group, if it has a shape.

    >>> import re
    >>> re.fullmatch(in_cell(1, 3, "[0-9]+"), "one|22|three")[1]
    '22'
    """
    return rf"(?:[^|]*\|){{{place}}}({shape})(?:\|[^|]*){{{of - place - 1}}}"


def layout_of(
    table: str,
    name: str,
    *columns: ColumnMapping,
    constants: Mapping[str, str] | None = None,
    where: tuple[RowFilter, ...] = (),
    lookups: tuple[LookupFile, ...] = (),
    replaces: tuple[ColumnMapping, ...] = (),
) -> FileLayout:
    """The layout of files called by one name; see `files_called`."""
    return FileLayout(table, columns, files_called(name), constants or {}, where, lookups, replaces)
