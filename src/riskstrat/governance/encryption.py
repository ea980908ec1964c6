"""Files that only their practice can open: age encryption to a public key.

Decision
--------
The age format (https://age-encryption.org/v1, X25519 recipients) by the library pyrage, which the extra ``age``
installs: a format with several independent implementations and no choices to get wrong. The program holds public keys
only, so that it cannot read back what it has encrypted; `riskstrat review` takes files that the practice has opened.
"""

from pathlib import Path
from typing import Any

from riskstrat.errors import UsageError

SUFFIX = ".age"


def key_fault(key: str) -> str | None:
    """Why a text cannot be used as a public key; None if it can.

    Raises
    ------
    UsageError
        If the extra is not installed.
    """
    x25519, failures = _library()
    try:
        x25519.Recipient.from_str(key.strip())
    except failures:
        return "this is not a public key of age (age1...)"
    return None


def encrypt_file(path: Path, key: str) -> Path:
    """Encrypt a file to a public key (``age1...``) under its name and ``.age``, and remove the readable one."""
    x25519, _ = _library()
    import pyrage

    sealed = path.with_name(path.name + SUFFIX)
    sealed.write_bytes(pyrage.encrypt(path.read_bytes(), [x25519.Recipient.from_str(key.strip())]))
    path.unlink()
    return sealed


def _library() -> tuple[Any, type[Exception]]:
    try:
        from pyrage import RecipientError, x25519
    except ImportError:
        do = "Install it with the extra `age`: pip install 'riskstrat[age]'."
        raise UsageError("Encrypting lists needs the package pyrage.", advice=do) from None
    return x25519, RecipientError
