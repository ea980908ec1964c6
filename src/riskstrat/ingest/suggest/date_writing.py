"""How the dates of a column are written, on the evidence of the whole column.

Decision
--------
01/02/2025 does not say whether the day or the month comes first. The column does, as soon as one number above 12 stands
in either place; the other date columns of the same file may say it too. Where nothing says it, the dry run asks. A
column is of dates if nine of ten of its different values are written as dates with a plausible year.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from riskstrat.tables import date_formats

Order = Literal["day", "month", "open", "both"]
_SHARE, _MOST = 0.9, 200
_BEGINS = re.compile(r"\d{4}|\d\d?[-/. A-Za-z]|[A-Za-z]{3,9}[-/ ]\d")
_TIMES = (
    (r"", ""),
    (r"[ T]\d\d:\d\d", "{}%H:%M"),
    (r"[ T]\d\d:\d\d:\d\d", "{}%H:%M:%S"),
    (r"[ T]\d\d:\d\d:\d\d\.\d{1,9}", "{}%H:%M:%S.%f"),
    (r"T\d\d:\d\d:\d\dZ", "T%H:%M:%SZ"),
)
_YEAR = r"(?:18|19|20|21|99)\d\d"
_DAYS = (
    (rf"{_YEAR}-\d\d-\d\d", "%Y-%m-%d"),
    (rf"{_YEAR}/\d\d?/\d\d?", "%Y/%m/%d"),
    (rf"{_YEAR}\.\d\d?\.\d\d?", "%Y.%m.%d"),
    (rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])", "%Y%m%d"),
    (rf"(?:0[1-9]|[12]\d|3[01])(?:0[1-9]|1[0-2]){_YEAR}", "%d%m%Y"),
    *((rf"\d\d?{re.escape(s)}\d\d?{re.escape(s)}{_YEAR}", f"%d{s}%m{s}%Y") for s in "/-. "),
    *((rf"\d\d?{re.escape(s)}\d\d?{re.escape(s)}\d\d", f"%d{s}%m{s}%y") for s in "/-. "),
    *((rf"\d\d?{s}[A-Za-z]{{3}}{s}{_YEAR}", f"%d{s}%b{s}%Y") for s in ("-", "/", " ", "")),
    *((rf"\d\d?{s}[A-Za-z]{{3}}{s}\d\d", f"%d{s}%b{s}%y") for s in ("-", "/", " ", "")),
    *((rf"\d\d?{s}[A-Za-z]{{4,9}}{s}{_YEAR}", f"%d{s}%B{s}%Y") for s in ("-", " ")),
)
_COARSE = (
    (rf"{_YEAR}-(?:0[1-9]|1[0-2])", "%Y-%m"),
    (rf"{_YEAR}(?:0[1-9]|1[0-2])", "%Y%m"),
    (r"(?:18|19|20)\d\d", "%Y"),
    (rf"(?:0?[1-9]|1[0-2])/{_YEAR}", "%m/%Y"),
    (rf"(?:0?[1-9]|1[0-2])-{_YEAR}", "%m-%Y"),
    (rf"{_YEAR}/(?:0[1-9]|1[0-2])", "%Y/%m"),
    *((rf"[A-Za-z]{{3}}{s}{_YEAR}", f"%b{s}%Y") for s in ("-", " ", "/")),
    *((rf"[A-Za-z]{{4,9}}{s}{_YEAR}", f"%B{s}%Y") for s in ("-", " ")),
)


@dataclass(frozen=True)
class DateWriting:
    """How a column writes dates.

    Parameters
    ----------
    format : str
        For strptime; the day first where the order is open.
    order : str or None
        Of formats in which day and month are both numbers of one or two digits: what comes first; "open" where no
        value says it, "both" where values say both. None for other formats.
    coarse : bool
        Only months or years.
    """

    format: str
    order: Order | None = None
    coarse: bool = False

    @property
    def built_in(self) -> bool:
        """Whether it is read without being named in study.toml."""
        return self.format in date_formats(None, coarse=self.coarse)

    @property
    def short_year(self) -> bool:
        """Whether years have two digits."""
        return "%y" in self.format

    def with_order(self, order: Order) -> "DateWriting":
        """Take the order that another column of the file has shown."""
        first, second = ("%m", "%d") if order == "month" else ("%d", "%m")
        found = re.sub("%[dm](.)%[dm]", rf"{first}\1{second}", self.format, count=1)
        return DateWriting(found, order, self.coarse)


def date_writing(values: Sequence[str]) -> DateWriting | None:
    """Tell how dates are written; None for a column that is not of dates.

    >>> date_writing(["01/02/2025", "13/02/2025"]).format, date_writing(["01/02/2025", "02/13/2025"]).format
    ('%d/%m/%Y', '%m/%d/%Y')
    >>> date_writing(["01/02/2025"]).order, date_writing(["1950-03", "1951-12"]).format, date_writing(["12", "x"])
    ('open', '%Y-%m', None)
    """
    looked_at = values[:: max(1, len(values) // _MOST)]
    shapes = Counter(found for value in looked_at if (found := _format_of(value)))
    if not shapes or shapes.total() < _SHARE * len(looked_at):
        return None
    (best, _), *_ = shapes.most_common(1)
    writing = DateWriting(best, coarse=not re.search("%d", best))
    return writing.with_order(_order(values)) if re.search("%d(.)%m", best) and best != "%d%m%Y" else writing


def _format_of(value: str) -> str | None:
    if not _BEGINS.match(value):
        return None
    for time, written in _TIMES:
        for pattern, format_ in _DAYS if time else (*_DAYS, *_COARSE):
            if re.fullmatch(pattern + time, value):
                between = "T" if "T" in value.upper() and re.search(r"\dT\d", value) else " "
                return format_ + written.format(between)
    return None


def _order(values: Sequence[str]) -> Order:
    pairs = [match for value in values if (match := re.match(r"(\d\d?)[-/. ](\d\d?)[-/. ]", value))]
    first, second = any(int(one[1]) > 12 for one in pairs), any(int(one[2]) > 12 for one in pairs)
    if first and second:
        return "both"
    return "day" if first else "month" if second else "open"
