"""The check report: findings first, then a section for each question.

Decision
--------
The terminal, the HTML page and the JSON file are made of one `Page`, so that none says what the others do not. An
error is what makes lists wrong (rows lost, a provider that stopped, pseudonyms that do not fit, a list that matches
nothing); the command then ends with exit code 16, after the report is written. A warning is what somebody must look
at; a note is good to know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from riskstrat.features import ACSC, Plan
from riskstrat.governance import RULE, about
from riskstrat.reports.check import activity as coverage
from riskstrat.reports.check import attrition as cohorts
from riskstrat.reports.check import code_list_findings as lists
from riskstrat.reports.check import completeness, linkage
from riskstrat.reports.check import interruptions as breaks
from riskstrat.reports.check import line_counts as books
from riskstrat.reports.check.code_list_coverage import (
    Coverage,
    StoredCodes,
    cover,
    from_set,
    lists_of,
    read_store,
    study_lists_alone,
)
from riskstrat.reports.check.tallies import NOT_STATED, SMALL_PRACTICES, Tallies
from riskstrat.reports.page.content import Page
from riskstrat.study import Study
from riskstrat.tables import Lookback, Snapshot, date_of

ACSC_FEATURE = "acsc_admissions"


@dataclass(frozen=True)
class CheckInputs:
    """What the report is made of.

    Parameters
    ----------
    codes : pyarrow.Table
        Distinct codes of the store: table_name, code_system, code, rows.
    plan : Plan
        The features that the store can support, the study's own codes added, and why it cannot support the others.
    """

    snapshot: Snapshot
    study: Study
    tallies: Tallies
    codes: pa.Table
    plan: Plan
    index_date: date


def check_report(material: CheckInputs) -> Page:
    """The report of a snapshot."""
    manifest, tallies, checks = material.snapshot.manifest, material.tallies, material.study.checks
    accounts, carried = books.read_line_counts(manifest), material.snapshot.carried
    tables = coverage.judged_tables(tallies)
    coverages, store = _coverages(material)
    absences = _absences(material.plan)
    seen = Lookback(material.index_date, material.study.timing.data_lag_days)
    found = (
        *breaks.interruption_findings(tables, date_of(seen.cut)),
        *books.line_count_findings(accounts, manifest, tallies, checks.max_quarantined_pct),
        *linkage.linkage_findings(manifest, tallies, checks.min_linked_pct),
        *lists.code_list_findings(coverages, store, tallies.people, absences, checks.unseen_lists),
        *completeness.completeness_findings(tallies, carried),
        *cohorts.attrition_findings(tallies.attrition),
    )
    sections = (
        breaks.interruption_section(tables),
        coverage.activity_section(tallies, tables, manifest["data_as_of"]),
        books.line_count_section(accounts, books.quarantine(material.snapshot.folder), manifest),
        completeness.completeness_section(tallies, carried),
        linkage.linkage_section(manifest, tallies),
        lists.code_list_section(coverages, store, absences),
        cohorts.attrition_section(tallies.attrition, material.index_date),
    )
    title = f"{material.study.name}, snapshot {material.snapshot.name}"
    return Page("Check report", title, _facts(material), found, sections, RULE)


def _coverages(material: CheckInputs) -> tuple[list[Coverage], StoredCodes]:
    store, plan = read_store(material.codes), material.plan
    acsc = [from_set(ACSC, frozenset({"diagnoses"}))] if ACSC_FEATURE in {one.name for one in plan.features} else []
    wanted = [*study_lists_alone((*plan.features, *plan.absent)), *lists_of(plan.features), *acsc]
    return cover(wanted, store, material.snapshot.tables), store


def _absences(plan: Plan) -> dict[str, list[str]]:
    """Reason -> features that are absent for it."""
    found: dict[str, list[str]] = {}
    for name, why in plan.absent_because.items():
        found.setdefault(why, []).append(name)
    return found


def _facts(material: CheckInputs) -> tuple[tuple[str, str], ...]:
    first, last = material.snapshot.span
    manifest = material.snapshot.manifest
    return (
        ("Hospital data", f"{first} to {last}"),
        ("People", about(material.tallies.people)),
        ("Practices", f"{len(material.tallies.practices.keys() - {SMALL_PRACTICES, NOT_STATED}):,}"),
        ("Files", f"{len({one['file'] for one in manifest['files']}):,}"),
        ("Index date", str(material.index_date)),
        ("Made by riskstrat", str(manifest["version"])),
    )
