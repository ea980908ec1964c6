"""What can go wrong, and the exit code that says so.

::

    RiskstratError                1  a fault of ours
    |- UsageError                 2  the command was called wrongly
    |- StudyError                10  study.toml
    |- ExtractError              11  an extract cannot be read
    |- IdentifierError           12  an extract holds direct identifiers
    |- GovernanceError           13  legal basis expired, opt-out file stale
    |- TooFewOutcomesError       14  too few outcomes to fit or to judge
    |- BundleError               15  model and features differ, or the bundle was altered
    |- CheckError                16  data-quality checks failed
    `- NothingToDoError          17  no such index date, practice, role or model

A message says what is wrong, where, and what to do next. It names files, columns, line numbers and
counts; it never holds a value from a patient's row.
"""

from __future__ import annotations

from collections.abc import Sequence


class RiskstratError(Exception):
    """A fault, with every finding gathered and one next step.

    Parameters
    ----------
    message : str
        One sentence: what is wrong.
    findings : sequence of str
        Each place where it is wrong.
    advice : str
        What to do next.

    Examples
    --------
    >>> print(StudyError("study.toml has 1 fault", ["age: below 0"], advice="Correct it."))
    study.toml has 1 fault
      - age: below 0
    Correct it.
    """

    exit_code = 1
    meaning = "a fault of ours"

    def __init__(self, message: str, findings: Sequence[str] = (), advice: str = "") -> None:
        self.message, self.findings, self.advice = message, tuple(findings), advice
        super().__init__(message)

    def __str__(self) -> str:
        lines = [self.message, *(f"  - {finding}" for finding in self.findings), self.advice]
        return "\n".join(line for line in lines if line)


class UsageError(RiskstratError):
    """The command was called in a way it does not take."""

    exit_code = 2
    meaning = "usage"


class StudyError(RiskstratError):
    """study.toml is missing, cannot be parsed, or asks for what is not allowed."""

    exit_code = 10
    meaning = "study file"


class ExtractError(RiskstratError):
    """An extract cannot be read as what it is said to be."""

    exit_code = 11
    meaning = "extract cannot be read"


class IdentifierError(RiskstratError):
    """An extract holds direct identifiers."""

    exit_code = 12
    meaning = "identifiers found"


class GovernanceError(RiskstratError):
    """The study may not process these data now."""

    exit_code = 13
    meaning = "governance (basis expired, opt-out file stale)"


class TooFewOutcomesError(RiskstratError):
    """There are too few outcomes to fit or to judge a model."""

    exit_code = 14
    meaning = "too few outcomes to fit"


class BundleError(RiskstratError):
    """A model bundle was altered, or does not fit the features at hand."""

    exit_code = 15
    meaning = "model and features differ, or bundle altered"


class CheckError(RiskstratError):
    """Data-quality checks failed."""

    exit_code = 16
    meaning = "checks failed"


class NothingToDoError(RiskstratError):
    """What was asked for does not exist: no such index date, practice, role or model."""

    exit_code = 17
    meaning = "nothing to do that was asked for (no such index date, practice, role)"


def all_errors() -> tuple[type[RiskstratError], ...]:
    """Every kind of error, in the order of its exit code."""
    kinds: list[type[RiskstratError]] = [RiskstratError, *RiskstratError.__subclasses__()]
    return tuple(sorted(kinds, key=lambda kind: kind.exit_code))
