"""Rules for every step: identifiers, pseudonyms, restricted codes, small numbers, legal basis, audit, retention."""

from riskstrat.governance.audit_log import AuditEntry, audit_entries, audit_head, verify
from riskstrat.governance.command_log import UNLOGGED, CommandLog
from riskstrat.governance.encryption import encrypt_file, key_fault
from riskstrat.governance.guard import is_nhs_number, screen_columns
from riskstrat.governance.identifiers import NHS_SHAPE, SIGNS
from riskstrat.governance.legal_basis import check_sources, last_day_of_lists, may_disclose
from riskstrat.governance.pseudonyms import fingerprint, read_key, teach
from riskstrat.governance.restricted_codes import Restricted, restricted_set, withhold
from riskstrat.governance.retention import PURGED, KeptItem, Removal, carry_out, purge_plan
from riskstrat.governance.small_numbers import HIDDEN, NEAREST, RULE, SMALL, about, merge_small, percent, rounded

__all__ = [
    "HIDDEN", "NEAREST", "NHS_SHAPE", "PURGED", "RULE", "SIGNS", "SMALL", "UNLOGGED", "AuditEntry", "CommandLog",
    "KeptItem", "Removal", "Restricted", "about", "audit_entries", "audit_head", "carry_out", "check_sources",
    "encrypt_file", "fingerprint", "is_nhs_number", "key_fault", "last_day_of_lists", "may_disclose", "merge_small",
    "percent", "purge_plan", "read_key", "restricted_set", "rounded", "screen_columns", "teach", "verify", "withhold",
]  # fmt: skip
