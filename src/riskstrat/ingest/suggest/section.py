"""One suggested [[sources]] section: its settings, what is uncertain in it, and what only a person can decide."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from riskstrat.governance import screen_columns
from riskstrat.ingest.formats.layout import ColumnMapping
from riskstrat.ingest.suggest.cell_kinds import code_systems
from riskstrat.ingest.suggest.coded_values import Recoding, recoding
from riskstrat.ingest.suggest.date_writing import DateWriting
from riskstrat.ingest.suggest.files import FileGroup
from riskstrat.ingest.suggest.matching import Match
from riskstrat.study import SourceSettings
from riskstrat.tables import TABLES
from riskstrat.wording import join_names, plural

_CODES = ("code", "diagnosis", "diagnoses", "cause")
_VALUES = {
    "kind": '"type1", "national" or "local"', "role": "the team, such as \"community_matron\"",
    "practice_code": "the code of the practice, if all patients are of one", "code_system": "",
}  # fmt: skip
_NO_SYSTEM = {"gp_events": '"snomed", "readv2" or "ctv3"', "prescriptions": '"bnf" or "dmd"'}


class SectionFacts(TypedDict):
    """A section as JSON has it."""

    settings: dict[str, object]
    to_check: dict[str, str]
    to_decide: list[str]
    changed: bool


_SEVERAL_CODES = re.compile(r"^\W*[A-Za-z]\d[\w.]*\s*[,;|/+ ]\s*[A-Za-z]\d")


@dataclass
class SourceSection:
    """A section to write.

    Parameters
    ----------
    settings : dict
        As in study.toml.
    notes : dict of str to str
        Place of a setting, such as "columns.sex", to the comment beside it.
    questions : list of str
        What must be decided, each with the setting to write.
    paths : tuple of Path
        The files it names.
    changed : bool
        Whether it is new or differs from study.toml.
    """

    settings: dict[str, object]
    paths: tuple[Path, ...]
    notes: dict[str, str] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    changed: bool = True

    @property
    def format(self) -> str:
        """Name of its format."""
        return str(self.settings["format"])

    def facts(self) -> SectionFacts:
        """Return the same for scripts."""
        return {
            "settings": self.settings,
            "to_check": self.notes,
            "to_decide": self.questions,
            "changed": self.changed,
        }

    @property
    def parsed(self) -> SourceSettings:
        """Its settings as riskstrat reads them."""
        return SourceSettings.model_validate(self.settings)


def as_given(settings: SourceSettings, paths: Iterable[Path]) -> SourceSection:
    """Take a section of study.toml as it stands."""
    given = settings.model_dump(mode="json", exclude_defaults=True)
    if settings.as_of:
        given["as_of"] = settings.as_of
    return SourceSection({"format": settings.format, "files": settings.files, **given}, tuple(paths), changed=False)


def section_for(match: Match, group: FileGroup, given: SourceSettings | None) -> SourceSection:
    """Write the section for a group of files, as the match of their headings says; `given` stays where it is right."""
    base = given or SourceSettings(format=match.format.name, files="")
    section = as_given(base.model_copy(update={"format": match.format.name}), group.paths)
    before = dict(section.settings)
    _columns(section, match, base)
    if group.encoding == "latin-1":
        section.settings["encoding"] = group.encoding
    section.settings.pop("delimiter", None)
    if group.delimiter:
        section.settings["delimiter"] = group.delimiter
    _dates(section, match, group, base)
    _values(section, match, group, base)
    _codes_in_one_cell(section, match, group)
    _identifiers(section, match, group, base)
    section.changed = given is None or before != section.settings or bool(section.questions)
    return section


def _columns(section: SourceSection, match: Match, base: SourceSettings) -> None:
    named = {to: name for to, name in base.columns.items() if to in match.known}
    columns = named | match.chosen
    _whole_stays(match, columns, section.notes)
    section.settings.pop("columns", None)
    if columns:
        section.settings["columns"] = columns
    section.notes |= {f"columns.{to}": note for to, note in match.checks.items() if to in columns}
    for to, headers in match.equal.items():
        section.questions.append(
            f"{to}: the headings {join_names([quoted(one) for one in headers])} are equally good. "
            f"Keep one line: {' or '.join(f'columns.{to} = {quoted(one)}' for one in headers)}"
        )
    for to in match.missing:
        if to not in columns and to != "code_system":
            section.questions.append(_how_without(to, section.format))


def _whole_stays(match: Match, columns: dict[str, str], notes: dict[str, str]) -> None:
    """Where a row is a whole stay, let its episode begin with the admission and end with the discharge."""
    if match.layout.table == "episodes" and "start_date" in match.missing and "admission_date" in match.columns:
        match.missing = tuple(to for to in match.missing if to != "start_date")
        for to, instead in (("start_date", "admission_date"), ("end_date", "discharge_date")):
            if to not in match.columns and instead in match.columns:
                columns[to] = match.columns[instead]
                notes[f"columns.{to}"] = "please check: no heading of an episode, so each row counts as a whole stay"


def _how_without(to: str, format_name: str) -> str:
    ways = [f'columns.{to} = "its heading"']
    if to in _VALUES:
        ways.append(f'values.{to} = "..." ({_VALUES[to]})')
    if format_name == "hes_apc" and to == "admission_method":
        ways.append(f'absent = ["{to}"] (no emergency can then be told from a planned admission)')
    return f"{to}: no heading says it, and it is required. Write {', or '.join(ways)}"


def _dates(section: SourceSection, match: Match, group: FileGroup, base: SourceSettings) -> None:
    """Say how dates are written where that is not a usual way, or where the order of day and month is open."""
    table = TABLES[match.layout.table].by_name
    found = {
        to: dates
        for to, header in match.columns.items()
        if to in table and table[to].type == "date" and header in group.cells and (dates := group.cells[header].dates)
    }
    order = next((one.order for one in found.values() if one.order in ("day", "month")), None)
    settled = {to: one.with_order(order) if one.order == "open" and order else one for to, one in found.items()}
    for to, one in settled.items():
        if one.short_year and to == "birth_date":
            section.questions.append("birth_date: its years have two digits. Ask for years of four digits")
        if one.order == "both":
            section.questions.append(f"{to}: some dates have the day first and some the month. Export them in one way")
    asked = {to: one for to, one in settled.items() if not _read_as_it_is(one, base.format_of(to))}
    if asked:
        _write_dates(section, settled, asked, found, base)


def _read_as_it_is(dates: DateWriting, given: str | None) -> bool:
    if given:
        return given == dates.format or dates.order == "open"
    return dates.built_in and dates.order != "open"


def _write_dates(
    section: SourceSection,
    settled: Mapping[str, DateWriting],
    asked: Mapping[str, DateWriting],
    found: Mapping[str, DateWriting],
    base: SourceSettings,
) -> None:
    formats = {one.format for one in settled.values()}
    if len(formats) == 1:
        section.settings["date_format"] = formats.pop()
    else:
        kept = base.date_format if isinstance(base.date_format, dict) else {}
        others = {to: one.format for to, one in settled.items() if base.format_of(to) == one.format}
        section.settings["date_format"] = {**kept, **others, **{to: one.format for to, one in asked.items()}}
    one_format = not isinstance(section.settings["date_format"], dict)
    for to, one in settled.items():
        if note := _date_note(one, to in asked and found[to].order == "open"):
            section.notes.setdefault("date_format" if one_format else f"date_format.{to}", note)


def _date_note(settled: DateWriting, as_others: bool) -> str:
    """Say what is uncertain of how the dates of one column are written."""
    if settled.order == "open":
        return "please check: no date says whether the day or the month comes first"
    if as_others:
        return "day or month first: as in the other dates of the file"
    return "please check: years have two digits; 69 to 99 are read as 19.." if settled.short_year else ""


def _values(section: SourceSection, match: Match, group: FileGroup, base: SourceSettings) -> None:
    """Recode what is certain, ask about the rest, and name the coding system where the file does not."""
    recode = {to: dict(given) for to, given in base.recode.items()}
    for column in match.layout.columns:
        headers = [header for header in match.headings(column.column, group.cells) if header in group.cells]
        if column.patterns or column.append or not headers:
            continue
        counts = sum((group.cells[header].counts for header in headers), Counter[str]())
        found = recoding(match.layout.table, column, counts, base.recode.get(column.column, {}))
        if found.recode:
            recode[column.column] = {**recode.get(column.column, {}), **found.recode}
        _ask_about_values(section, column, headers[0], found)
    if recode:
        section.settings["recode"] = recode
    if "code_system" in match.missing:
        _code_system(section, match, group)


def _ask_about_values(section: SourceSection, column: ColumnMapping, header: str, found: Recoding) -> None:
    to = column.column
    if found.to_check:
        section.notes[f"recode.{to}"] = (
            f"please check: the meaning of {join_names([quoted(v) for v in found.to_check])}"
        )
    if found.rows:
        shown = [f"{quoted(value)} ({plural(rows, 'row')})" for value, rows in found.unknown.items()]
        hidden = [f"values that are not shown ({plural(found.hidden, 'row')})"] if found.hidden else []
        section.questions.append(
            f"{to}: not understood in {quoted(header)}: {join_names([*shown, *hidden])}. Our codes: {found.said}. "
            f'Write recode.{to} = {{ "its value" = "our code" }}; "" means not recorded'
        )


def _codes_in_one_cell(section: SourceSection, match: Match, group: FileGroup) -> None:
    """Ask about a column whose cells hold several diagnoses, of which an ingest stores the first alone."""
    for column in (one for one in match.layout.columns if one.column == "diagnoses"):
        for header in (one for one in match.headings(column.column, group.cells) if one in group.cells):
            counts = group.cells[header].counts
            if rows := sum(count for value, count in counts.items() if _SEVERAL_CODES.search(value)):
                section.questions.append(
                    f"diagnoses: {plural(rows, 'cell')} of {quoted(header)} with several codes, of which only the "
                    "first would be stored. Export each code in a column of its own, such as DIAG_01, DIAG_02"
                )


def _code_system(section: SourceSection, match: Match, group: FileGroup) -> None:
    header = match.columns.get("code", "")
    systems = code_systems(match.layout.table, group.cells[header]) if header in group.cells else []
    if len(systems) == 1:
        section.settings["values"] = {**match.given, "code_system": systems[0]}
        section.notes["values.code_system"] = "please check: by the shape of the codes"
        match.missing = tuple(to for to in match.missing if to != "code_system")
        return
    options = " or ".join(quoted(one) for one in systems) or _NO_SYSTEM[match.layout.table]
    section.questions.append(
        f"code_system: no heading says it. Write values.code_system = {options}, or columns.code_system = its heading"
    )


def _identifiers(section: SourceSection, match: Match, group: FileGroup, base: SourceSettings) -> None:
    """Drop what may identify a person and is not read; keep of a date of birth the year."""
    read = {header: to for to, headers in match.known.items() for header in headers}
    read |= {header: to for to in match.chosen for header in match.headings(to, group.cells)}
    drop, coarsen = list(base.drop), list(base.coarsen)
    codes = {header for header, to in read.items() if to in _CODES} | set(base.code_columns)
    for header, kind in _found(match, group, codes, drop, coarsen):
        to = read.get(header)
        if to is None:
            drop.append(header)
        elif to == "birth_date" and kind == "date of birth":
            coarsen.append(header)
        else:
            section.questions.append(f"{to}: {quoted(header)} may identify a person ({kind}). Ask for pseudonyms")
    section.settings |= {"drop": drop} if drop else {}
    section.settings |= {"coarsen": coarsen} if coarsen else {}


def _found(
    match: Match, group: FileGroup, codes: set[str], drop: Iterable[str], coarsen: Iterable[str]
) -> list[tuple[str, str]]:
    """Heading and kind of each column in which the guard finds identifiers."""
    people, found = match.layout.table == "patients", dict[str, str]()
    dropped, coarse = {one.lower() for one in drop}, {one.lower() for one in coarsen}
    for sample in group.samples:
        cells = {header: [cell or None for cell in values] for header, values in sample.columns.items()}
        coded = {header for header in cells if header.lower() in {code.lower() for code in codes}}
        dropped_here, coarse_here = ({h for h in cells if h.lower() in names} for names in (dropped, coarse))
        for one in screen_columns(cells, coded, dropped_here, coarse_here, people):
            known = one.column in cells
            header = one.column if known else sample.headers[int(one.column.removeprefix("column ")) - 1]
            found[header] = one.kind
    return list(found.items())


def quoted(text: str) -> str:
    r"""Write a text as TOML does.

    >>> quoted('the "old" code')
    '"the \\"old\\" code"'
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in escaped) + '"'
