"""Our compact lists against public full lists, where they lie beside the repository."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest

from riskstrat.features.aggregates import Weight
from riskstrat.features.definitions.acsc import ACSC
from riskstrat.features.definitions.conditions import CONDITIONS
from riskstrat.features.scores.hfrs import HFRS

FOLDER = Path(__file__).parents[2].parent / "shared" / "codelists"
BY_NAME = {condition.name: condition for condition in CONDITIONS}

pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="public code lists are not beside the repository")

CLUSTERS = {
    "hypertension": "hyp_cod",
    "diabetes": "dm_cod",
    "asthma": "ast_cod",
    "copd": "copd_cod",
    "coronary_heart_disease": "chd_cod",
    "myocardial_infarction": "mi_cod",
    "heart_failure": "hf_cod",
    "stroke": "strk_cod",
    "tia": "tia_cod",
    "dementia": "dem_cod",
    "depression": "depr_cod",
    "epilepsy": "epil_cod",
    "osteoporosis": "osteo_cod",
    "learning_disability": "ld_cod",
    "care_home": "carehome_cod",
    "multiple_sclerosis": "multiple-sclerosis-codes",
    "coeliac_disease": "coeliac-disease-codes",
    "rheumatoid_arthritis": "rheumatoid-arthritis-disorders",
    "psoriasis": "adult-and-child-psoriasis-codes",
    "polymyalgia_rheumatica": "polymyalgia-rheumatica-pmr-codes",
}
RESOLVED = {
    "hypertension": "hypres_cod",
    "diabetes": "dmres_cod",
    "asthma": "astres_cod",
    "copd": "copdres_cod",
    "heart_failure": "hfres_cod",
    "chronic_kidney_disease": "ckdres_cod",
    "depression": "depres_cod",
    "epilepsy": "epilres_cod",
}
BEYOND = {
    "stroke": {"21454007"},
    "myocardial_infarction": {"1755008", "399211009"},
}
PHENOTYPES = {
    "hypertension": "Hypertension",
    "asthma": "Asthma",
    "atrial_fibrillation": "Atrial fibrillation",
    "bronchiectasis": "Bronchiectasis",
    "dementia": "Dementia",
    "epilepsy": "Epilepsy",
    "gout": "Gout",
    "heart_failure": "Heart failure",
    "migraine": "Migraine",
    "multiple_sclerosis": "Multiple sclerosis",
    "osteoporosis": "Osteoporosis",
    "parkinsons_disease": "Parkinson's disease",
    "peptic_ulcer": "Peptic ulcer disease",
    "rheumatoid_arthritis": "Rheumatoid Arthritis",
    "obesity": "Obesity",
}


@cache
def _rows(file: str) -> tuple[dict[str, str], ...]:
    with (FOLDER / file).open(encoding="utf-8-sig", newline="") as lines:
        return tuple(csv.DictReader(lines))


def _cluster(name: str) -> set[str]:
    rows = _rows("opensafely_pcd_refsets_snomed.csv")
    return {row["code"] for row in rows if row["codelist"] == f"nhsd-primary-care-domain-refsets-{name}"}


@pytest.mark.parametrize(("name", "cluster"), CLUSTERS.items())
def test_our_concepts_are_members_of_the_reference_set(name: str, cluster: str) -> None:
    members = _cluster(cluster)
    assert members
    assert set(BY_NAME[name].snomed.split()) - members == BEYOND.get(name, set())


@pytest.mark.parametrize(("name", "cluster"), RESOLVED.items())
def test_resolved_concepts_are_those_of_qof(name: str, cluster: str) -> None:
    assert set(BY_NAME[name].resolved.split()) == _cluster(cluster)


def test_kidney_disease_concepts_are_stages_three_to_five() -> None:
    assert set(BY_NAME["chronic_kidney_disease"].snomed.split()) - _cluster("ckdatrisk2_cod") == {"709044004"}


@pytest.mark.parametrize(("name", "phenotype"), PHENOTYPES.items())
def test_icd10_lists_cover_the_published_phenotype(name: str, phenotype: str) -> None:
    ours = BY_NAME[name].codes
    published = {row["code_nodot"] for row in _rows("kuan308_icd10.csv") if row["phenotype"] == phenotype}
    manifestations = {"J990", "M140"}
    assert published
    assert not [code for code in published - manifestations if not ours.matches("icd10", code)]


def test_frailty_concepts_and_read_codes() -> None:
    for row in _rows("frailty_snomed_read.csv")[:3]:
        condition = BY_NAME[f"frailty_{row['band'].lower()}"]
        assert (condition.snomed, condition.readv2) == (row["snomed"], row["readv2"].rstrip("."))


def test_ctv3_entries_are_in_the_public_list() -> None:
    lists = {
        "hypertension": "opensafely-hypertension",
        "diabetes": "opensafely-diabetes",
        "asthma": "opensafely-asthma-diagnosis",
        "stroke": "opensafely-stroke-updated",
        "inflammatory_bowel_disease": "opensafely-inflammatory-bowel-disease",
        "chronic_liver_disease": "opensafely-chronic-liver-disease",
    }
    rows = _rows("opensafely_ltc_ctv3.csv")
    for name, listed in lists.items():
        public = {row["code"].rstrip(".") for row in rows if row["codelist"] == listed}
        assert not set(BY_NAME[name].ctv3.split()) - public, name


def test_hfrs_equals_the_public_table_in_order_and_weight() -> None:
    public = [Weight(r["icd10_group"], float(r["weight"]), r["icd10_group"]) for r in _rows("hfrs_icd10_109.csv")]
    assert list(HFRS.weights) == public


def test_acsc_equals_the_scheme_less_the_row_that_needs_a_second_diagnosis() -> None:
    rows = [r for r in _rows("acsc_icd10_three_schemes.csv") if r["scheme"] == "NHSOF_2.3.i"]
    public = {code for r in rows if not r["requires_secondary"] for code in r["include_icd10_prefixes"].split()}
    assert set(ACSC.codes["icd10"].split()) == public
