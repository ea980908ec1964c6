"""What people call the columns that a rule or an order may name.

Decision
--------
What a list shows is called as on the list. A label that itself holds a joining word or sign is quoted, so that nobody
takes part of it for part of the rule.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from riskstrat.contracts import FeatureColumn

JOINING = re.compile(r"\b(and|or|not|either)\b|[,;\[\]\"]", re.IGNORECASE)


@dataclass(frozen=True)
class Label:
    """What people call a column.

    Parameters
    ----------
    text : str
        A noun ("age"); of a flag, what is true of the patient ("in a care home").
    unit : str
        Follows a number.
    kind : {"number", "count", "text", "flag"}
        Counts are said as "2 or more ED attendances", other numbers as "age of 65 or more".
    without : str
        Of a flag, how it is said not to be so; "not" and the text where this is blank.
    noun : str
        What stands beside a value, where it is not the text.
    """

    text: str
    unit: str = ""
    kind: Literal["number", "count", "text", "flag"] = "number"
    without: str = ""
    noun: str = ""


LABELS: Mapping[str, Label] = {
    "patient_id": Label("pseudonym", kind="text"),
    "practice_code": Label("practice", kind="text"),
    "risk_pct": Label("risk", " %"),
    "percentile": Label("percentile of risk"),
    "band": Label("risk band", kind="text"),
    "age": Label("age"),
    "sex": Label("sex", kind="text"),
    "emergency_admissions_12m": Label("emergency admissions (12 m)", kind="count"),
    "acsc_admissions_12m": Label("avoidable admissions (12 m)", kind="count"),
    "emergency_bed_days_12m": Label("emergency bed days (12 m)", kind="count"),
    "ed_attendances_12m": Label("ED attendances (12 m)", kind="count"),
    "ltc_count": Label("long-term conditions", kind="count"),
    "medicines": Label("medicines", kind="count"),
    "medicine_alerts": Label("medicine alerts", kind="count"),
    "end_of_life_register": Label("on the end-of-life register", kind="flag"),
    "housebound": Label("housebound", kind="flag"),
    "care_home": Label("in a care home", kind="flag"),
    "rising": Label("risen fast", kind="flag"),
    "care_home_id": Label("care home", kind="text"),
    "on_caseload": Label("on a caseload", kind="text", noun="role that holds the case"),
}


def labels_of(columns: Iterable[FeatureColumn]) -> dict[str, Label]:
    """What people call the columns that a rule may name: the list's own first, else what the catalogue says they mean.

    Parameters
    ----------
    columns : iterable of FeatureColumn

    Examples
    --------
    >>> column = FeatureColumn("sodium_latest", "mmol/L", "36 months", "latest sodium", "value", lambda seen: None)
    >>> labels_of([column])["sodium_latest"]
    Label(text='latest sodium in 36 months', unit=' mmol/L', kind='number', without='', noun='')
    """
    return {**{column.name: _label(column) for column in columns}, **LABELS}


def _label(column: FeatureColumn) -> Label:
    window = "" if column.window in ("ever", "at the index date") else f" in {column.window}"
    if column.kind == "flag":
        recorded = column.meaning.removesuffix(" recorded")
        without = f"no record of {_quoted(recorded + window)}" if recorded != column.meaning else ""
        return Label(_quoted(column.meaning + window), kind="flag", without=without)
    if column.kind == "count":
        return Label(_quoted(column.meaning + window), kind="count")
    return Label(_quoted(column.meaning + window), f" {column.unit}")


def _quoted(text: str) -> str:
    """A label in quotes where a reader could take part of it for part of the rule."""
    return json.dumps(text, ensure_ascii=False) if JOINING.search(text) else text
