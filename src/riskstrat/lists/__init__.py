"""Choose who is listed for each role, write the files for teams, and read their decisions back."""

from riskstrat.lists.batch import ListBatch, make_batch
from riskstrat.lists.changes import why
from riskstrat.lists.columns import DECISION_MEANINGS, shown_faults
from riskstrat.lists.criteria import (
    EVENTS,
    HighRisk,
    HighRiskFacts,
    RoleWords,
    definition_in_words,
    outcome_in_words,
    people_in_words,
    role_in_words,
)
from riskstrat.lists.decisions import effects_in_words
from riskstrat.lists.explanation import Explanation, explain_patient, for_the_practice
from riskstrat.lists.facts import absent_faults, named_in, role_faults
from riskstrat.lists.files import all_outputs
from riskstrat.lists.files.patient_page import patient_html
from riskstrat.lists.history import cases_at, decisions_at, listed_runs, unknown_roles
from riskstrat.lists.inputs import ListInputs, read_inputs
from riskstrat.lists.issue import Issue, check_recipients, key_of_list, safe_name, write_lists
from riskstrat.lists.places import places_in_words
from riskstrat.lists.review.faults import Fault
from riskstrat.lists.review.merge import Merged, merge
from riskstrat.lists.review.read import Reading, read_file
from riskstrat.lists.review.row import Decided, Key, Terms, of_the_cohorts
from riskstrat.lists.review.vocabulary import deciders, folded
from riskstrat.lists.runs import ListCounts, ListsManifest, ScoredRun, scored_runs
from riskstrat.lists.selection import DIED, NO_ROOM, NOT_ELIGIBLE, OTHER_ROLE

__all__ = [
    "DECISION_MEANINGS", "DIED", "EVENTS", "NOT_ELIGIBLE", "NO_ROOM", "OTHER_ROLE", "Decided", "Explanation", "Fault",
    "HighRisk", "HighRiskFacts", "Issue", "Key", "ListBatch", "ListCounts", "ListInputs", "ListsManifest", "Merged",
    "Reading", "RoleWords", "ScoredRun", "Terms", "absent_faults", "all_outputs", "cases_at", "check_recipients",
    "deciders", "decisions_at", "definition_in_words", "effects_in_words", "explain_patient", "folded",
    "for_the_practice", "key_of_list", "listed_runs", "make_batch", "merge", "named_in", "of_the_cohorts",
    "outcome_in_words", "patient_html", "people_in_words", "places_in_words", "read_file", "read_inputs", "role_faults",
    "role_in_words", "safe_name", "scored_runs", "shown_faults", "unknown_roles", "why", "write_lists",
]  # fmt: skip
