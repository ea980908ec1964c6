"""The definition of high risk and the criteria of every list, for people."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from typing import Any

from riskstrat.cli.console import WIDTH

_REASONS = {
    "not_eligible": "do not meet the rule",
    "over_capacity": "meet it, but there is no room",
    "with_other_role": "on another role's list",
    "died_since": "died since the index date",
}
NOT_ASSESSED = 'Not assessed counts as not met: "not in a care home" includes people of whom that is not known.'


def criteria_text(facts: Mapping[str, Any]) -> str:
    """What high risk means, who may be listed, and what decisions do.

    Parameters
    ----------
    facts : mapping
        See `riskstrat.pipeline.defining.criteria`.
    """
    bands = ", ".join(f"{name} from {bound:g} %" for name, bound in facts["bands"].items())
    lines = [f"{facts['people']}.", f"High risk: {facts['high_risk']}.", f"Bands: {bands}."]
    if facts["this_run"]:
        lines.append(f"At {facts['index_date']}: {facts['this_run']}")
    for name, role in facts["roles"].items():
        lines += ["", *_role_lines(name, role)]
    lines += ["", NOT_ASSESSED]
    if facts["decisions"]:
        lines += ["", "What a decision does:"]
        lines += [f"  {decision.replace('_', ' ')}: {effect}." for decision, effect in facts["decisions"].items()]
    return "\n".join(_wrapped(line) for line in lines)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, WIDTH, subsequent_indent="    " if line.startswith(" ") else "  ")


def _role_lines(name: str, role: Mapping[str, Any]) -> list[str]:
    said = role["in_words"]
    lines = [
        f"{role['title']} ({name}){': ' if role['purpose'] else ''}{role['purpose']}",
        f"  who: {said['rule']}",
        f"  order: {said['order']}",
        f"  places: {said['capacity']}",
    ]
    lines += [f"  legal basis of its own: {role['legal_basis']}"] if role["legal_basis"] else []
    return lines + ([f"  this run: {_numbers(role['this_run'])}"] if role["this_run"] else [])


def _numbers(run: Mapping[str, Any]) -> str:
    left = [f"{run['left_out'][reason]:,} {says}" for reason, says in _REASONS.items() if run["left_out"][reason]]
    decided = run["left_out_by_decision"]
    if decided:
        each = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in decided.items())
        left.append(f"{sum(decided.values()):,} left out by a decision ({each})")
    not_listed = f"; not listed: {'; '.join(left)}" if left else ""
    return f"{run['eligible']:,} eligible, {run['places']:,} places, {run['listed']:,} listed{not_listed}"
