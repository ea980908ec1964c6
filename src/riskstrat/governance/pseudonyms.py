"""New pseudonyms, made at ingest with a secret key that is never stored.

Decision
--------
The new pseudonym is the HMAC-SHA-256 of the extract's own pseudonym under the key, its first 128 bits in hexadecimal
(RFC 2104). A plain hash would not be safe: an NHS number can be found by hashing all thousand million numbers.
Identifiers of records and care homes are replaced in the same way, so that no key of the sender is kept. The key is
read from a file or the environment and stays in this process. A snapshot keeps a fingerprint, from which the key cannot
be computed, so that extracts with different keys are never mixed.
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
    """Read the key; None if pseudonyms stay unchanged.

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
    """Compute a fingerprint that identifies the key without revealing it; empty for no key.

    >>> fingerprint(None)
    ''
    """
    return hmac.new(key, LABEL, sha256).hexdigest()[:16] if key else ""


def teach(engine: DuckEngine, key: bytes) -> None:
    """Define the macro ``rekey(patient_id)`` in the engine: the first 32 digits of HMAC-SHA-256 with the key.

    HMAC = H((K ^ opad) + H((K ^ ipad) + message)), with K padded to a block of 64 bytes.
    """
    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    inner, outer = (f"'{bytes(b ^ pad for b in block).hex()}'::VARCHAR" for pad in (0x36, 0x5C))
    engine.execute(
        f"CREATE OR REPLACE TEMP MACRO rekey(id) AS left(sha256(unhex({outer}) || "
        f"unhex(sha256(unhex({inner}) || encode(id)))), {_LENGTH})"
    )
