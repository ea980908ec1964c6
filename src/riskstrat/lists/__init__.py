"""Risks, roles, earlier lists and decisions -> who is listed, the files for teams, and decisions read back."""

from riskstrat.lists.changes import books_of, since_last, why
from riskstrat.lists.columns import COLUMNS, DECISION_MEANINGS, shown_faults
from riskstrat.lists.criteria import (
    EVENTS,
    HighRisk,
    definition_in_words,
    labels,
    outcome_in_words,
    people_in_words,
    role_in_words,
)
from riskstrat.lists.decisions import decisions_standing, effects_in_words
from riskstrat.lists.facts import absent_faults, details, facts, named_in, role_faults
from riskstrat.lists.files import all_outputs
from riskstrat.lists.files.patient_page import patient_html
from riskstrat.lists.history import (
    ListHistory,
    cases_at,
    decided_by,
    decisions_at,
    listed_runs,
    model_of,
    read_history,
    unknown_roles,
)
from riskstrat.lists.issue import Issue, case_lists, check_recipients, key_of_list, safe_name, write_lists
from riskstrat.lists.places import places_in_words
from riskstrat.lists.plain_english import rule_in_words
from riskstrat.lists.prompts import triggers_of
from riskstrat.lists.review.faults import Fault
from riskstrat.lists.review.merge import Merged, merge
from riskstrat.lists.review.read import Reading, read_file
from riskstrat.lists.review.row import Decided, Key, Terms
from riskstrat.lists.review.vocabulary import deciders, folded
from riskstrat.lists.rows import departed, describe_rows, without
from riskstrat.lists.selection import (
    DIED,
    NO_ROOM,
    NOT_ELIGIBLE,
    OTHER_ROLE,
    Selections,
    outcomes_by_role,
    responsible,
    select_all,
)

__all__ = [
    "COLUMNS",
    "DECISION_MEANINGS",
    "DIED",
    "EVENTS",
    "NOT_ELIGIBLE",
    "NO_ROOM",
    "OTHER_ROLE",
    "Decided",
    "Fault",
    "HighRisk",
    "Issue",
    "Key",
    "ListHistory",
    "Merged",
    "Reading",
    "Selections",
    "Terms",
    "absent_faults",
    "all_outputs",
    "books_of",
    "case_lists",
    "cases_at",
    "check_recipients",
    "decided_by",
    "deciders",
    "decisions_at",
    "decisions_standing",
    "definition_in_words",
    "departed",
    "describe_rows",
    "details",
    "effects_in_words",
    "facts",
    "folded",
    "key_of_list",
    "labels",
    "listed_runs",
    "merge",
    "model_of",
    "named_in",
    "outcome_in_words",
    "outcomes_by_role",
    "patient_html",
    "people_in_words",
    "places_in_words",
    "read_file",
    "read_history",
    "responsible",
    "role_faults",
    "role_in_words",
    "rule_in_words",
    "safe_name",
    "select_all",
    "shown_faults",
    "since_last",
    "triggers_of",
    "unknown_roles",
    "why",
    "without",
    "write_lists",
]
