"""Text for the terminal about lists, one patient, teams' decisions and the criteria."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskstrat.cli.text import table, wrapped
from riskstrat.wording import plural

if TYPE_CHECKING:
    from riskstrat.steps.review import Reviewed


MOST_LINES_SHOWN = 40
_REASONS = {
    "not_eligible": "do not meet the rule",
    "over_capacity": "meet the rule, but all places are taken",
    "with_other_role": "are on another role's list",
    "died_since": "died since the index date",
}
NOT_RECORDED = (
    'What is not recorded counts as "no": the rule "not in a care home" includes patients for whom it is not recorded.'
)


def lists_text(folder: Path, lists: Sequence[Mapping[str, Any]]) -> str:
    """Show the counts of each list (or of each role, if there are many lists), and how much has changed."""
    rows = lists if len(lists) <= MOST_LINES_SHOWN else _by_role(lists)
    shown = {"cohort": "cohort", "eligible": "eligible", "capacity": "places", "listed": "listed"}
    shown = {**shown, "decided": "excluded", "over_capacity": "no place", "new": "new", "gone": "removed"}
    if any(one.get("with_other_role") for one in rows):
        shown = {**shown, "with_other_role": "other role"}
    values = [
        {**one, "decided": sum(one["hidden"].values()), "gone": sum(one.get("left", {}).values())} for one in rows
    ]
    cells = [[one["practice"], one["role"], *(_count(one, key) for key in shown)] for one in values]
    heads = {"practice": "left", "role": "left", **dict.fromkeys(shown.values(), "right")}
    changed = [line for one in _by_role(lists) if (line := turnover_text(one))]
    return "\n".join([f"Lists in {folder}", table(heads, cells), *changed])


def _count(counts: Mapping[str, Any], key: str) -> str:
    """Write a count; blank for changes if there was no list before."""
    known = "new" in counts or key not in ("new", "gone")
    return f"{counts[key]:,}" if known else ""


def _by_role(lists: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Add up the counts of each role over its practices."""
    found: dict[str, dict[str, Any]] = {}
    for counts in lists:
        into = found.setdefault(counts["role"], {"practice": "all", "role": counts["role"]})
        for key, value in counts.items():
            if isinstance(value, dict):
                own = into.setdefault(key, {})
                own.update({name: own.get(name, 0) + n for name, n in value.items()})
            elif not isinstance(value, str):
                into[key] = into.get(key, 0) + value
    return list(found.values())


def turnover_text(counts: Mapping[str, Any]) -> str:
    """Show how much a role's lists have changed, and the effect of the stability rule; empty for first lists."""
    if "new" not in counts or not counts["listed"]:
        return ""
    fresh = counts["new"] + counts["returned"]
    share = f"{100 * fresh / counts['listed']:.0f} %"
    text = f"{counts['role']}: {fresh:,} of {plural(counts['listed'], 'patient')} new or returned ({share})"
    if not counts["kept"] or not counts["expected_plain"]:
        return f"{text}."
    worth = 100 * counts["expected"] / counts["expected_plain"]
    kept = f"{counts['kept']:,} kept by the stability rule"
    return f"{text}, {kept}. Expected outcomes on the list: {worth:.1f} % of those without the rule."


def explain_text(facts: Mapping[str, Any]) -> str:
    """Show one patient's risk and what it is associated with."""
    where = f"percentile {facts['percentile']}, index date {facts['index_date']}, model {facts['model']}"
    lines = [
        f"Risk {facts['risk_pct']} % ({facts['band']}), {where}.",
        *_history(facts["history"]),
        "Associated with a higher risk:", *(f"  + {d['says']}" for d in facts["raises"]),
        "Associated with a lower risk:", *(f"  - {d['says']}" for d in facts["lowers"]),
    ]  # fmt: skip
    if facts["lowers_by_absence"]:
        lines.append("  - nothing of note recorded: " + ", ".join(facts["lowers_by_absence"]).replace("_", " "))
    if facts["not_assessed"]:
        lines.append(
            "Not recorded in the last 3 years: " + ", ".join(n.removesuffix("_latest") for n in facts["not_assessed"])
        )
    lines += [f"Data gap: {gap}." for gap in facts["data_gaps"]]
    lines += ["What can be done:"] if facts["to_do"] else []
    lines += [f"  {one['who']}: {one['what']}" for one in facts["to_do"]]
    lines += [_decision(one) for one in facts["decisions"]]
    lines.append(f"Current caseload: {facts['on_caseload'] or 'none recorded'}.")
    responsible = facts["responsible_role"]
    lines += [f"Responsible team: {_title(responsible, facts['lists'])}."] if responsible else []
    lines += [f"{one['title']}: {one['why']}. Rule: {one['in_words']}." for one in facts["lists"]]
    return "\n".join(wrapped(line, "  ") for line in [*lines, "These are associations, not causes."])


