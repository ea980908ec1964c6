"""The [[sources]] that would read the files at hand, as study.toml would say them.

Decision
--------
The whole of `[[sources]]` is written, unchanged sections among them, so that one edit replaces all. A section that
names no file is left out. Nothing is chosen in silence: what is uncertain is said in a comment beside it, and what only
a person can decide stands as a comment that says what to write. Of patients' data only headings, formats and codes are
shown, and no heading of a file whose first line does not read like headings.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from riskstrat.ingest.discover import files_of, is_readable
from riskstrat.ingest.formats import all_formats
from riskstrat.ingest.formats.layout import Format
from riskstrat.ingest.suggest.files import FileGroup, grouped, pattern_for, unnamed_files
from riskstrat.ingest.suggest.matching import match_headings
from riskstrat.ingest.suggest.recognise import Recognised, has_headings, is_lookup, is_simple, recognise
from riskstrat.ingest.suggest.section import SectionFacts, SourceSection, as_given, section_for
from riskstrat.ingest.suggest.toml_text import sections_text
from riskstrat.study import Session, SourceSettings
from riskstrat.tables import TABLES
from riskstrat.wording import join_names, plural


class SuggestionFacts(TypedDict):
    """A suggestion as JSON has it."""

    toml: str
    sections: list[SectionFacts]
    unnamed: list[str]
    unmatched: list[str]
    problems: list[str]


@dataclass
class Suggestion:
    """What to write in study.toml.

    Parameters
    ----------
    sections : list of SourceSection
        All that read the files at hand.
    unnamed : list of str
        Files that no section of study.toml names, with the format that their headings are of.
    unmatched : list of str
        Sections of study.toml that name no file.
    problems : list of str
        Files that no setting can make readable, and what to do.
    """

    sections: list[SourceSection] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)
    unmatched: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def changed(self) -> bool:
        """Whether it differs from what study.toml says."""
        return bool(self.unmatched) or any(one.changed for one in self.sections)

    @property
    def toml(self) -> str:
        """The sections, ready to paste in place of those that are there; empty where nothing is to change."""
        return sections_text(self.sections) if self.changed and self.sections else ""

    def facts(self) -> SuggestionFacts:
        """Return the same for scripts."""
        return {
            "toml": self.toml,
            "sections": [one.facts() for one in self.sections],
            "unnamed": self.unnamed,
            "unmatched": self.unmatched,
            "problems": self.problems,
        }


def suggest_sources(session: Session, extracts: Path = Path("extracts")) -> Suggestion:
    """Suggest the sections that read the files of a study: those that study.toml names, and others in its folders.

    Parameters
    ----------
    extracts : Path
        Folder of extracts, relative to the study.
    """
    known, found = all_formats(session.study.packages), Suggestion()
    for settings in session.study.sources:
        paths = [path for path in files_of(session, settings) if is_readable(path)]
        if not paths:
            found.unmatched.append(f"{settings.format}: no file at {settings.files}")
        elif settings.format in known:
            _named(session, settings, known, paths, found)
        else:
            found.unmatched.append(f"{settings.format}: not a known format")
            _add(session, grouped(paths, settings, found.problems), known, found, paths)
    unnamed = unnamed_files(session, extracts)
    _add(session, grouped(unnamed, None, found.problems), known, found, unnamed)
    order = list(TABLES)
    found.sections.sort(key=lambda one: order.index(known[one.format].tables[0]))
    return found


def _named(
    session: Session, settings: SourceSettings, known: Mapping[str, Format], paths: Sequence[Path], found: Suggestion
) -> None:
    """Keep a section, with what its files need; files of another format get a section of their own."""
    source = known[settings.format]
    if not is_simple(source):
        found.sections.append(as_given(settings, paths))
        return
    groups, made = grouped(paths, settings, found.problems), list[SourceSection]()
    for group in groups:
        match = match_headings(source, source.layouts[0], group.cells, settings)
        other = recognise(group, known) if match.missing or match.chosen else Recognised(())
        if other.matches and match.missing:
            found.unnamed.append(f"{_named_as(group)}: not {source.name}; its headings are those of {_formats(other)}")
            _write(session, group, other, found, paths)
        elif not (other.has_headings or has_headings([match])):
            made.append(as_given(settings, group.paths))
            _no_headings(group, found)
        else:
            made.append(section_for(match, group, settings))
    _keep_together(session, made, len(made) == len(groups), paths, found)


def _keep_together(
    session: Session, made: Sequence[SourceSection], alone: bool, paths: Sequence[Path], found: Suggestion
) -> None:
    """One section for files that need the same; otherwise sections of their own."""
    if not made:
        return
    together = list[SourceSection]()
    for section in made:
        same = next((one for one in together if _says_the_same(one, section)), None)
        if same is None:
            together.append(section)
        else:
            same.paths, same.changed = (*same.paths, *section.paths), same.changed or section.changed
    if len(together) > 1 or not alone:
        for section in together:
            section.changed = True
            _name_files(session, section, paths, found)
    else:
        found.sections += together


def _says_the_same(one: SourceSection, other: SourceSection) -> bool:
    return (one.settings, one.notes, one.questions) == (other.settings, other.notes, other.questions)


def _name_files(session: Session, section: SourceSection, paths: Iterable[Path], found: Suggestion) -> None:
    """Add a section for each pattern that its files need."""
    patterns = pattern_for(session, section.paths, paths)
    named = [section.paths] if len(patterns) == 1 else [(path,) for path in section.paths]
    for pattern, mine in zip(patterns, named, strict=True):
        settings = {**section.settings, "files": pattern}
        found.sections.append(SourceSection(settings, mine, section.notes, section.questions, section.changed))


def _add(
    session: Session, groups: Sequence[FileGroup], known: Mapping[str, Format], found: Suggestion, paths: Sequence[Path]
) -> None:
    """Suggest sections for files that no section names."""
    folders: dict[tuple[Path, str], list[FileGroup]] = {}
    undecided: list[tuple[FileGroup, Recognised]] = []
    for group in groups:
        told = recognise(group, known)
        if told.matches and not is_simple(told.matches[0].format):
            folders.setdefault((group.paths[0].parent, told.matches[0].format.name), []).append(group)
        elif told.matches:
            found.unnamed.append(f"{_named_as(group)}: its headings are those of {_formats(told)}")
            _write(session, group, told, found, paths)
        else:
            undecided.append((group, told))
    for (folder, name), alike in folders.items():
        _add_folder(session, folder, known[name], alike, found, paths)
    in_folders = {path for section in found.sections for path in section.paths}
    for group, told in undecided:
        if not in_folders.issuperset(group.paths):
            _not_recognised(group, told, found)


def _add_folder(
    session: Session,
    folder: Path,
    source: Format,
    groups: Sequence[FileGroup],
    found: Suggestion,
    paths: Sequence[Path],
) -> None:
    """One section for the files of a folder that are of a format of many kinds of file, and its lookups."""
    mine = [path for group in groups for path in group.paths]
    beside = [path for path in paths if path.parent == folder and path not in mine and is_lookup(path, source)]
    found.unnamed.append(f"{folder.name}/: {plural(len(mine), 'file')} with the headings of {source.name}")
    files = f"{folder.relative_to(session.folder.path).as_posix()}/*"
    section = SourceSection({"format": source.name, "files": files}, (*mine, *beside))
    if any(group.encoding == "latin-1" for group in groups):
        section.settings["encoding"] = "latin-1"
    found.sections.append(section)


def _write(session: Session, group: FileGroup, told: Recognised, found: Suggestion, paths: Iterable[Path]) -> None:
    listed = list(paths)
    for match in told.matches:
        section = section_for(match, group, None)
        same = next((one for one in found.sections if _differs_in_files(one, section, group)), None)
        if same is None:
            _name_files(session, section, listed, found)
        else:
            found.sections.remove(same)
            section.paths = (*same.paths, *section.paths)
            _name_files(session, section, listed, found)


def _differs_in_files(one: SourceSection, section: SourceSection, group: FileGroup) -> bool:
    """Whether a section of the same folder says the same of other files."""
    settings = {**one.settings, "files": section.settings["files"]}
    same = (settings, one.notes, one.questions) == (section.settings, section.notes, section.questions)
    return same and one.paths[0].parent == group.paths[0].parent and not set(one.paths) & set(section.paths)


def _not_recognised(group: FileGroup, told: Recognised, found: Suggestion) -> None:
    name = _named_as(group)
    if not told.has_headings:
        _no_headings(group, found)
    elif told.equal:
        ways = join_names([f'format = "{one}"' for one in told.equal])
        found.problems.append(
            f"{name}: its headings fit {join_names(told.equal)} equally well, and none is chosen. Write a [[sources]] "
            f"section with {ways.replace(' and ', ' or ')}, and run this again."
        )
    else:
        found.problems.append(
            f"{name}: its headings are of no known format (see `riskstrat catalogue sources`). If it is one, write a "
            "[[sources]] section with its format and run this again; otherwise move the file out of the folder."
        )


def _no_headings(group: FileGroup, found: Suggestion) -> None:
    found.problems.append(
        f"{_named_as(group)}: the first line does not read like headings, so none is shown. Export it with a line of "
        "headings, or name its format in a [[sources]] section with the headings in columns."
    )


def _named_as(group: FileGroup) -> str:
    first, *others = [path.name for path in group.paths]
    return f"{first} and {len(others)} more like it" if others else first


def _formats(told: Recognised) -> str:
    return join_names([one.format.name for one in told.matches])
