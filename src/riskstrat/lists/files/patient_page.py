"""Write a page about one patient, on one sheet of A4, for the meeting.

Decision
--------
The page follows the order of a meeting: the patient and the reasons, what can be done and by whom, earlier decisions,
caseload and lists, what is missing from the record, and lines to write on. Each part shows only its first entries, so
that a typical patient fits on one page; `riskstrat explain` shows all. A line between two risks is dashed unless
today's model made both.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from riskstrat.lists.explanation import DriverFact, Explanation, OnList, PastDecision, PastRisk
from riskstrat.lists.files.templates import render
from riskstrat.lists.files.worklist_rows import roles_in_words
from riskstrat.wording import sentence

MOST_RAISES, MOST_LOWERS, MOST_GAPS, MOST_DECISIONS, MOST_POINTS = 6, 3, 6, 4, 8
_WIDTH, HEIGHT, _TOP, FLOOR = 300, 96, 24, 76
_FLAGS = {"end_of_life_register": "End of life register", "care_home": "Care home"}


def patient_html(facts: Explanation) -> str:
    """Write an explanation of a patient as one self-contained HTML page.

    Values that are missing, None or empty are omitted or shown as not assessed.
    """
    titles = {one["role"]: one["title"] for one in facts.get("lists") or () if one.get("title")}
    return render(
        "patient",
        patient=facts["patient_id"],
        index_date=_day(facts.get("index_date")),
        use_until=_day(facts.get("expires_on")),
        who=_who(facts),
        flags=[text for name, text in _FLAGS.items() if (facts.get("flags") or {}).get(name)],
        risk=_percent(facts.get("risk_pct")),
        standing=_standing(facts),
        raises=_driver_sentences(facts.get("raises"))[:MOST_RAISES],
        lowers=_driver_sentences(facts.get("lowers"))[:MOST_LOWERS],
        course=_course(facts.get("history") or ()),
        conditions=facts.get("conditions") or (),
        to_do=[(one["who"], one["what"]) for one in facts.get("to_do") or ()],
        decisions=_decisions(facts.get("decisions") or (), titles),
        held=_caseload_in_words(facts, titles),
        lists=_lists(facts.get("lists") or ()),
        lacks=_lacks(facts),
        absent=[_name_in_words(name) for name in facts.get("lowers_by_absence") or ()],
        **{name: facts.get(name) or "" for name in ("definition", "model", "legal_basis")},
    )


def _day(day: date | None, year: bool = True) -> str:
    if day is None:
        return ""
    return f"{day.day} {day:%B %Y}" if year else f"{day:%b %y}"


def _percent(risk: float | None) -> str:
    return "" if risk is None else f"{risk:.1f} %"


def _name_in_words(name: str) -> str:
    return name.replace("_", " ")


def _driver_sentences(drivers: Sequence[DriverFact] | None) -> list[str]:
    return [sentence(said) for one in drivers or () if (said := one.get("says"))]


def _who(facts: Explanation) -> list[str]:
    sex = {"F": "female", "M": "male", "I": "sex indeterminate"}.get(facts.get("sex") or "", "sex not recorded")
    age = f"Aged {facts['age_band']}" if facts.get("age_band") else "Age not recorded"
    day = facts.get("index_date")
    practice = f"Practice {facts.get('practice_code') or 'not recorded'}"
    return [part for part in (f"{age}, {sex}", practice, day and f"Index date {_day(day)}") if part]


def _standing(facts: Explanation) -> list[str]:
    """Describe the risk: band, high or not, place among everyone."""
    high, percentile = facts.get("high_risk"), facts.get("percentile")
    parts = (
        f"band: {facts['band']}" if facts.get("band") else "",
        "" if high is None else f"{'' if high else 'not '}high risk, as this study defines it",
        "" if percentile is None else f"higher than {percentile:g} % of everyone scored",
    )
    return [part for part in parts if part]


def _decisions(decisions: Sequence[PastDecision], titles: Mapping[str, str]) -> list[tuple[str, ...]]:
    """List decisions as when, who, what, why and until, the latest first."""
    latest = sorted(decisions, key=lambda one: one.get("decided_on") or date.min, reverse=True)[:MOST_DECISIONS]
    return [
        (
            _day(one.get("decided_on")),
            roles_in_words(one.get("role"), titles),
            sentence(_name_in_words(one.get("decision") or "")),
            one.get("reason") or "",
            _day(one.get("until")),
        )
        for one in latest
    ]


def _caseload_in_words(facts: Explanation, titles: Mapping[str, str]) -> list[str]:
    roles = facts.get("on_caseload"), facts.get("responsible_role")
    holder, responsible = (roles_in_words(names, titles) for names in roles)
    held = f"Current caseload: {holder or 'none recorded'}."
    if holder and responsible in (holder, ""):
        return [held]
    return [held, f"Responsible team: {responsible}." if responsible else "Agree which team is responsible."]


def _lists(lists: Sequence[OnList]) -> list[str]:
    """List the roles, with the rank on their list or why the patient is not listed."""
    return [f"{one.get('title') or _name_in_words(one['role'])}: {one['why']}" for one in lists if one.get("why")]


def _lacks(facts: Explanation) -> list[str]:
    gaps = [sentence(text) for text in facts.get("data_gaps") or ()][:MOST_GAPS]
    missing = [_name_in_words(name.removesuffix("_latest")) for name in facts.get("not_assessed") or ()]
    flags = facts.get("flags") or {}
    missing += [text.lower() for name, text in _FLAGS.items() if name in flags and flags[name] is None]
    return [*gaps, *([f"Not assessed: {', '.join(missing)}"] if missing else [])]


def _course(history: Sequence[PastRisk]) -> dict[str, Any] | None:
    """Place the past risks as points and lines; None where there are fewer than two."""
    known = [one for one in history if one.get("risk_pct") is not None][-MOST_POINTS:]
    if len(known) < 2:
        return None
    top = max(one["risk_pct"] for one in known) or 1.0
    places = [round(22 + (_WIDTH - 44) * n / (len(known) - 1), 1) for n in range(len(known))]
    points = [
        {"x": x, "y": round(FLOOR - (FLOOR - _TOP) * one["risk_pct"] / top, 1), "risk": f"{one['risk_pct']:.1f}",
         "day": _day(one["index_date"], year=False), "anchor": "middle"}
        for x, one in zip(places, known, strict=True)
    ]  # fmt: skip
    return {
        "width": _WIDTH,
        "height": HEIGHT,
        "floor": FLOOR,
        "points": points,
        "lines": _joined(points, known),
        "figures": "; ".join(f"{_day(one['index_date'])}: {_percent(one['risk_pct'])}" for one in known),
        "says": _in_words(known),
    }


def _joined(points: Sequence[Mapping[str, Any]], known: Sequence[PastRisk]) -> list[dict[str, str]]:
    """Draw a line from each point to the next, dashed unless today's model made both."""
    kinds = ["same" if a["same_model"] and b["same_model"] else "apart" for a, b in pairwise(known)]
    lines = [f"{p['x']},{p['y']} {q['x']},{q['y']}" for p, q in pairwise(points)]
    return [{"kind": kind, "points": line} for kind, line in zip(kinds, lines, strict=True)]


def _in_words(known: Sequence[PastRisk]) -> str:
    if all(one["same_model"] for one in known):
        return f"From {_percent(known[0]['risk_pct'])} to {_percent(known[-1]['risk_pct'])}."
    return "Dashed: an earlier model. Its risks cannot be compared with today's."
