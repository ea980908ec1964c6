"""python -m riskstrat"""

from __future__ import annotations

from riskstrat.cli import app

if __name__ == "__main__":
    app()
