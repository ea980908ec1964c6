"""Which format a file is of, by its headings; several where they are equally good."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from riskstrat.errors import RiskstratError
from riskstrat.ingest.extract import match_file, matches
from riskstrat.ingest.formats.layout import Format
from riskstrat.ingest.suggest.files import FileGroup
from riskstrat.ingest.suggest.header_words import words_of
from riskstrat.ingest.suggest.matching import Match, match_headings
from riskstrat.study import SourceSettings

_MARGIN, _NAMED = 0.5, 0.75
_KEYS = frozenset({"patient_id", "event_date", "start_date", "end_date", "recorded_date", "practice_code"})
_ONE_VALUE = frozenset({"code_system", "kind", "role", "practice_code", "start_date", "admission_method"})
_FILE_WORDS: Mapping[str, str] = {
    "patients": "patient patients person demographics", "registrations": "registration registrations",
    "gp_events": "event events observation observations journal gp", "prescriptions": "prescription medication issue",
    "consultations": "consultation consultations appointment encounter", "deaths": "death deaths mortality",
    "opt_outs": "opt out", "caseload": "caseload", "hes_apc": "apc admission inpatient episode admitted spells",
    "hes_ae": "ed", "ecds": "ecds", "hes_op": "op outpatient outpatients opa",
}  # fmt: skip


@dataclass(frozen=True)
class Recognised:
    """What a group of files may be.

    Parameters
    ----------
    matches : tuple of Match
        One for each section to write: a file of people may hold their registrations too.
    equal : tuple of str
        Formats that are equally good, where none is chosen.
    has_headings : bool
        Whether its first line is one of headings: two at least are known words, so that none is a patient's cell.
    """

    matches: tuple[Match, ...]
    equal: tuple[str, ...] = ()
    has_headings: bool = True


def is_simple(source: Format) -> bool:
    """Whether every file of a format is of one kind, whatever its name."""
    return len(source.layouts) == 1 and source.layouts[0].files == ("*",)


def has_headings(found: Iterable[Match]) -> bool:
    """Whether the first line of a file is one of headings."""
    return any(one.certain >= 2 for one in found)


def recognise(group: FileGroup, known: Mapping[str, Format]) -> Recognised:
    """Tell the format of a group of files by their headings, and by their names where those leave it open."""
    simple = [match_headings(one, one.layouts[0], group.cells) for one in known.values() if is_simple(one)]
    folders = [one for source in known.values() if not is_simple(source) for one in _of_folder(group, source)]
    if not has_headings([*simple, *folders]):
        return Recognised((), has_headings=False)
    good = [one for one in [*simple, *folders] if not one.missing or _only_needs_a_value(one)]
    good = [one for one in good if _is_telling(one) or _is_named(group, one.format.name)]
    if not good:
        return Recognised(())
    rated = {id(one): _rating(one, group, good) for one in good}
    best = max(rated.values())
    top = [one for one in good if rated[id(one)] > best - _MARGIN]
    names = tuple(dict.fromkeys(one.format.name for one in top))
    if len(names) > 1:
        return Recognised((), names)
    return Recognised((top[0], *_registrations(top[0], simple)))


def _rating(match: Match, group: FileGroup, others: Sequence[Match]) -> float:
    """Rate a format: the columns that all its layouts explain, whether nothing is to write, and the file's name."""
    same = [one for one in others if one.format is match.format and one is not match]
    more = {to for one in same for to in one.columns} - set(match.columns)
    named = _NAMED * _is_named(group, match.format.name)
    return match.weight + len(more) + (not match.chosen) + named - len(match.missing)


def _only_needs_a_value(match: Match) -> bool:
    """Whether all that is missing can be one value for every row, or be done without."""
    return set(match.missing) <= _ONE_VALUE and (match.certain >= 3 or len(match.columns) >= 4)


def _is_telling(match: Match) -> bool:
    """Whether it explains more of a file than the keys and dates that files of every format have."""
    registered = match.format.name == "registrations" and "start_date" in match.columns
    return bool(set(match.columns) - _KEYS) or (registered and "start_date" not in match.checks)


def _registrations(best: Match, others: Sequence[Match]) -> list[Match]:
    """The registrations that stand in a file of people, one row a person."""
    if best.format.name != "patients":
        return []
    found = [one for one in others if one.format.name == "registrations" and not one.missing and not one.equal]
    return [one for one in found if _is_telling(one)]


def _of_folder(group: FileGroup, source: Format) -> list[Match]:
    """The layouts of a format of many kinds of file that a file fits as it is."""
    path, given = group.paths[0], SourceSettings(format=source.name, files="", encoding=group.encoding)
    found = []
    for layout in source.layouts:
        if matches(path, layout.files):
            try:
                extract = match_file(path, source, layout, given, [path])
            except RiskstratError:
                continue
            found.append(Match(source, layout, dict(extract.found), certain=len(extract.found)))
    return found


def is_lookup(path: Path, source: Format) -> bool:
    """Whether a file is one in which a format looks things up."""
    return any(matches(path, one.files) for layout in source.layouts for one in layout.lookups)


def _is_named(group: FileGroup, name: str) -> bool:
    """Whether the name of a file, or of its folder, says a format."""
    path = group.paths[0]
    words = words_of(path.name.split(".")[0]) | words_of(path.parent.name)
    wanted = [words_of(one) for one in _FILE_WORDS.get(name, name).split()] if name != "opt_outs" else []
    return any(one and one <= words for one in wanted) or words_of(name) <= words
