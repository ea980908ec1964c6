"""Net benefit by dcurves, to dcurves.json beside this file.

dcurves takes an old lifelines with pandas 3, so that it is not among this project's own tools. In another environment:
pip install dcurves==1.1.7 lifelines==0.30.0 && python tests/oracles/dcurves_figures.py
"""

from __future__ import annotations

import json
import sys
from importlib.metadata import version
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parent))
from people import oracle_people

THRESHOLDS = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6]


def main() -> None:
    from dcurves import dca

    y, first, second = oracle_people()
    table = pd.DataFrame({"y": y, "first": first, "second": second})
    found = dca(data=table, outcome="y", modelnames=["first", "second"], thresholds=THRESHOLDS)
    by_model = {name: rows["net_benefit"].tolist() for name, rows in found.groupby("model")}
    written = {"made_by": f"dcurves {version('dcurves')}", "thresholds": THRESHOLDS, **by_model}
    Path(__file__).with_name("dcurves.json").write_text(json.dumps(written, indent=1) + "\n")


if __name__ == "__main__":
    main()
