"""The entry of a command in the audit log: user, time, arguments, files read and written, exit code.

Decision
--------
Only arguments on an allow-list are logged: never the pseudonym given to `explain`, and never a path. Switches, numbers
and dates are logged as given. A word is logged only if the command accepted it, because somebody may have typed a
pseudonym in its place; otherwise the log only says that a word was given.
"""

import getpass
import os
import platform
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from riskstrat import __version__
from riskstrat.governance import audit_log as audit
from riskstrat.study import Session
from riskstrat.tables import sha256_of

_LIBRARIES = ("duckdb", "lightgbm", "scikit-learn")
SWITCHES = ("days", "dry_run", "encrypt", "force", "index_date", "page", "pseudonyms", "replace", "unique")
_WORDS = (
    "folder", "model", "name", "practice", "role", "snapshot", "scores", "source", "system", "variant", "variants",
)  # fmt: skip
UNLOGGED = ("audit", "criteria", "codelists list")


class CommandLog:
    """The log entry of one command, from opening the study to its end.

    Raises
    ------
    GovernanceError
        If the log cannot be written.
    """

    def __init__(self, session: Session, command: str, arguments: Mapping[str, Any]) -> None:
        self._record, self._arguments = session.record, arguments
        versions = {"riskstrat": __version__, "python": platform.python_version()}
        begun = {
            "began": _now(),
            "who": who(),
            "command": command,
            "versions": {**versions, **{one: version(one) for one in _LIBRARIES}},
            "study": sha256_of(session.folder.path / "study.toml"),
        }
        self._begun = audit.Begun(session.folder.path, begun)

    def end(self, exit_code: int, error: str | None = None) -> None:
        """Write the entry; of an error only its kind, not its message."""
        facts = {"at": _now(), "arguments": recordable(self._arguments, exit_code == 0), "exit_code": exit_code}
        self._begun.end({**facts, "error": error, **self._record.facts()})


def recordable(arguments: Mapping[str, Any], accepted: bool) -> dict[str, Any]:
    """Select the arguments to log, given whether the command accepted them.

    >>> recordable({"patient_id": "p1", "role": "gp_mdt", "force": True}, accepted=True)
    {'force': True, 'role': 'gp_mdt'}
    >>> recordable({"role": "p1", "force": False}, accepted=False)
    {'role': 'given'}
    """
    given = {name: arguments[name] for name in (*SWITCHES, *_WORDS) if arguments.get(name) not in (None, False)}
    words = {name: Path(str(given[name])).name if accepted else "given" for name in _WORDS if name in given}
    return {**{name: _plain(given[name]) for name in SWITCHES if name in given}, **words}


def _plain(value: bool | int | date) -> bool | int | str:
    return value.strftime("%Y-%m-%d") if isinstance(value, date) else value


def who() -> str:
    """Return the account that runs the command, regardless of environment variables."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except ImportError:
        return getpass.getuser()
    except KeyError:
        return f"uid {os.getuid()}"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
