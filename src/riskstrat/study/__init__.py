"""The settings and files of a study: study.toml, roles, the folder, the open session, the log of decisions."""

from riskstrat.study.decision_log import (
    append_decisions,
    forget_decisions,
    forgotten,
    latest,
    log_of,
    read_decisions,
)
from riskstrat.study.extensions import Packages, extension_faults, extensions_of
from riskstrat.study.folder import StudyFolder
from riskstrat.study.notes import Note, note_of, place
from riskstrat.study.roles import RoleSettings, built_in_roles
from riskstrat.study.session import Reporter, Session, note_ingest, open_study, snapshot_note
from riskstrat.study.settings import (
    EMERGENCY_METHODS,
    CaseManaged,
    CohortSettings,
    CompareSettings,
    CompetingDeath,
    DecisionSettings,
    GovernanceSettings,
    ListSettings,
    ModelSettings,
    OutcomeDays,
    OutcomeSettings,
    PseudonymSettings,
    SourceSettings,
    SpellSettings,
)
from riskstrat.study.study_file import Study

__all__ = [
    "EMERGENCY_METHODS", "CaseManaged", "CohortSettings", "CompareSettings", "CompetingDeath", "DecisionSettings",
    "GovernanceSettings", "ListSettings", "ModelSettings", "Note", "OutcomeDays", "OutcomeSettings", "Packages",
    "PseudonymSettings", "Reporter", "RoleSettings", "Session", "SourceSettings", "SpellSettings", "Study",
    "StudyFolder", "append_decisions", "built_in_roles", "extension_faults", "extensions_of", "forget_decisions",
    "forgotten", "latest", "log_of", "note_ingest", "note_of", "open_study", "place", "read_decisions", "snapshot_note",
]  # fmt: skip
