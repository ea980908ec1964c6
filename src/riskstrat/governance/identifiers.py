"""Patterns of direct identifiers, in headings and in cells.

Decision
--------
This module holds data; `guard` and `birth_dates` decide what they mean for a column. A heading is read as words,
whatever its case and separators. It indicates a kind of identifier unless other words say that the column holds a
pseudonym or only a fact about the identifier (``NHS_NUMBER_DEID``, ``HAS_POSTCODE``, ``address_type``). ``name`` alone
does not indicate a person's name: medicines, tests and practices have names too. A title and a county do not identify
anybody and are allowed; a village is a line of an address. Patterns use only syntax that RE2 and Python's `re` share,
so that one fast search covers a whole column, and only the suspicious cells are checked one by one.

Source: headings as in the NHS Data Dictionary, HES (``NEWNHSNO``, ``LOPATID``, ``HOMEADD``), the EMIS bulk extract,
Synthea and OMOP; postcodes after BS 7666; names that are common in England and Wales.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

DATE_OF_BIRTH = "date of birth"
NHS_NUMBER = "NHS number"
_MOST_CELLS = 20_000
Cells = Sequence[str | None]

_NO = "(no|num|nbr|nr|number)"
_WHOSE = (
    "(sur|fore|last|first|middle|given|family|maiden|full|known|preferred|patients?|pat|pt|person|client|carers?"
    "|contact|resident|mothers?|fathers?|nok|next of kin)"
)
_PHONE = "(tele?phone|phone|tel|mobile|landline|fax)"
_HEADERS = {
    DATE_OF_BIRTH: r"\bdob(baby)?\b|\b(date|day) ?of ?birth\b|birth ?(date|day|dt)( ?time)?\b",
    NHS_NUMBER: rf"\b(new|old|patient|pt|person|client)? ?nhs ?({_NO}|id)\b",
    "CHI number": rf"\bchi ?{_NO}\b",
    "hospital number": rf"\blocal ?patient ?(id(entifier)?|{_NO})\b|\blopatid\b|\bhospital ?{_NO}\b|\bmrn\b"
    rf"|\bmedical ?record ?{_NO}\b|\bcase ?notes? ?{_NO}\b",
    "national insurance number": rf"\bnino\b|\bnational ?insurance|\bni ?{_NO}\b",
    "social security number": r"\bssn\b|\bsocial ?security ?(no|number)\b",
    "passport number": r"\bpassport\b",
    "driving licence number": r"^drivers?$|\bdriv(er|ers|ing) ?licen[cs]e\b",
    "email address": r"\be ?mail ?(address|addr)?\b",
    "telephone number": rf"\b(home|work|mobile|day|evening|contact)? ?{_PHONE} ?{_NO}\b|\b{_PHONE}( \d)?$"
    r"|\b(home|work|mobile|day|evening|contact) ?(tele?phone|phone|tel)\b",
    "postcode": r"\b(post|postal|zip) ?code\b|\bpcds\b|\bpcd \d\b|\bzip\b(?! 3)",
    "address": rf"\b(home|current|usual)? ?addr(ess)?(es)?\b|\baddress ?line\b|\bhomeadd\b|\bhouse ?(name|{_NO}\b)"
    rf"|\bflat ?{_NO}\b|\bstreet\b|number ?and ?street|\bvillage\b|\buprn\b",
    "coordinates": r"^(home )?(lat|lon|lng|latitude|longitude|easting|northing)s?$|\bgrid ?ref(erence)?\b",
    "place of birth": r"\bbirth ?place\b|\bplace ?of ?birth\b",
    "name": rf"\b{_WHOSE} ?names?\b|\b[fls]name\b|\binitials\b|\bnext ?of ?kin\b"
    r"|^(first|middle|last|maiden|nok|alias)$",
    "contact details": r"^contact$|\b(contact|carer) ?(details|comments?)\b",
}
_WITH_ID = (DATE_OF_BIRTH, NHS_NUMBER, "CHI number", "hospital number")
SURE_BY_HEADER = (
    NHS_NUMBER,
    "CHI number",
    "national insurance number",
    "social security number",
    "email address",
    "telephone number",
    "postcode",
)
_PSEUDONYM = (
    r"pseudo|\bde ?id|encrypt|hash|\btoken|\bmask|anonym|\bstatus\b|\bflag|\bind(icator)?\b|\bhas\b|\bis\b|\bvalid"
    r"|verif|\bcount\b|\bconsent|\btrac(e|ed|ing)\b"
)
_ABOUT = (
    r"\b(id|ids|key|type|kind|date|datetime|district|sector|area|outward|quality|match|consult\w*|appointments?|calls?"
    r"|triage|encounters?|mode)\b"
)
BIRTH = r"birth|dob\b|\bborn\b"
DAY_OF_BIRTH = r"\bday ?of ?birth\b|\bbirth ?day\b"
OTHER_DATE = (
    r"death|died|deceas|\bdod\b|ddate|reg|start|stop|\bend|begin|\bfrom\b|\bto\b|join|left|leav|entry|exit|enrol|admi"
    r"|dis|appt|appoint|visit|seen|event|record|updat|modif|chang|creat|enter|load|extract|process|report|review|index"
    r"|issue|last|first|since|until|deduct|transfer|moved|diag|onset|effective|activ|valid|expir"
    r"|\b(crd|frd|tod|lcd|uts)\b"
)
_PARTS = re.compile("(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])")


@cache
def _words(header: str) -> tuple[str, ...]:
    """Split a heading into words in two ways: at separators and changes of case, and at separators alone."""
    ways = (_PARTS.sub(" ", header), header)
    return tuple(dict.fromkeys(" ".join(re.findall("[a-z0-9]+", way.lower())) for way in ways))


def says(header: str, pattern: str) -> bool:
    """Check whether a heading, as words in lower case with a space between them, contains a pattern.

    >>> says("HouseNameFlatNumber", "house name"), says("NHSnumber", "^nhsnumber$")
    (True, True)
    """
    return any(re.search(pattern, form) for form in _words(header))


def header_kind(header: str) -> str | None:
    """Return the kind of identifier that a heading indicates, or None.

    >>> header_kind("NhsNumber"), header_kind("post_code"), header_kind("NHS_NUMBER_DEID"), header_kind("LSOA11")
    ('NHS number', 'postcode', None, None)
    """
    if says(header, _PSEUDONYM):
        return None
    kind = next((kind for kind, pattern in _HEADERS.items() if says(header, pattern)), None)
    return kind if kind in _WITH_ID or not says(header, _ABOUT) else None


def distinct(values: Cells) -> list[str]:
    """List the distinct texts of cells, stripped of outer spaces; at most 20,000 cells are used, evenly spaced.

    >>> distinct(["b", None, " a ", "", "b"])
    ['b', 'a']
    """
    present = [value for value in values if value]
    return [cell for cell in dict.fromkeys(map(str.strip, evenly(present))) if cell]


def evenly(cells: Sequence[str], most: int = _MOST_CELLS) -> Sequence[str]:
    """Select at most `most` cells, evenly spaced.

    >>> evenly("abcdefg", 3)
    'adg'
    """
    return cells[:: math.ceil(len(cells) / most)] if len(cells) > most else cells


@dataclass(frozen=True)
class Sign:
    """A pattern that reveals an identifier.

    Parameters
    ----------
    pattern : str
        Regular expression in syntax that RE2 and Python share, for cells stripped of outer spaces.
    few : int
        Number of different matches that the column must contain.
    share : float
        Share of the column's distinct cells that must match.
    """

    kind: str
    pattern: str
    few: int
    share: float = 0.0


NHS_SHAPE = r"\b[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}\b"
_ABROAD = r"(?:\+44|\b0044)[ -]?(?:\(0\)[ -]?)?"
_FROM_ABROAD, _AT_HOME = (
    rf"{start}(?:2[0-9]\)?{part}[0-9]{{4}}[ -]?[0-9]{{4}}|[1378][0-9]{{2}}\)?{part}[0-9]{{3}}[ -]?[0-9]{{4}}"
    rf"|[1378][0-9]{{3}}\)?{part}[0-9]{{3}}[ -]?[0-9]{{3}})\b"
    for start, part in ((_ABROAD, "[ -]?"), (r"\b0", "[ -]"))
)
_BARE = "0[12378][0-9]{9}"
_OUTWARD, _INWARD = "[A-PR-UWYZ][A-HK-Y]?[0-9][0-9A-HJKMNP-Y]?", "[0-9][ABD-HJLNP-UW-Z]{2}"
_STREET = (
    "(?i:road|rd|street|st|lane|ln|avenue|ave|close|drive|way|court|crescent|cres|gardens|grove|place|terrace|mews|hill"
    "|square|parade|view|rise|green|park|row|walk|gate|dale|croft|wharf|quay|meadows?|villas|cottages|house)"
)
_CAPITALISED = r"[A-Z][A-Za-z'’.-]*"
SIGNS = (
    Sign("email address", r"[A-Za-z0-9._%+'-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}", 3),
    Sign("telephone number", rf"{_FROM_ABROAD}|{_AT_HOME}", 3),
    Sign("telephone number", rf"[ :]{_BARE}\b|\b{_BARE}[ ,;/(]", 3),
    Sign("telephone number", rf"^{_BARE}$", 20, 0.5),
    Sign("address", rf"\b[0-9]{{1,4}}[A-Za-z]?,? (?:{_CAPITALISED} ){{1,3}}{_STREET}\b", 3, 0.1),
    Sign("postcode", rf"\b(?:GIR 0AA|{_OUTWARD} {{1,3}}{_INWARD})\b", 3),
    Sign("postcode", rf"^(?i:{_OUTWARD} {{1,3}}{_INWARD})$", 3, 0.5),
    Sign("postcode", rf"^(?i:{_OUTWARD} {{0,3}}{_INWARD})$", 20, 0.5),
    Sign("name", r"\b(?:Mr|Mrs|Ms|Miss|Mx)\.? (?:[A-Z]\.? )*[A-Z][a-z'’-]+", 3),
    Sign("name", rf"^(?i:mr|mrs|ms|miss|mx|dr|prof|rev|sir|dame)\.? {_CAPITALISED}(?: {_CAPITALISED}){{0,3}}$", 5, 0.3),
)
MACHINE_MADE = r"^[0-9a-f]{8}-[0-9a-f]{4}|^[0-9A-Fa-f]{16,}$"

_FORENAMES = """
    adam alan albert alexander andrew anthony arthur ben benjamin brian callum charles christopher colin connor craig
    daniel darren david dean dennis derek donald douglas edward eric ernest frank fred frederick gareth gary george
    gordon graham harry henry ian jack jacob james jamie jason jeffrey john jonathan joseph joshua keith kenneth kevin
    lee leonard liam luke malcolm mark martin matthew michael mohammed muhammad nathan neil nicholas nigel norman oliver
    patrick paul peter philip raymond richard robert roger ronald roy ryan samuel scott sean simon stephen steven stuart
    terence thomas timothy trevor victor walter wayne william
    abigail alice alison amanda amy andrea angela ann anne barbara beryl betty brenda carol caroline catherine charlotte
    chloe christine claire danielle dawn deborah diane donna doris dorothy edith eileen elizabeth ellen emily emma
    fatima florence gemma georgia gillian hannah heather helen hilda irene jacqueline jane janet jean jennifer jessica
    joan joanne joyce judith julia julie karen katherine kathleen katie kelly laura leanne linda lisa louise lucy
    lynn margaret maria marie mary maureen megan melissa michelle natalie natasha nicola olivia pamela patricia pauline
    rachel rebecca ruth sally samantha sandra sarah sharon sheila shirley sophie stacey stephanie susan sylvia teresa
    tracey tracy valerie vera victoria wendy yvonne zoe
