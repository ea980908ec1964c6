"""Questions about codes, put to every identifier of the public lists, where they lie beside the repository."""

from __future__ import annotations

import csv
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from tests.support.governance import group_of

from riskstrat.governance.restricted_codes import _BUILT_IN, Restricted
from riskstrat.tables.codes import is_cut, is_number_written, normalise, verhoeff_ok, why_refused

FOLDER = Path(__file__).parents[2].parent / "shared" / "codelists"
CPRD = FOLDER.parent / "extracts" / "cprd-aurum-dummy"
COMPACT = Restricted({group.name: group for group in _BUILT_IN})

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"public code lists are not at {FOLDER}")


@cache
def _concepts() -> tuple[str, ...]:
    with (FOLDER / "opensafely_pcd_refsets_snomed.csv").open(encoding="utf-8-sig", newline="") as lines:
        return tuple(sorted({row["code"] for row in csv.DictReader(lines)}))


@cache
def _cprd(kind: str, column: str) -> tuple[str, ...]:
    found = set()
    for path in sorted(CPRD.glob(f"*{kind}*.txt")):
        with path.open(encoding="utf-8", newline="") as lines:
            found |= {row[column] for row in csv.DictReader(lines, delimiter="\t")}
    return tuple(sorted(found))


def _fifteen(code: str) -> str:
    return code[:15] + "0" * (len(code) - 15)


SPOILERS: dict[str, tuple[float, int, Callable[[str], str]]] = {
    "a spreadsheet keeps fifteen digits": (1.0, 16, _fifteen),
    "a floating-point column keeps the nearest": (0.99, 16, lambda code: str(int(float(code)))),
    "1.23E+17 is read again": (1.0, 12, lambda code: str(int(float(f"{float(code):.2E}")))),
    "3.85451E+14 is read again": (1.0, 12, lambda code: str(int(float(f"{float(code):.5E}")))),
}


def test_no_identifier_of_a_public_list_is_refused() -> None:
    assert len(_concepts()) > 6000
    assert [code for code in _concepts() if is_cut(code) or not verhoeff_ok(code)] == []
    assert [code for code in _concepts() if why_refused("snomed", code) or normalise("snomed", code) != code] == []


@pytest.mark.parametrize("how", SPOILERS)
def test_each_is_caught_once_it_is_spoiled(how: str) -> None:
    share, least, spoil = SPOILERS[how]
    changed = [found for code in _concepts() if len(code) >= least and (found := spoil(code)) != code]
    caught = sum(map(is_cut, changed))
    print(f"{how}: {caught:,} of {len(changed):,} caught")
    assert len(changed) > 1000
    assert caught >= share * len(changed)


def test_each_is_caught_once_it_is_written_as_a_number() -> None:
    long = [code for code in _concepts() if len(code) > 11]
    assert len(long) > 3000
    assert all(is_number_written(f"{float(code):.2E}") and is_number_written(f"{code}.0") for code in long)


@pytest.mark.skipif(not CPRD.is_dir(), reason=f"the CPRD Aurum dummy is not at {CPRD}")
@pytest.mark.parametrize(
    ("kind", "column", "system"), [("observation", "medcodeid", "medcode"), ("drugissue", "prodcodeid", "prodcode")]
)
def test_cprd_codes_are_whole_and_most_show_it_once_they_are_not(kind: str, column: str, system: Any) -> None:
    """They are identifiers of descriptions: one that loses two digits may pass as that of a concept."""
    codes = _cprd(kind, column)
    assert len(codes) > 150
    assert [code for code in codes if why_refused(system, code) or not verhoeff_ok(code)] == []
    cut = [_fifteen(code) for code in codes if len(code) > 15 and _fifteen(code) != code]
    print(f"{column}: {sum(map(is_cut, cut))} of {len(cut)} caught")
    assert len(cut) > 10
    assert sum(map(is_cut, cut)) >= 0.9 * len(cut)


def test_the_compact_set_holds_what_public_lists_say_of_hiv_in_hospital() -> None:
    with (FOLDER / "opensafely_icd10.csv").open(encoding="utf-8-sig", newline="") as lines:
        listed = [
            row["code"] for row in csv.DictReader(lines) if row["codelist"] == "user-markdrussell-hiv-secondary-care"
        ]
    with (FOLDER / "kuan308_icd10.csv").open(encoding="utf-8-sig", newline="") as lines:
        listed += [row["code_nodot"] for row in csv.DictReader(lines) if row["phenotype"] == "HIV"]
    assert len(listed) > 30
    assert [code for code in listed if group_of(COMPACT, "icd10", code) != "sexually_transmitted"] == []


def test_the_compact_set_holds_some_of_the_reference_set_and_of_the_practice_list_of_hiv() -> None:
    with (FOLDER / "opensafely_pcd_refsets_snomed.csv").open(encoding="utf-8-sig", newline="") as lines:
        concepts = {row["code"] for row in csv.DictReader(lines) if "hiv-codes" in row["codelist"]}
    with (FOLDER / "opensafely_ltc_ctv3.csv").open(encoding="utf-8-sig", newline="") as lines:
        read = {row["code"] for row in csv.DictReader(lines) if row["codelist"] == "opensafely-hiv"}
    assert len(concepts & COMPACT.exact("snomed")) > 30
    assert len(read & COMPACT.exact("ctv3")) > 30
