"""Write the header of a list: its role and dates, who is listed and who is not, and the data and model behind it."""

from collections.abc import Mapping

from riskstrat import __version__
from riskstrat.governance import last_day_of_lists
from riskstrat.lists.changes import WHY, why
from riskstrat.lists.criteria import criteria_in_words, definition_in_words
from riskstrat.lists.inputs import ListInputs
from riskstrat.lists.runs import ListCounts
from riskstrat.study import ListSettings
from riskstrat.wording import plural, sentence

USE = (
    "This list supports a decision and makes none. Reasons are associations, not causes. A blank means not assessed, "
    "never 0."
)


def header(inputs: ListInputs, role: str, counts: ListCounts, rise_known: bool) -> dict[str, str]:
    """Write the header of a list; `rise_known` if any patient has an earlier risk from the same model."""
    study, bundle, same_model = inputs.session.study, inputs.bundle, inputs.history.same_model
    rule, gov = study.roles[role], study.governance
    until = {name: span["to"] for name, span in inputs.snapshot.manifest["data_as_of"].items() if span["to"]}
    said = {
        "role": rule.title,
        "purpose": sentence(rule.purpose),
        "practice": counts["practice"],
        "index_date": inputs.day.isoformat(),
        "criteria": criteria_in_words(study, role),
        "high_risk": sentence(definition_in_words(study)),
        "eligible": "" if rule.own_basis else f"{counts['eligible']}",
        "listed": f"{counts['listed']}",
        "scored_in_practice": f"{counts['cohort']}",
        "left_out": left_out_in_words(counts, not rule.own_basis),
        "since_last_list": since_in_words(counts, same_model, not rule.own_basis),
        "places_kept": kept_in_words(counts, study.lists.stability_pct),
        "risen_fast": rising_in_words(study.lists, rise_known),
        "data_as_of": "; ".join(f"{name} {last}" for name, last in sorted(until.items())),
        "model": f"{bundle.name} ({bundle.variant}), tested on {bundle.facts['index_dates']['test']}",
        "version": f"riskstrat {__version__}",
        "legal_basis": rule.legal_basis or gov.legal_basis or "not stated in study.toml",
        "reference": gov.reference or "not stated in study.toml",
        "expires_on": last_day_of_lists(study, inputs.day).isoformat(),
        "use": USE,
    }
    return {name: text for name, text in said.items() if text}


def left_out_in_words(counts: ListCounts, named: bool = True) -> str:
    """Count in words who is not listed and why; for another service only how many.

    >>> left_out_in_words({"cohort": 30, "listed": 12}, named=False)
    '18 patients of the practice are not listed'
    >>> left_out_in_words({"not_eligible": 9, "over_capacity": 2, "died_since": 0, "hidden": {"accepted": 1}})
    '9 do not meet the rule; 1 excluded by a decision (accepted 1); 2 meet the rule, but all places are taken'
    """
    if not named:
        return f"{counts['cohort'] - counts['listed']:,} patients of the practice are not listed"
    hidden, others = counts.get("hidden", {}), counts.get("with_other_role", 0)
    parts = [f"{counts['not_eligible']:,} do not meet the rule"]
    parts += [f"{sum(hidden.values()):,} excluded by a decision ({_decisions_in_words(hidden)})"] if hidden else []
    parts += [f"{others:,} on the list or caseload of another role"] if others else []
    parts += [f"{counts['over_capacity']:,} meet the rule, but all places are taken"]
    parts += [f"{counts['died_since']:,} died after the index date"] if counts["died_since"] else []
    return "; ".join(parts)


def _decisions_in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {n:,}" for name, n in sorted(counts.items()))


def since_in_words(counts: ListCounts, same_model: bool = True, named: bool = True) -> str:
    """Describe the changes since the last list; empty at the first.

    >>> since_in_words({"new": 2, "continuing": 7, "returned": 1, "left": {"over_capacity": 1, "died_since": 2}})
    '2 new, 7 continuing, 1 returned; 3 no longer listed (all places are taken by other patients: 1; has died, ...: 2)'
    """
    if "new" not in counts:
        return ""
    gone = counts["left"]
    text = f"{counts['new']} new, {counts['continuing']} continuing, {counts['returned']} returned"
    text += f"; {sum(gone.values())} no longer listed"
    text += f" ({_reasons_in_words(gone)})" if gone and named else ""
    return text if same_model else f"{text}. The model has changed, so earlier risks are not shown"


def _reasons_in_words(gone: Mapping[str, int]) -> str:
    decided = {fate: n for fate, n in gone.items() if fate not in WHY}
    reasons = [f"{why(fate)}: {n}" for fate, n in gone.items() if fate in WHY]
    reasons += [f"excluded by a decision: {_decisions_in_words(decided)}"] if decided else []
    return "; ".join(reasons)


def kept_in_words(counts: ListCounts, stability_pct: float) -> str:
    """Describe who keeps a place by the stability rule or a deferral, and what that costs.

    >>> kept_in_words({"kept": 2, "expected": 10.5, "expected_plain": 10.6}, 20)
    '2 patients kept by the stability rule (20 %); expected to have the outcome: 10.5, and 10.6 by rank alone'
    """
    kept, due = counts.get("kept", 0), counts.get("due", 0)
    if not kept + due:
        return ""
    expected = f"expected to have the outcome: {counts['expected']:.1f}"
    parts = [f"{plural(kept, 'patient')} kept by the stability rule ({stability_pct:g} %)"] if kept else []
    parts += [f"{plural(due, 'deferred patient')} now due"] if due else []
    return f"{', '.join(parts)}; {expected}, and {counts['expected_plain']:.1f} by rank alone"


def rising_in_words(lists: ListSettings, known: bool) -> str:
    """Describe what "risen fast" means, or why it is not assessed.

    >>> rising_in_words(ListSettings(), False)
    'not assessed: no patient has an earlier risk from the same model'
    """
    if not known:
        return "not assessed: no patient has an earlier risk from the same model"
    return (
        f"the risk is at least {lists.rising_points:g} percentage points above the patient's own mean of the last "
        f"{plural(lists.rising_runs, 'run')}, and has risen more than that of {lists.rising_of_100:g} in 100 "
        "patients with a similar past risk"
    )
