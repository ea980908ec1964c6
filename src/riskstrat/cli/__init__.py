"""The command line: parse, call one step, print."""

from riskstrat.cli import checking, codelists, comparing, exporting, governing, listing, reviewing, summarising
from riskstrat.cli.app import app

__all__ = ["app", "checking", "codelists", "comparing", "exporting", "governing", "listing", "reviewing", "summarising"]
