"""Logistic regression that fits on a card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from riskstrat.extending import Logistic, ModelColumn


@dataclass(frozen=True)
class Short(Logistic):
    """A few columns."""

    name: str = "example_short"
    title: str = "Logistic regression on age, admissions and visits at home"
    reason: str = "When little else is known."

    def select(self, columns: Sequence[ModelColumn]) -> list[str]:
        """Age, admissions, visits and the score."""
        return [c.name for c in columns if c.name.startswith(("age", "emergency_admissions_", "example_"))]


SHORT = Short()
