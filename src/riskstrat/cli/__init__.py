"""The command line: parse, call one step, print."""

from riskstrat.cli.app import app

__all__ = ["app"]
