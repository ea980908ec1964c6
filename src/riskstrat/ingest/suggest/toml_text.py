"""Sections as the text of study.toml: one setting a line, with what is uncertain beside it."""

import textwrap
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from riskstrat.ingest.suggest.section import SourceSection, quoted

_ORDER = ("format", "files", "encoding", "delimiter", "columns", "date_format", "recode", "values", "absent")
_WIDTH = 100


def sections_text(sections: Iterable[SourceSection]) -> str:
    """Write sections, ready to paste."""
    return "\n\n".join(_section_text(one) for one in sections)


def _section_text(section: SourceSection) -> str:
    keys = sorted(section.settings, key=lambda key: _ORDER.index(key) if key in _ORDER else len(_ORDER))
    lines = ["[[sources]]"]
    for key in keys:
        for place, value in _lines(key, section.settings[key]):
            note = section.notes.get(place, "")
            line = f"{place} = {value}"
            beside = f"{line}  # {note}"
            lines += [line] if not note else [beside] if len(beside) <= _WIDTH else [f"# {note}", line]
    for question in section.questions:
        lines += textwrap.wrap(f"please decide: {question}", _WIDTH, initial_indent="# ", subsequent_indent="#   ",
                               break_long_words=False, break_on_hyphens=False)  # fmt: skip
    return "\n".join(lines)


def _lines(key: str, value: object) -> Iterator[tuple[str, str]]:
    """A setting; of a table of settings each for itself."""
    if isinstance(value, Mapping) and all(_is_bare(name) for name in value):
        for name, one in value.items():
            yield f"{key}.{name}", _value(one)
    else:
        yield key, _value(value)


def _is_bare(name: str) -> bool:
    return name.isascii() and name.replace("_", "").replace("-", "").isalnum()


def _value(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return quoted(value)
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{quoted(name)} = {_value(one)}" for name, one in value.items()) + " }"
    return f"[{', '.join(map(_value, value))}]" if isinstance(value, list | tuple) else str(value)
