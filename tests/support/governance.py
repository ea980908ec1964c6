"""What governance should come to, said in another way than the program does it."""

from __future__ import annotations

import hmac
from hashlib import sha256

from riskstrat.governance.restricted_codes import Restricted
from riskstrat.tables.codes import System


def pseudonym(key: bytes, patient_id: str) -> str:
    """The new pseudonym of one person."""
    return hmac.new(key, patient_id.encode(), sha256).hexdigest()[:32]


def group_of(restricted: Restricted, system: System, code: str) -> str | None:
    """The group of a normalised code; None where it is not restricted."""
    group = next((name for name, one in restricted.groups.items() if one.matches(system, code)), None)
    held = code in restricted.exact(system) or code.startswith(restricted.prefixes(system))
    assert held == (group is not None)
    return group
