"""The command line: parse, call one step, print."""

from __future__ import annotations

from riskstrat.cli import audit as governing
from riskstrat.cli import check as checking
from riskstrat.cli import codelists
from riskstrat.cli import compare as comparing
from riskstrat.cli import export as exporting
from riskstrat.cli import lists as listing
from riskstrat.cli import review as reviewing
from riskstrat.cli import summary as summarising
from riskstrat.cli.app import app

__all__ = ["app", "checking", "codelists", "comparing", "exporting", "governing", "listing", "reviewing", "summarising"]
