"""Every error, its exit code, and what the user can do.

A message says what is wrong, where, and what to do next. It names files, columns, line numbers and counts; it never
holds a value from a patient's row.
"""

from collections.abc import Sequence


class RiskstratError(Exception):
    """A fault: what is wrong in one sentence, each place where it is wrong, and what to do next.

    >>> print(StudyError("study.toml has 1 fault", ["age: below 0"], advice="Correct it."))
    study.toml has 1 fault
      - age: below 0
    Correct it.
    """

    exit_code, meaning = 1, "a fault of ours"

    def __init__(self, message: str, findings: Sequence[str] = (), advice: str = "") -> None:
        self.message, self.findings, self.advice = message, tuple(findings), advice
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {finding}" for finding in self.findings), self.advice]
        return "\n".join(line for line in lines if line)


class UsageError(RiskstratError):
    """The command was called in a way it does not take."""

    exit_code, meaning = 2, "usage"


class StudyError(RiskstratError):
    """study.toml is missing, cannot be parsed, or asks for what is not allowed."""

    exit_code, meaning = 10, "study file"


class ExtractError(RiskstratError):
    """An extract cannot be read as what it is said to be."""

    exit_code, meaning = 11, "extract cannot be read"


class IdentifierError(RiskstratError):
    """An extract holds direct identifiers."""

    exit_code, meaning = 12, "identifiers found"


class GovernanceError(RiskstratError):
    """The study may not process these data now."""

    exit_code, meaning = 13, "governance (basis expired, opt-out file stale)"


class TooFewOutcomesError(RiskstratError):
    """There are too few outcomes to fit or to judge a model."""

    exit_code, meaning = 14, "too few outcomes to fit"


class BundleError(RiskstratError):
    """A model bundle was altered, or does not fit the features at hand."""

    exit_code, meaning = 15, "model and features differ, or bundle altered"


class CheckError(RiskstratError):
    """Data-quality checks failed."""

    exit_code, meaning = 16, "checks failed"


class NothingToDoError(RiskstratError):
    """What was asked for does not exist: no such index date, practice, role or model."""

    exit_code, meaning = 17, "nothing to do that was asked for (no such index date, practice, role)"


def all_errors() -> tuple[type[RiskstratError], ...]:
    """List every kind of error, in the order of its exit code."""
    kinds: list[type[RiskstratError]] = [RiskstratError, *RiskstratError.__subclasses__()]
    return tuple(sorted(kinds, key=lambda kind: kind.exit_code))
