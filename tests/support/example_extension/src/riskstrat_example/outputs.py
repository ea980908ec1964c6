"""Only the pseudonyms, in rank order."""

from __future__ import annotations

from pathlib import Path

from riskstrat.extending import CaseList, Output


def write(cases: CaseList, path: Path) -> None:
    """Write a line a patient."""
    path.write_text("\n".join(cases.rows["patient_id"]), encoding="utf-8")


PSEUDONYMS = Output("example_pseudonyms", ".txt", "Pseudonyms in rank order", write)
