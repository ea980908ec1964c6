"""How much a heading resembles what one of our columns may be called.

Decision
--------
A heading is read as words, whatever its case, separators and order: "DateOfDeath", "date_of_death" and "DEATH DATE" are
the same two words. Abbreviations that NHS extracts use are written out, and words run together ("ADMIDATE") are parted.
Words that stand before all headings of a file, such as the name of its table, are tried without. Only a heading that
says exactly what a column may be called is certain; one that says more or less is shown as something to check.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache

from riskstrat.ingest.formats.layout import ColumnMapping
from riskstrat.ingest.suggest.column_names import ABBREVIATIONS, COLUMN_NAMES, NOISE

Words = frozenset[str]
SAME_WORDS, SIMILAR = 1.0, 0.5
_PARTS = re.compile("(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_SHARED, _STRANGE = 0.8, 0.4


@cache
def _vocabulary() -> frozenset[str]:
    """Every word that a name of a column is made of, and every abbreviation, to part words run together."""
    phrases = " ".join(phrase for phrases in COLUMN_NAMES.values() for phrase in phrases)
    return frozenset({*phrases.split(), *ABBREVIATIONS, *NOISE})


def _parted(word: str) -> list[str]:
    """Part a word that is several known words run together; the fewest are taken.

    >>> _parted("admidate"), _parted("xyzzy")
    (['admi', 'date'], ['xyzzy'])
    """
    known, best = _vocabulary(), {0: list[str]()}
    if word in known or len(word) < 5:
        return [word]
    for end in range(2, len(word) + 1):
        ways = [
            [*best[start], word[start:end]] for start in range(end - 1) if start in best and word[start:end] in known
        ]
        if ways:
            best[end] = min(ways, key=len)
    return best.get(len(word), [word])


def _word_list(header: str) -> list[str]:
    """Words of a heading in their order, abbreviations written out, without the words that say nothing."""
    raw = re.findall("[a-z]+|[0-9]+", _PARTS.sub(" ", header).lower())
    found = [full for word in raw for part in _parted(word) for full in ABBREVIATIONS.get(part, part).split()]
    return [word.lstrip("0") or "0" for word in found if word not in NOISE]


@cache
def words_of(header: str) -> Words:
    """Read a heading as a set of words.

    >>> sorted(words_of("DateOfDeath")), sorted(words_of("ADMIDATE")), sorted(words_of("pt_dob"))
    (['date', 'death'], ['admission', 'date'], ['birth', 'date', 'patient'])
    """
    return frozenset(_word_list(header))


def headings_as_words(headers: Sequence[str]) -> dict[str, tuple[Words, ...]]:
    """Read the headings of a file as words; where nearly all begin with the same words, also without those."""
    lists = {header: _word_list(header) for header in headers}
    firsts = [words[0] for words in lists.values() if len(words) > 1]
    shared = max(set(firsts), key=firsts.count, default="")
    if firsts.count(shared) < max(3, (_SHARED if shared in _vocabulary() else _STRANGE) * len(headers)):
        shared = ""
    return {
        header: (frozenset(words), *([frozenset(words[1:])] if shared and words[:1] == [shared] else []))
        for header, words in lists.items()
    }


@cache
def _phrases(table: str, column: str, headers: tuple[str, ...]) -> tuple[Words, ...]:
    known = COLUMN_NAMES.get(f"{table}.{column}", COLUMN_NAMES.get(column, ()))
    return tuple(dict.fromkeys(map(words_of, (column, *headers, *known))))


def resemblance(ways: Iterable[Words], table: str, column: ColumnMapping) -> float:
    """Rate from 0 to 1 how much a heading resembles a name of a column; 1 says the same words.

    >>> sex = ColumnMapping("sex", ("sex",))
    >>> [resemblance([words_of(one)], "patients", sex) for one in ("GENDER", "Patient Sex Text", "age")]
    [1.0, 0.66..., 0.0]
    """
    phrases = _phrases(table, column.column, tuple(name for name in column.headers if "{" not in name))
    return max((_alike(words, phrase) for words in ways for phrase in phrases), default=0.0)


def _alike(words: Words, phrase: Words) -> float:
    if not words or not phrase:
        return 0.0
    common = len(words & phrase)
    if words >= phrase or words <= phrase:
        return common / max(len(words), len(phrase))
    return 0.6 * common / len(words | phrase)


def numbered(headers: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Group headings that differ by their last number alone, by their pattern with ``{n}`` or ``{i}``.

    >>> numbered(["Diag_01", "Diag_02", "Diag 1 code", "ICD10", "sex"])
    {'Diag_{n}': ('Diag_01', 'Diag_02'), 'Diag {i} code': ('Diag 1 code',)}
    """
    found: dict[str, list[str]] = {}
    for header in headers:
        if match := re.fullmatch(r"(.*?)([0-9]{1,2})([^0-9]*)", header):
            padded = match[2].startswith("0") or any(f"{match[1]}0{n}{match[3]}" in headers for n in range(1, 10))
            found.setdefault(match[1] + ("{n}" if padded else "{i}") + match[3], []).append(header)
    return {
        pattern: tuple(group)
        for pattern, group in found.items()
        if len(group) > 1 or re.search("(^|[^0-9])0?[12][^0-9]*$", group[0])
    }
