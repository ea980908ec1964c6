"""One extension of each kind. Only `riskstrat.extending` is imported."""
