"""The card of a bundle: what it is for, on whom it was tried, how good it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskstrat.bundle import Bundle
from riskstrat.catalogue import all_variants
from riskstrat.criteria import definition_in_words, outcome_in_words, people_in_words
from riskstrat.study import Study
from riskstrat.wording import sentence

PURPOSE = """\
For: ranking the registered patients of general practices so that a multidisciplinary team can decide whom to see.
Users: analysts who score, clinicians who read the list. It supports a decision and never makes one.
Not for: deciding about one person without a clinician, urgent care, payment, people outside the population it was
tested on. Whoever deploys it checks its duties under medical-device and clinical-safety law (DCB0129, DCB0160).
Reasons are associations, never causes."""


def card(bundle: Bundle, study: Study) -> str:
    """The card as Markdown.

    Parameters
    ----------
    bundle : Bundle
    study : Study
    """
    what = (
        f"## What it predicts\n\n{sentence(outcome_in_words(study))}.\n\nPeople: {people_in_words(study)}.\n\n"
        f"High risk: {definition_in_words(study)}."
    )
    sections = [
        f"# Model `{bundle.name}`",
        PURPOSE,
        what,
        _how(bundle),
        "## On the test index date\n\n" + _table(bundle.facts["metrics"]),
    ]
    if none := bundle.facts.get("metrics_no_prior_admission"):
        sections.append("## Among people with no emergency admission in the year before\n\n" + _table(none))
    return "\n\n".join(sections) + "\n"


def _how(bundle: Bundle) -> str:
    dates, fitted = bundle.facts["index_dates"], bundle.facts["fitted_on"]
    fit, lists = ", ".join(str(day) for day in dates["fit"]), code_lists_in_words(bundle)
    return (
        f"## How it was made\n\n{all_variants()[bundle.variant].title}; {len(bundle.columns)} columns. Fitted on index "
        f"dates {fit} ({fitted['rows']:,} rows, {fitted['events']:,} with the outcome), calibrated at "
        f"{dates['calibrate']} on predictions of people by models that had not seen them, tested on "
        f"{dates['test']}; no earlier outcome window reaches the test date.\n\nCode lists: {lists}."
    )


def code_lists_in_words(bundle: Bundle) -> str:
    """The code lists its features were made with: the study's own, each with the beginning of its SHA-256."""
    own = bundle.facts.get("code_lists", {})
    said = ", ".join(f"{name} (sha256 {digest[:16]})" for name, digest in own.items())
    return f"built in, and the study's own: {said}" if said else "built in"


def number(value: Any, digits: int = 3) -> str:
    """A figure, or "undefined".

    >>> number(0.12345), number(None)
    ('0.123', 'undefined')
    """
    return "undefined" if value is None else f"{value:.{digits}f}"


def _table(m: Mapping[str, Any]) -> str:
    rows = [
        ("People", f"{m['people']:,}"),
        ("With the outcome", f"{m['events']:,} ({100 * m['event_rate']:.1f} %)"),
        ("AUROC", number(m.get("auroc"))),
        ("Average precision", number(m.get("average_precision"))),
        ("Scaled Brier score", number(m.get("scaled_brier"))),
        ("Observed / expected", number(m.get("o_e"))),
        ("Calibration slope", number(m.get("calibration_slope"))),
    ]
    for n, fifth in enumerate(m["fifths"], start=1):
        rows.append((f"Observed / expected, fifth {n} of risk", number(fifth.get("o_e"))))
    for name, at in m["at_size"].items():
        said = f"PPV {number(at.get('ppv'))}, sensitivity {number(at.get('sensitivity'))}"
        rows.append((f"List of the {name} ({at['listed']:,} people)", said))
    return "| | |\n|---|---|\n" + "\n".join(f"| {label} | {value} |" for label, value in rows)