"""
_SURNAMES = """
    adams ahmed akhtar ali allen anderson andrews atkinson bailey baker barker barnes begum bell bennett bibi booth
    bradley brooks butler campbell carter chapman clark clarke cole collins cook cooper cox davies davis dawson dixon
    edwards elliott ellis evans fisher fletcher ford foster fox gibson gordon graham griffiths hall hamilton harris
    harrison harvey hill holmes howard hughes hunt hunter hussain jackson james jenkins johnson johnston jones kaur
    kelly kennedy khan king knight lawrence lee lewis lloyd macdonald marshall martin mason matthews mcdonald miller
    mills mitchell moore morgan morris morrison murphy murray o'brien owen palmer parker patel payne pearce pearson
    phillips powell reid reynolds richards richardson roberts robertson robinson rogers ross russell saunders scott shah
    shaw simpson singh smith spencer stevens stewart taylor thomas thompson thomson turner walker wallace walsh watson
    watts webb wells west wilkinson williams williamson wilson wood woods wright
"""
FORENAMES, SURNAMES = frozenset(_FORENAMES.split()), frozenset(_SURNAMES.split())
NAMES = FORENAMES | SURNAMES
LIKE_NAMES = re.compile(r"[^\W\d_](?:[^\W\d_]|['’.-])*(?:(?:, ?| )[^\W\d_](?:[^\W\d_]|['’.-])*){1,3}")
