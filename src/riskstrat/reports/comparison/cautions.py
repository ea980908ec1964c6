"""What readers must know before they rely on a comparison.

Decision
--------
Each bound is a constant here, with its source where there is one. A finding names the figure, what it may mean and what
to do. It never says that a model is fit for use. Findings about ranking ignore age bands: models rank by age, so that
all rank worse within a band; the table shows it. If calibration is poor for everyone, groups are not named for it.

Sources: Collins, Ogundimu and Altman, Stat Med 2016;35:214, doi 10.1002/sim.6787 (at least 100 people with the outcome,
and better 200, to judge a model); the others are this program's choice.
"""

from collections.abc import Iterator, Mapping

from riskstrat.evaluation import FigureRow
from riskstrat.governance import about
from riskstrat.reports.comparison.calibration_verdict import AS_EXPECTED, trust, trusts
from riskstrat.reports.comparison.disclosure import shown_among
from riskstrat.reports.comparison.labels import PRACTICE_DIMENSION, told
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import Finding, Level, Measured
from riskstrat.wording import join_names

_ENOUGH, BETTER = 100, 200
_SUSPECT = 0.85
MOST_NAMED = 4
_AGE = "age"
FALLS: Mapping[tuple[str, str], tuple[str, float, Level, str]] = {
    ("apparent", "cross_validated"): (
        "from the people fitted on to people not seen before", 0.05, "note",
        "Never quote figures on the people fitted on: they are this much too good. This report shows the test figures.",
    ),
    ("cross_validated", "later"): (
        "from cross-validation to the test", 0.03, "warning",
        "Patients or records may have changed. Look at the check report, and train on later data.",
    ),
}  # fmt: skip


def few_outcomes(view: ReportView) -> Iterator[Finding]:
    """Warn of too few people with the outcome."""
    own = view.own
    fewest = min(own.events, own.people - own.events)
    if fewest >= BETTER:
        return
    which = "had" if own.events <= own.people - own.events else "did not have"
    what = f"Only {about(fewest).removeprefix('about ')} of {about(own.people)} people tested {which} the outcome."
    do = f"Figures are uncertain. A test needs at least {_ENOUGH} such people, and a calibration curve {BETTER}."
    yield Finding("warning" if fewest < _ENOUGH else "note", what, do, "discrimination")


def split_caution(view: ReportView) -> Iterator[Finding]:
    """Warn that a test at the same index date does not show performance over time."""
    if view.found.split == "people":
        what = "The test is on other people at the same index date: it does not show how a model performs over time."
        do = "Before use, validate the model on a later index date with `riskstrat validate`."
        yield Finding("warning", what, do, "making")


def leakage(view: ReportView) -> Iterator[Finding]:
    """Warn of an AUROC that is too good to be true."""
    high = [m for m in view.models if view.by_name[m].kind == "variant" and view.worth(m, "auroc") > _SUSPECT]
    if high:
        figures = join_names([f"{model} {view.worth(model, 'auroc'):.3f}" for model in high], MOST_NAMED)
        what = f"An AUROC above {_SUSPECT} is rarely genuine for unplanned admissions: {figures}."
        do = "Look for a column that contains the outcome: check which columns matter most and when they are recorded."
        yield Finding("warning", what, do, "uses")


def worse_for_some(view: ReportView) -> Iterator[Finding]:
    """Warn of groups that the reference ranks worse, or whose risks are wrong, by more than chance."""
    groups = [g for g in view.own.groups if g.dimension != PRACTICE_DIMENSION and not g.why_none]
    overall = view.number(view.reference, "auroc")
    ranked = [] if overall is None else [g for g in groups if g.dimension != _AGE and _below(view, g, overall.value)]
    if ranked and overall is not None:
        what = (
            f"{view.reference} ranks some groups worse than everyone (AUROC {overall.value:.2f}):"
            f" {_named(view, ranked, 'auroc')}."
        )
        do = "Similar people are harder to rank, and some groups differ by chance. Check which patients are missed."
        yield Finding("warning", what, do, "fairness")
    wrong = [g for g in groups if trust(_figure(view, g, "o_e"), AS_EXPECTED) == "poor"]
    if wrong and trusts(view, view.reference)["o_e"] == "good":
        what = f"{view.reference} gives wrong risks for some groups (observed/expected): {_named(view, wrong, 'o_e')}."
        do = "Above 1, risks are too low; below 1, too high. Tell those who use the list. Some groups differ by chance."
        yield Finding("warning", what, do, "fairness")


def _below(view: ReportView, group: FigureRow, overall: float) -> bool:
    """Return whether the interval of a group's AUROC lies below the AUROC of everyone."""
    found = _figure(view, group, "auroc")
    return found is not None and found.high is not None and found.high < overall


def _figure(view: ReportView, group: FigureRow, figure: str) -> Measured | None:
    return view.number(view.reference, figure, among=shown_among(group))


def _named(view: ReportView, groups: list[FigureRow], figure: str) -> str:
    names = [f"{shown_among(g)} {told(figure, _figure(view, g, figure))}" for g in groups]
    return join_names(names, MOST_NAMED)


def optimism_caution(view: ReportView) -> Iterator[Finding]:
    """Warn of variants that lose much AUROC on people not seen before, or over time."""
    for (before, after), (name, bound, level, do) in FALLS.items():
        losses = {model: view.auroc_lost(model, before, after) for model in view.models}
        found = join_names(
            [f"{m} {loss:.3f}" for m, loss in losses.items() if loss is not None and loss > bound], MOST_NAMED
        )
        if found:
            yield Finding(level, f"AUROC falls by more than {bound} {name}: {found}.", do, "stability")


def notes(view: ReportView) -> Iterator[Finding]:
    """List the notes of the comparison itself."""
    for note in view.found.notes:
        yield Finding("note", note, "", "making")
