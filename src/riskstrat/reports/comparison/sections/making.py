"""How the comparison was made, and the sources of its methods."""

from riskstrat.reports.comparison.labels import SectionKey
from riskstrat.reports.comparison.view import ReportView
from riskstrat.reports.page.content import ColumnHead, DefinitionList, PageTable, Section

_KEY: SectionKey = "making"
_SPLITS = {
    "time": "Tested on a later index date than the models were fitted on; no earlier outcome window overlaps it.",
    "people": "Tested on other people at the same index date: this does not show how a model performs over time.",
}
_METHODS = (
    ("Reporting", "TRIPOD+AI: Collins and others, BMJ 2024;385:e078378, doi 10.1136/bmj-2023-078378."),
    ("Discrimination", (
        "AUROC with intervals and paired differences after DeLong and others, Biometrics 1988;44:837, doi "
        "10.2307/2531595."
    )),
    ("Calibration", (
        "Observed/expected, intercept and slope: Cox, Biometrika 1958;45:562; Van Calster and others, BMC Med "
        "2019;17:230, doi 10.1186/s12916-019-1466-7. Flexible curve, ICI, E50, E90: Austin and Steyerberg, Stat Med "
        "2019;38:4051, doi 10.1002/sim.8281."
    )),
    ("Lists", (
        "Intervals of PPV, sensitivity and admissions captured from a bootstrap by patient, after Wilson, J Am Stat "
        "Assoc 1927;22:209, doi 10.1080/01621459.1927.10502953."
    )),
    ("Net benefit", "Vickers and Elkin, Med Decis Making 2006;26:565, doi 10.1177/0272989X06295361."),
    ("Practices held out", (
        "Internal-external validation: Steyerberg and Harrell, J Clin Epidemiol 2016;69:245, doi "
        "10.1016/j.jclinepi.2015.04.005."
    )),
    ("Small numbers", (
        "Counts of 1 to 7 are hidden and others are rounded to the nearest 5, as NHS England asks for sub-national "
        "hospital data. Rates use rounded counts, and curves use fixed grids."
    )),
)  # fmt: skip


def making_section(view: ReportView) -> Section:
    """Show how the comparison was made, its methods and settings."""
    entries = (*view.found.about, ("Split", _SPLITS[view.found.split]), *_METHODS)
    grids = [_settings(view)] if any(one.tuned for one in view.found.contestants) else []
    return Section(_KEY, "How it was made", (), (DefinitionList("methods", entries), *grids))


def _settings(view: ReportView) -> PageTable:
    headings = (
        ColumnHead("model", "Model"),
        ColumnHead("columns", "Columns", "count"),
        ColumnHead("tried", "Settings tried", "count"),
        ColumnHead("settings", "Settings"),
    )
    rows = tuple(
        (one.name, one.columns, one.tried, ", ".join(f"{name} {value:g}" for name, value in one.tuned.items()))
        for one in view.found.contestants
        if one.kind == "variant"
    )
    return PageTable("settings", "Settings of the fitted variants", headings, rows)
