"""Define what a format of extract consists of: its files, their columns, and how rows fill canonical tables.

Decision
--------
A format is data, not code. A `Format` has a few `FileLayout`s. Each states which files (by name) fill which canonical
table, from which headers. One file may fill two tables (a row of a CPRD patient file is a patient and a registration),
and several files may fill one table. Where renaming columns is not enough, there are only three further means:
`RowFilter` (rows to read), `ColumnMapping.patterns` (codes by pattern) and `LookupFile` (a dictionary beside the data).
So every format can be printed and checked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Patterns = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class ColumnMapping:
    r"""How one canonical column is filled from an extract.

    Parameters
    ----------
    headers : tuple of str
        Possible headers, best first, in capitals or small letters.
    missing : tuple of str
        Texts that mean "not recorded", besides the empty text.
    recode : mapping of str to str
        Code in the extract to code in the table; other codes stay as they are.
    repeats : int
        For a list: number of numbered columns; ``{n}`` in a header is 01, 02, ... and ``{i}`` is 1, 2, ...
    length : int or None
        Number of leading characters to keep.
    required : bool
        Whether a file without the column is refused.
    month : bool
        Keep a date only to the month: YYYY-MM; a year alone becomes its July.
    fallback : str or None
        Canonical date to use if this one is not recorded.
    append : tuple of str
        Further headers whose cells are appended to the text, each after a ``|``; an absent one is empty.
    patterns : tuple of (str, str)
        The first regular expression that matches the whole text gives the value; if none matches, it is not recorded.
        ``\1`` in the value is the first group.
    split : str
        For a list in one cell: regular expression of the separator.
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
        """Whether the column is a list."""
        return bool(self.repeats or self.split)


@dataclass(frozen=True)
class RowFilter:
    """A rule that selects rows; the other rows are excluded by rule, and counted.

    Parameters
    ----------
    pattern : str
        Regular expression for the whole cell; an empty cell is the empty text.
    exclude : bool
        Exclude the rows that match, instead of those that do not; exclude none if the header is absent.
    """

    name: str
    pattern: str
    exclude: bool = False


@dataclass(frozen=True)
class LookupFile:
    """A file of the same source that explains the values of a column, such as a dictionary of codes.

    Parameters
    ----------
    files : tuple of str
        Patterns of the file name, as in `FileLayout`.
    join : (str, str)
        Header in the layout's file, and header in the lookup file.
    columns : mapping of str to str
        Name in the layout's columns to header in the lookup file.
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
        Shell patterns of the file name without suffixes, in capitals or small letters.
    constants : mapping of str to str
        Canonical columns with one value for every row.
    where : tuple of RowFilter
        Rules that every row must meet.
    replaces : tuple of ColumnMapping
        ``record_id``, and optionally ``record_order`` and ``deleted``, by which a later row replaces an earlier one.
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
        Name in study.toml.
    reference : str
        The standard that the format follows.
    lacks : tuple of str
        Data that the format does not have, in words; printed at ingest.
    """

    name: str
    title: str
    layouts: tuple[FileLayout, ...]
    reference: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def tables(self) -> tuple[str, ...]:
        """The canonical tables that the format fills."""
        return tuple(dict.fromkeys(layout.table for layout in self.layouts))


def one_table(name: str, table: str, title: str, columns: tuple[ColumnMapping, ...], reference: str = "") -> Format:
    """Return a format whose files all fill one table.

    >>> one_table("deaths", "deaths", "deaths", (ColumnMapping("patient_id", ("patient_id",)),)).tables
    ('deaths',)
    """
    return Format(name, title, (FileLayout(table, columns),), reference)


def coded(
    headers: tuple[str, ...], shapes: Patterns, append: tuple[str, ...] = (), missing: tuple[str, ...] = ()
) -> tuple[ColumnMapping, ColumnMapping]:
    """Map a code and its system: the first pattern that matches gives the system, and its first group is the code.

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
    """Return patterns for files of these names, with or without a prefix, and a number or date at the end.

    >>> files_called("death")
    ('death', 'death[-_ .][0-9]*', '*[-_ .]death', '*[-_ .]death[-_ .][0-9]*')
    """
    forms = ("{}", "{}[-_ .][0-9]*", "*[-_ .]{}", "*[-_ .]{}[-_ .][0-9]*")
    return tuple(form.format(name) for name in names for form in forms)


def in_cell(place: int, of: int, shape: str = "[^|]+") -> str:
    """Return the pattern for one of `of` cells joined by ``append``; its first group is the cell, if it has the shape.

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
    """Return the layout of files with one name; see `files_called`."""
    return FileLayout(table, columns, files_called(name), constants or {}, where, lookups, replaces)