def _title(role: str, lists: Sequence[Mapping[str, str]]) -> str:
    """Return the title of a role; its name if it is not a role of the study."""
    return next((one["title"] for one in lists if one["role"] == role), role)


def _history(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Show earlier risks, if there are any."""
    if len(history) < 2:
        return []
    other = "" if all(one["same_model"] for one in history) else " (* from another model)"
    risks = (f"{one['index_date']} {one['risk_pct']} %{'' if one['same_model'] else '*'}" for one in history)
    return [f"Earlier risks: {', '.join(risks)}{other}."]


def _decision(one: Mapping[str, Any]) -> str:
    until = f", until {one['until']}" if one["until"] else ""
    until += f", on the caseload until {one['held_until']}" if one["held_until"] else ""
    why = f" ({one['reason']})" if one["reason"] else ""
    return f"Decided on {one['decided_on']} by {one['role']}: {one['decision'].replace('_', ' ')}{why}{until}."


def review_text(done: Reviewed) -> str:
    """Show what was read from the teams' files, and what was stored."""
    read = sum(done.decisions.values())
    lines = [f"Read {plural(done.files, 'file')}: {plural(read, 'decision')}; patients without one: {done.blank:,}."]
    if read:
        rows = [[decision, f"{number:,}"] for decision, number in done.decisions.items()]
        lines.append(table({"decision": "left", "patients": "right"}, rows))
    would = "Would be stored in" if done.dry_run else "Stored in"
    lines.append(f"{would} {done.log}: {done.new:,} new, {done.updated:,} updated; {done.unchanged:,} unchanged.")
    return "\n".join(lines)


def criteria_text(facts: Mapping[str, Any]) -> str:
    """Show what high risk means, who may be listed, and what decisions do; see `riskstrat.steps.criteria`."""
    bands = ", ".join(f"{name} from {bound:g} %" for name, bound in facts["bands"].items())
    lines = [f"{facts['people']}.", f"High risk: {facts['high_risk']}.", f"Bands: {bands}."]
    if facts["this_run"]:
        lines.append(f"On {facts['index_date']}: {facts['this_run']}")
    for name, role in facts["roles"].items():
        lines += ["", *_role_lines(name, role)]
    lines += ["", NOT_RECORDED]
    if facts["decisions"]:
        lines += ["", "What a decision does:"]
        lines += [f"  {decision.replace('_', ' ')}: {effect}." for decision, effect in facts["decisions"].items()]
    return "\n".join(map(wrapped, lines))


def _role_lines(name: str, role: Mapping[str, Any]) -> list[str]:
    words = role["in_words"]
    lines = [
        f"{role['title']} ({name}){': ' if role['purpose'] else ''}{role['purpose']}",
        f"  eligible: {words['rule']}",
        f"  order: {words['order']}",
        f"  places: {words['capacity']}",
    ]
    lines += [f"  own legal basis: {role['legal_basis']}"] if role["legal_basis"] else []
    return lines + ([f"  latest run: {_numbers(role['this_run'])}"] if role["this_run"] else [])


def _numbers(run: Mapping[str, Any]) -> str:
    left = [f"{run['left_out'][reason]:,} {says}" for reason, says in _REASONS.items() if run["left_out"][reason]]
    decided = run["left_out_by_decision"]
    if decided:
        each = ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in decided.items())
        left.append(f"{sum(decided.values()):,} are excluded by a decision ({each})")
    not_listed = f"; not listed: {'; '.join(left)}" if left else ""
    return f"{run['eligible']:,} eligible, {run['places']:,} places, {run['listed']:,} listed{not_listed}"
