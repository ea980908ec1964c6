"""python -m riskstrat"""

from riskstrat.cli import app

if __name__ == "__main__":
    app(prog_name="riskstrat")
