"""Encrypt files to the public key of a practice, so that only the practice can open them.

Decision
--------
Files use the age format (https://age-encryption.org/v1, X25519 recipients), written by the library pyrage, which the
extra ``age`` installs. The format has several independent implementations and no options that can be set wrongly. The
program holds only public keys, so it cannot read the files it has encrypted; `riskstrat review` reads files that the
practice has decrypted.
"""

from pathlib import Path
from typing import Any

from riskstrat.errors import UsageError

SUFFIX = ".age"


def key_fault(key: str) -> str | None:
    """Explain why a text cannot be used as a public key; None if it can.

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
    """Encrypt a file to a public key (``age1...``) as a file with suffix ``.age``, and remove the readable file."""
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
