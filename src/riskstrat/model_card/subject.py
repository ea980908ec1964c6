"""What a card is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from riskstrat.bundle import Bundle
from riskstrat.compared import Comparison
from riskstrat.reporting.view import View
from riskstrat.study import Study
from riskstrat.wording import sentence

UNFILLED = "not reported here; to be filled in by whoever deploys the model."
NOT_REPORTED = sentence(UNFILLED)


@dataclass(frozen=True)
class Subject:
    """A bundle, the study it was made in, and how it was judged.

    Parameters
    ----------
    bundle : Bundle
    study : Study
    found : Comparison or None
    """

    bundle: Bundle
    study: Study
    found: Comparison | None

    @property
    def facts(self) -> Mapping[str, Any]:
        """What model.toml says of it."""
        return self.bundle.facts

    @cached_property
    def view(self) -> View | None:
        """Its figures as they may be shown."""
        return None if self.found is None else View(self.found)
