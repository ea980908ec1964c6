"""The check report: findings first, then a section for each question.

Decision
--------
The terminal, the HTML page and the JSON file are made from one `Page`, so that they agree. An error makes lists wrong:
rows lost, a provider that stopped, pseudonyms that do not match, a code list that matches nothing. The command then
ends with exit code 16, after the report is written. A warning needs somebody to look at it; a note is for information.
"""

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from riskstrat.features import ACSC, Plan
from riskstrat.governance import RULE, about
from riskstrat.reports.check import (
    activity,
    attrition,
    code_list_coverage,
    code_list_findings,
    completeness,
    interruptions,
    line_counts,
    linkage,
)
from riskstrat.reports.check.code_list_coverage import Coverage, StoredCodes
from riskstrat.reports.check.tallies import NOT_STATED, SMALL_PRACTICES, Tallies
from riskstrat.reports.page.content import Page
from riskstrat.study import Study
from riskstrat.tables import Lookback, Snapshot, date_of

ACSC_FEATURE = "acsc_admissions"


@dataclass(frozen=True)
class CheckInputs:
    """What the report is made from; `codes` are the distinct codes: table_name, code_system, code and rows."""

    snapshot: Snapshot
    study: Study
    tallies: Tallies
    codes: pa.Table
    plan: Plan
    index_date: date


def check_report(inputs: CheckInputs) -> Page:
    """Build the check report of a snapshot."""
    manifest, tallies, checks = inputs.snapshot.manifest, inputs.tallies, inputs.study.checks
    files, carried = line_counts.read_line_counts(manifest), inputs.snapshot.carried
    tables = activity.judged_tables(tallies)
    coverages, store = _coverages(inputs)
    absences = _absences(inputs.plan)
    seen = Lookback(inputs.index_date, inputs.study.timing.data_lag_days)
    found = (
        *interruptions.interruption_findings(tables, date_of(seen.cut)),
        *line_counts.line_count_findings(files, manifest, tallies, checks.max_quarantined_pct),
        *linkage.linkage_findings(manifest, tallies, checks.min_linked_pct),
        *code_list_findings.code_list_findings(coverages, store, tallies.people, absences, checks.unseen_lists),
        *completeness.completeness_findings(tallies, carried),
        *attrition.attrition_findings(tallies.attrition),
    )
    sections = (
        interruptions.interruption_section(tables),
        activity.activity_section(tallies, tables, manifest["data_as_of"]),
        line_counts.line_count_section(files, line_counts.quarantine(inputs.snapshot.folder), manifest),
        completeness.completeness_section(tallies, carried),
        linkage.linkage_section(manifest, tallies),
        code_list_findings.code_list_section(coverages, store, absences),
        attrition.attrition_section(tallies.attrition, inputs.index_date),
    )
    title = f"{inputs.study.name}, snapshot {inputs.snapshot.name}"
    return Page("Check report", title, _facts(inputs), found, sections, RULE)


def _coverages(inputs: CheckInputs) -> tuple[list[Coverage], StoredCodes]:
    lists, plan = code_list_coverage, inputs.plan
    store = lists.read_store(inputs.codes)
    acsc = [lists.from_set(ACSC, frozenset({"diagnoses"}))] if ACSC_FEATURE in {f.name for f in plan.features} else []
    wanted = [*lists.study_lists_alone((*plan.features, *plan.absent)), *lists.lists_of(plan.features), *acsc]
    return lists.cover(wanted, store, inputs.snapshot.tables), store


def _absences(plan: Plan) -> dict[str, list[str]]:
    """Group the absent features by reason."""
    found: dict[str, list[str]] = {}
    for name, why in plan.absent_because.items():
        found.setdefault(why, []).append(name)
    return found


def _facts(inputs: CheckInputs) -> tuple[tuple[str, str], ...]:
    first, last = inputs.snapshot.span
    manifest = inputs.snapshot.manifest
    return (
        ("Hospital data", f"{first} to {last}"),
        ("People", about(inputs.tallies.people)),
        ("Practices", f"{len(inputs.tallies.practices.keys() - {SMALL_PRACTICES, NOT_STATED}):,}"),
        ("Files", f"{len({one['file'] for one in manifest['files']}):,}"),
        ("Index date", str(inputs.index_date)),
        ("Made by riskstrat", str(manifest["version"])),
    )
