"""A study's own full code lists, added to the compact ones built in.

``[codelists]`` in study.toml names a condition and a CSV with a column ``code``, as OpenCodelists exports, and
optionally ``code_system`` (snomed where it is absent). The codes are added to the built-in ones.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from riskstrat.codes import SHAPES, System, normalise
from riskstrat.contracts import Feature
from riskstrat.errors import StudyError
from riskstrat.families import Condition


def read_codelist(path: Path) -> dict[System, list[str]]:
    """Codes of a CSV by system.

    Raises
    ------
    StudyError
        If it cannot be read, has no column ``code``, or a code has not the shape of its system.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except (OSError, UnicodeDecodeError):
        raise StudyError(
            f"The code list {path.name} cannot be read.", do="Correct [codelists] in study.toml."
        ) from None
    if not rows or "code" not in rows[0]:
        raise StudyError(f"The code list {path.name} has no column `code`, or no rows.", do="Export it again.")
    found: dict[System, list[str]] = {}
    faults = []
    for line, row in enumerate(rows, start=2):
        system = (row.get("code_system") or "snomed").strip().lower()
        known = next((s for s in SHAPES if s == system), None)
        code = normalise(known, row["code"] or "") if known else None
        if known is None or code is None:
            faults.append(f"{path.name} line {line}: not a code of {known or 'a known system'}")
        else:
            found.setdefault(known, []).append(code)
    if faults:
        raise StudyError(
            f"The code list {path.name} has {len(faults)} fault(s):", faults[:20], "Codes must be text, not numbers."
        )
    return found


def with_own_lists(features: Iterable[Feature], lists: Mapping[str, str], folder: Path) -> list[Feature]:
    """Features with a study's own codes added.

    Raises
    ------
    StudyError
        If a list is for no known condition, or cannot be used.
    """
    features = list(features)
    known = {f.name for f in features if isinstance(f, Condition)}
    unknown = sorted(set(lists) - known)
    if unknown:
        raise StudyError("[codelists] names what is not a condition:", unknown, "See `riskstrat catalogue features`.")
    return [
        _extended(f, read_codelist(folder / lists[f.name])) if isinstance(f, Condition) and f.name in lists else f
        for f in features
    ]


def _extended(condition: Condition, codes: Mapping[System, list[str]]) -> Condition:
    own: dict[str, Any] = {
        s: " ".join([getattr(condition, s), *codes[s]]).strip()
        for s in ("icd10", "snomed", "readv2", "ctv3")
        if s in codes
    }
    return replace(condition, **own)
