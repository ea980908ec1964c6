"""Every error, its exit code, and what the user can do.

A message says what is wrong, where, and what to do next. It names files, columns, line numbers and counts, and never
contains a value from a patient's row.
"""

from collections.abc import Sequence


class RiskstratError(Exception):
    """An error: what is wrong in one sentence, each place where it is wrong, and what to do next.

    >>> print(StudyError("study.toml has 1 problem:", ["age: below 0"], advice="Correct it."))
    study.toml has 1 problem:
      - age: below 0
    Correct it.
    """

    exit_code, meaning = 1, "internal error"

    def __init__(self, message: str, findings: Sequence[str] = (), advice: str = "") -> None:
        self.message, self.findings, self.advice = message, tuple(findings), advice
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {finding}" for finding in self.findings), self.advice]
        return "\n".join(line for line in lines if line)


class UsageError(RiskstratError):
    """The command was called wrongly."""

    exit_code, meaning = 2, "command called wrongly"


class StudyError(RiskstratError):
    """study.toml is missing, cannot be parsed, or has a setting that cannot be used."""

    exit_code, meaning = 10, "problem in study.toml"


class ExtractError(RiskstratError):
    """An extract cannot be read in the format that study.toml names."""

    exit_code, meaning = 11, "extract cannot be read"


class IdentifierError(RiskstratError):
    """An extract holds direct identifiers."""

    exit_code, meaning = 12, "direct identifiers found in an extract"


class GovernanceError(RiskstratError):
    """The study may not process these data now."""

    exit_code, meaning = 13, "not allowed by governance (legal basis expired, opt-outs too old)"


class TooFewOutcomesError(RiskstratError):
    """There are too few outcomes to train or test a model."""

    exit_code, meaning = 14, "too few outcomes to train or test a model"


class BundleError(RiskstratError):
    """A model was altered, or does not match the features of the study."""

    exit_code, meaning = 15, "model altered, or model and features do not match"


class CheckError(RiskstratError):
    """A check failed: of the data, of the audit log, or of files that teams filled in."""

    exit_code, meaning = 16, "check failed (data, audit log, files from teams)"


class NothingToDoError(RiskstratError):
    """What was asked for does not exist: an index date, practice, role, model or snapshot."""

    exit_code, meaning = 17, "not found (index date, practice, role, model, snapshot)"


def all_errors() -> tuple[type[RiskstratError], ...]:
    """List every kind of error, in the order of exit codes."""
    kinds: list[type[RiskstratError]] = [RiskstratError, *RiskstratError.__subclasses__()]
    return tuple(sorted(kinds, key=lambda kind: kind.exit_code))
