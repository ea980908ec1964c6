"""The command line: parse, call one step, print.

`riskstrat --help` lists the commands in the order in which these modules are imported.
"""

from riskstrat.cli import assess, audit, codelists, export, lists
from riskstrat.cli.app import app

__all__ = ["app", "assess", "audit", "codelists", "export", "lists"]
