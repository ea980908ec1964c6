"""Attrition: how many people remain after each rule of the cohort, at the latest index date."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import partial

from riskstrat.features import RULES
from riskstrat.governance import percent, rounded
from riskstrat.reports.check.figures import height_of, steps
from riskstrat.reports.page.content import ColumnHead, Figure, Finding, PageTable, Section

_SECTION = "cohort"
MANY = 50.0


def _steps(attrition: Mapping[str, int]) -> list[tuple[str, int, int]]:
    """List each rule in words, the people remaining, and the people who did not meet it."""
    found = [("in the patient table", attrition["people"], 0)]
    for rule, meaning in RULES.items():
        found.append((meaning, attrition[rule], found[-1][1] - attrition[rule]))
    return found


def attrition_findings(attrition: Mapping[str, int]) -> Iterator[Finding]:
    """Report rules that leave nobody, or exclude most people."""
    for meaning, left, out in _steps(attrition)[1:]:
        share = percent(out, left + out)
        if out and not left:
            do = "Check [cohort] and [timing] in study.toml, and the dates in the table registrations."
            yield Finding("error", f"No people remain after the rule “{meaning}”.", do, _SECTION)
        elif isinstance(share, float) and share > MANY:
            what = f"{share:.0f} % of the people do not meet the rule “{meaning}”."
            do = "If you do not expect this, check what the rule reads: registrations, birth_date or opt_outs."
            yield Finding("warning", what, do, _SECTION)


def attrition_section(attrition: Mapping[str, int], index_date: date) -> Section:
    """Show the rules in order, as bars and as a table."""
    rows = tuple(
        (meaning, rounded(left), rounded(out), percent(out, left + out)) for meaning, left, out in _steps(attrition)
    )
    headings = (
        ColumnHead("rule", "Rule"), ColumnHead("left", "People remaining", "count"),
        ColumnHead("out", "Excluded", "count"), ColumnHead("out_pct", "Share excluded", "percent"),
    )  # fmt: skip
    texts = [f"{left:,}" if isinstance(left, int) else left for _, left, _, _ in rows]
    bars = [height_of(left) for _, left, _, _ in rows]
    names = [meaning for meaning, *_ in rows]
    description = "; ".join(f"{name} {text}" for name, text in zip(names, texts, strict=True))
    draw = partial(steps, names=names, values=bars, texts=texts)
    caption, alt = f"People remaining after each rule at {index_date}", f"Bars, longest first: {description}."
    figure = Figure("attrition", caption, alt, draw, height=0.4 + 0.32 * len(rows))
    grid = PageTable("attrition-table", f"People remaining at {index_date}", headings, rows, terminal=6)
    intro = (f"The rules under [cohort], applied in this order at the index date {index_date}.",)
    return Section(_SECTION, "Cohort", intro, (figure, grid))
