"""Values of coded columns: which are understood, what others may mean, and which may be shown.

Decision
--------
Values of a column are shown only where they are plainly codes: at most 20 different ones in the column, and of those
only such as stand in 10 rows or more. Words of the lists below are no secret, as they stand here. A word whose meaning
is certain is recoded; one that only resembles a code, as "Emergency" does, is suggested with the request to check it.
"""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from riskstrat.ingest.formats.layout import ColumnMapping
from riskstrat.tables import SHAPES, TABLES

MOST_CODES, FEWEST_TO_SHOW = 20, 10
NO_VALUE = frozenset({"null", "(null)", "na", "n/a", "nan", "none", "#n/a", "nil", "<na>"})
Meaning = tuple[str, bool]
_FLAGS = dict.fromkeys(("1", "y", "yes", "true", "t"), "1") | dict.fromkeys(("0", "n", "no", "false", "f"), "0")
_SEX = {
    "male": "M", "m": "M", "man": "M", "1": "M", "female": "F", "f": "F", "woman": "F", "2": "F", "i": "I", "3": "I",
    "indeterminate": "I", "other": "I", "u": "U", "unknown": "U", "not known": "U", "not specified": "U",
    "not stated": "U", "0": "U", "9": "U", "x": "U",
}  # fmt: skip
_SEX_TO_CHECK = frozenset({"3", "other", "x"})
_KINDS = {
    "type 1": "type1", "type-1": "type1", "type_1": "type1", "type1": "type1", "t1": "type1", "1": "type1",
    "type 1 opt-out": "type1", "type 1 opt out": "type1", "national": "national", "ndoo": "national",
    "national data opt-out": "national", "national data opt out": "national", "ndop": "national", "local": "local",
    "type 2": "national", "local opt-out": "local", "national opt-out": "national",
}  # fmt: skip
_ATTENDED = {
    "attended": "seen", "arrived": "seen", "seen": "seen", "attended on time": "seen", "attended late": "seen",
    "did not attend": "missed", "dna": "missed", "missed": "missed", "no show": "missed", "cancelled": "cancelled",
    "cancelled by patient": "cancelled", "patient cancelled": "cancelled", "cancelled by hospital": "cancelled",
    "hospital cancelled": "cancelled", "cancelled by provider": "cancelled", "unknown": "unknown",
}  # fmt: skip
_CLASSES = {
    "ordinary admission": "1", "ordinary": "1", "inpatient": "1", "day case": "2", "day case admission": "2",
    "daycase": "2", "regular day admission": "3", "regular day attender": "3", "regular night admission": "4",
    "regular night attender": "4", "mother and baby": "5", "mother and baby using delivery facilities only": "5",
}  # fmt: skip
_SYSTEM_WORDS = {
    "snomed ct": "snomed", "snomed-ct": "snomed", "snomedct": "snomed", "sct": "snomed", "snomed": "snomed",
    "snomed ct uk": "snomed", "read": "readv2", "read v2": "readv2", "read 2": "readv2", "readv2": "readv2",
    "read codes": "readv2", "read code": "readv2", "read2": "readv2", "ctv3": "ctv3", "read v3": "ctv3",
    "readv3": "ctv3", "read ctv3": "ctv3", "bnf": "bnf", "bnf code": "bnf", "dm+d": "dmd", "dmd": "dmd",
    "dm and d": "dmd", "icd10": "icd10", "icd-10": "icd10", "icd 10": "icd10",
}  # fmt: skip
_SYSTEM_TO_CHECK = frozenset({"read", "read codes", "read code"})
_METHODS = (
    "11", "12", "13", "21", "22", "23", "24", "25", "28", "2A", "2B", "2C", "2D", "31", "32", "81", "82", "83", "84",
    "89", "98", "99",
)  # fmt: skip
_METHOD_WORDS = (
    (r".*waiting list.*", "11"), (r".*booked.*", "12"), (r".*bed bureau.*", "23"),
    (r"(?!.*\b(un|non[- ]?|not )planned).*\bplanned.*", "13"),
    (r"emerg.*(accident (and|&) emergency|a&e|a & e|\bed\b|emergency department|casualty).*", "21"),
    (r"emerg.*(\bgp\b|general practi).*", "22"), (r"emerg.*(clinic|outpatient).*", "24"),
    (r"emerg.*mental health.*", "25"), (r"(emergency|emerg|unplanned|non[- ]elective)( admission)?|nel?", "28"),
    (r"emerg.*", "28"), (r"(elective|el)( admission)?", "11"), (r".*ante ?partum.*|maternity", "31"),
    (r".*post ?partum.*", "32"), (r".*transfer.*", "81"), (r".*birth.*|.*born.*|.*babies.*", "82"),
)  # fmt: skip
_DEPRIVED = {
    "most deprived 10%": 1, "more deprived 10-20%": 2, "more deprived 20-30%": 3, "more deprived 30-40%": 4,
    "more deprived 40-50%": 5, "less deprived 40-50%": 6, "less deprived 30-40%": 7, "less deprived 20-30%": 8,
    "less deprived 10-20%": 9, "least deprived 10%": 10,
}  # fmt: skip


def _of(words: Mapping[str, str], check: frozenset[str] = frozenset()) -> Callable[[str], Meaning | None]:
    return lambda value: (words[value.lower()], value.lower() in check) if value.lower() in words else None


def _method(value: str) -> Meaning | None:
    return next(((code, True) for words, code in _METHOD_WORDS if re.fullmatch(words, value.lower())), None)


