"""Pseudonyms made anew on the way in, with a key that is read and never written.

Decision
--------
The new pseudonym is HMAC-SHA-256 of the extract's own under the key, its first 128 bits in hexadecimal (RFC 2104;
a bare hash of an NHS number can be undone by trying the thousand million there are). What names a record or a care
home is made anew likewise, so that no key of the sender is kept. The key is read from a file or the environment and
lives in this process alone. A snapshot keeps a fingerprint from which the key cannot be had, so that extracts keyed
differently are never mixed.
"""

import hmac
import os
from hashlib import sha256
from pathlib import Path

from riskstrat.engine import DuckEngine
from riskstrat.errors import StudyError
from riskstrat.study import PseudonymSettings

SHORTEST = 32
_LENGTH = 32
_BLOCK = 64
LABEL = b"riskstrat: which key is this?"


def read_key(settings: PseudonymSettings, folder: Path) -> bytes | None:
    """The key, or None where pseudonyms stay as they are.

    Raises
    ------
    StudyError
        If it cannot be read, or is shorter than 32 characters.
    """
    if settings.key_file is None and settings.key_env is None:
        return None
    where = settings.key_file or f"the environment variable {settings.key_env}"
    try:
        key = (
            (folder / settings.key_file).read_bytes().strip()
            if settings.key_file
            else os.environb[(settings.key_env or "").encode()]
        )
    except (OSError, KeyError):
        raise StudyError(f"There is no key in {where}.", advice="Put the key there, or remove [pseudonyms].") from None
    if len(key) < SHORTEST:
        do = "Make one with: python -c 'import secrets; print(secrets.token_hex(32))'"
        raise StudyError(f"The key in {where} is shorter than {SHORTEST} characters.", advice=do)
    return key


def fingerprint(key: bytes | None) -> str:
    """Which key it is, without saying the key; empty for none.

    >>> fingerprint(None)
    ''
    """
    return hmac.new(key, LABEL, sha256).hexdigest()[:16] if key else ""


def teach(engine: DuckEngine, key: bytes) -> None:
    """Teach the engine the macro ``rekey(patient_id)``: the first 32 digits of HMAC-SHA-256 with the key.

    HMAC = H((K ^ opad) + H((K ^ ipad) + message)), with K filled up to a block of 64 bytes.
    """
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (f"'{bytes(b ^ pad for b in block).hex()}'::VARCHAR" for pad in (0x36, 0x5C))
    engine.execute(
        f"CREATE OR REPLACE TEMP MACRO rekey(id) AS left(sha256(unhex({outer}) || "
        f"unhex(sha256(unhex({inner}) || encode(id)))), {_LENGTH})"
    )