def _decile(value: str) -> Meaning | None:
    if value.lower() in _DEPRIVED:
        return str(_DEPRIVED[value.lower()]), False
    match = re.fullmatch(r"(?:decile |d)?0?(\d\d?)(?: ?[-(:](.*)deprived.*)?", value.lower())
    if not match or not 1 <= int(match[1]) <= 10:
        return None
    end = next((one for one in ("least", "less", "most", "more") if one in (match[2] or "")), "")
    if end and end.startswith("l") != (int(match[1]) > 5):
        return None
    return match[1], match[2] is not None and not end


@dataclass(frozen=True)
class Vocabulary:
    """The codes of a column, and what other values mean: our code, and whether that needs checking."""

    codes: frozenset[str]
    meaning: Callable[[str], Meaning | None]
    said: str


_FLAG = Vocabulary(frozenset({"0", "1"}), _of(_FLAGS), '"1" yes, "0" no')
VOCABULARIES: Mapping[str, Vocabulary] = {
    "patients.sex": Vocabulary(
        frozenset("FMIU"), _of(_SEX, _SEX_TO_CHECK), '"F", "M", "I" indeterminate, "U" not recorded'
    ),
    "patients.care_home": _FLAG,
    "patients.imd_decile": Vocabulary(
        frozenset(map(str, range(1, 11))), _decile, '"1" most deprived to "10" least deprived'
    ),
    "prescriptions.repeat": _FLAG,
    "opt_outs.withdrawn": _FLAG,
    "opt_outs.kind": Vocabulary(
        frozenset(_KINDS.values()), _of(_KINDS, frozenset({"1", "type 2"})), '"type1", "national", "local"'
    ),
    "gp_events.code_system": Vocabulary(
        frozenset(SHAPES), _of(_SYSTEM_WORDS, _SYSTEM_TO_CHECK), '"snomed", "readv2", "ctv3" or "icd10"'
    ),
    "prescriptions.code_system": Vocabulary(
        frozenset(SHAPES), _of(_SYSTEM_WORDS, _SYSTEM_TO_CHECK), '"bnf", "dmd" or "snomed"'
    ),
    "episodes.admission_method": Vocabulary(
        frozenset(_METHODS), _method, 'NHS admission methods: "11" elective, "21" emergency by the ED, "28" other'
    ),
    "episodes.patient_class": Vocabulary(
        frozenset("123458"), _of(_CLASSES), '"1" ordinary, "2" day case, "3" and "4" regular, "5" mother and baby'
    ),
    "op_appointments.attended": Vocabulary(
        frozenset({"seen", "missed", "cancelled", "unknown"}), _of(_ATTENDED), '"seen", "missed", "cancelled"'
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Recoding:
    """What the values of a column need.

    Parameters
    ----------
    recode : mapping of str to str
        Values as in the file, and what to read instead.
    to_check : tuple of str
        Values among them of which the meaning is not certain.
    unknown : mapping of str to int
        Values that are not understood and may be shown, with their rows.
    hidden : int
        Rows of further values that are not understood and are not shown.
    said : str
        The codes that there are.
    """

    recode: Mapping[str, str]
    to_check: tuple[str, ...]
    unknown: Mapping[str, int]
    hidden: int
    said: str = ""

    @property
    def rows(self) -> int:
        """How many rows have a value that is not understood."""
        return sum(self.unknown.values()) + self.hidden


def recoding(table: str, column: ColumnMapping, counts: Counter[str], given: Mapping[str, str]) -> Recoding:
    """Find the values of a column that are not understood, and what they may mean.

    `given` is the recode that study.toml has already.

    >>> found = recoding("patients", ColumnMapping("sex", ("sex",)), Counter({"MALE": 30, "Q": 12, "Smith": 1}), {})
    >>> found.recode, found.unknown, found.hidden
    ({'MALE': 'M'}, {'Q': 12}, 1)
    """
    words = VOCABULARIES.get(f"{table}.{column.column}")
    recode, check, unknown = {value: "" for value in counts if value.lower() in NO_VALUE}, list[str](), Counter[str]()
    recode = {value: "" for value in recode if value not in (*given, *column.missing)}
    for value, rows in counts.items() if words else ():
        if words is None or value in recode or _is_understood(value, column, words, given):
            continue
        if meaning := words.meaning(value):
            recode[value] = meaning[0]
            check += [value] if meaning[1] else []
        else:
            unknown[value] = rows
    shown = {value: rows for value, rows in unknown.items() if len(counts) <= MOST_CODES and rows >= FEWEST_TO_SHOW}
    return Recoding(recode, tuple(check), shown, unknown.total() - sum(shown.values()), words.said if words else "")


def _is_understood(value: str, column: ColumnMapping, words: Vocabulary, given: Mapping[str, str]) -> bool:
    text = given.get(value, value)
    if not text or text in column.missing:
        return True
    fold = column.column == "code_system"
    recode = {(a.lower() if fold else a): b for a, b in column.recode.items()}
    text = recode.get(text.lower() if fold else text, text.lower() if fold else text)
    return text in words.codes or (_is_number(column.column) and re.fullmatch(r"0*(\d+)(\.0*)?", text) is not None
        and str(int(float(text))) in words.codes)  # fmt: skip


def _is_number(column: str) -> bool:
    return any(column in table.by_name and table.by_name[column].type == "int" for table in TABLES.values())
