"""One file to add: a module in each of the five packages is found by the registry, and used."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from riskstrat.engine import DuckEngine
from riskstrat.features import scores
from riskstrat.features.build import build_parts
from riskstrat.features.feature import Feature
from riskstrat.features.plan import plan_features
from riskstrat.features.scores.score import ClinicalScore
from riskstrat.ingest import formats as sources
from riskstrat.ingest.formats.layout import Format
from riskstrat.lists import files as outputs
from riskstrat.lists.files.output import CaseList, Output
from riskstrat.modelling import variants
from riskstrat.modelling.bundle import Bundle, load_bundle, save_bundle
from riskstrat.modelling.calibration import Calibration
from riskstrat.modelling.variant import ModelColumn, Sample, Variant
from riskstrat.registry import collect
from riskstrat.reports.catalogue import catalogue_sections
from riskstrat.study.folder import StudyFolder
from riskstrat.study.study_file import Study

features = importlib.import_module("riskstrat.features.definitions")
SOURCE = '''
"""Contacts as another system exports them."""
from riskstrat.ingest.formats.layout import ColumnMapping
from riskstrat.ingest.formats.layout import one_table
CONTACTS = one_table("zz_contacts", "consultations", "contacts", (
    ColumnMapping("patient_id", ("Pseudonym",), required=True),
    ColumnMapping("event_date", ("Seen On",), required=True),
    ColumnMapping("mode", ("How",), recode={"H": "home_visit"}),
))
'''
FEATURE = '''
"""Telephone contacts."""
import narwhals as nw
from riskstrat.features.families.counts import Counts
TELEPHONE = Counts(
    name="zz_telephone", table="consultations", where=lambda: nw.col("mode") == "telephone", months=(12,), noun="call",
    unit="calls", meaning="telephone contacts", group="gp",
)
'''
SECOND_AGE = '''
"""A feature of a new name, with the column of another."""
from dataclasses import dataclass
import narwhals as nw
from riskstrat.features.feature import FeatureColumn
from riskstrat.features.families.attributes import Attribute
@dataclass(frozen=True, kw_only=True)
class Named(Attribute):
    def columns(self): return (FeatureColumn("age", "years", "now", "another age", "value", lambda _: nw.lit(1.0)),)
ZZ_AGE = Named(name="zz_age_again", unit="years", meaning="x", expression=lambda _: nw.lit(1.0))
'''
SCORE = '''
"""A score of one condition."""
from riskstrat.features.aggregates import Weight
from riskstrat.features.scores.score import ClinicalScore
ONE = ClinicalScore("zz_one", "One", "Nobody 2026", (Weight("pressure", 2.0, "I10"),), 36, phrase_from=1)
'''
VARIANT = '''
"""Age alone."""
from dataclasses import dataclass
from riskstrat.modelling.search import judged_by_fitting
from riskstrat.modelling.variants.linear import FILE
from riskstrat.modelling.variants.linear import fit_linear
from riskstrat.modelling.variants.linear import load_linear
@dataclass(frozen=True)
class Age:
    name: str = "zz_age"
    title: str = "Age alone"
    reason: str = "A test."
    files: tuple = (FILE,)
    monotone: bool = False
    def select(self, columns): return [c.name for c in columns if c.name == "age"]
    def candidates(self, budget, seed): return [{"penalty": 0.001}]
    def trial(self, inner, outer, seed, settings): return judged_by_fitting(self, inner, outer, seed, settings)
    def fit(self, sample, seed, settings): return next(fit_linear(sample, [settings["penalty"]], 0))
    def load(self, folder): return load_linear(folder)
AGE = Age()
'''
OUTPUT = '''
"""Only the pseudonyms."""
from riskstrat.lists.files.output import Output
def write(cases, path): path.write_text("\\n".join(cases.rows["patient_id"]))
PLAIN = Output("zz_plain", ".lst", "Pseudonyms", write)
'''
KINDS: dict[str, tuple[ModuleType, Any, str, str]] = {
    "sources": (sources, Format, SOURCE, "zz_contacts"),
    "features": (features, Feature, FEATURE, "zz_telephone"),
    "scores": (scores, ClinicalScore, SCORE, "zz_one"),
    "variants": (variants, Variant, VARIANT, "zz_age"),
    "outputs": (outputs, Output, OUTPUT, "zz_plain"),
}
CACHES = (
    sources.all_formats, features.all_features, scores.all_scores, variants.all_variants, outputs.all_outputs,
)  # fmt: skip
Add = Callable[..., None]


@pytest.fixture
def add(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Add]:
    """Add a module to a package: add("features", text)."""
    added: list[str] = []

    def one(package: str, text: str, module: str = "zz_added") -> None:
        folder = tmp_path / package
        folder.mkdir(exist_ok=True)
        (folder / f"{module}.py").write_text(text, encoding="utf-8")
        home = KINDS[package][0]
        if str(folder) not in home.__path__:
            monkeypatch.setattr(home, "__path__", [*home.__path__, str(folder)])
        added.append(f"{home.__name__}.{module}")
        forget()

    def forget() -> None:
        importlib.invalidate_caches()
        for cached in CACHES:
            cached.cache_clear()

    yield one
    monkeypatch.undo()
    for name in added:
        sys.modules.pop(name, None)
        package, _, module = name.rpartition(".")
        vars(sys.modules[package]).pop(module, None)
    forget()


@pytest.mark.parametrize("package", KINDS)
def test_one_file_is_found(package: str, add: Add) -> None:
    home, kind, text, name = KINDS[package]
    assert name not in collect(home.__name__, kind)
    add(package, text)
    assert name in collect(home.__name__, kind)
    (section,) = catalogue_sections(package)
    assert name in {row[0].removesuffix("_12m") for row in section.rows}


@pytest.mark.parametrize("package", KINDS)
def test_two_of_one_name_are_refused(package: str, add: Add) -> None:
    home, kind, text, name = KINDS[package]
    add(package, text)
    add(package, text, "zz_again")
    with pytest.raises(ValueError, match=name):
        collect(home.__name__, kind)


@pytest.mark.parametrize("package", KINDS)
def test_one_constant_under_two_names_is_one(package: str, add: Add) -> None:
    """A module may import what another defines."""
    home, kind, text, name = KINDS[package]
    add(package, text)
    label = next(line.split(" = ")[0] for line in text.splitlines() if " = " in line and line[:2].isupper())
    add(package, f"from {home.__name__}.zz_added import {label}\n", "zz_again")
    assert name in collect(home.__name__, kind)


def test_what_is_not_a_public_constant_is_not_collected(add: Add) -> None:
    add("outputs", OUTPUT.replace("PLAIN =", "_PLAIN = plain ="))
    assert "zz_plain" not in collect(outputs.__name__, Output)


def test_a_feature_and_a_score_of_one_name_are_refused(add: Add) -> None:
    add("features", FEATURE)
    add("scores", SCORE.replace("zz_one", "zz_telephone"))
    with pytest.raises(ValueError, match="zz_telephone"):
        features.all_features()


def test_two_features_with_one_column_are_refused(add: Add) -> None:
    """Otherwise one would take the other's place in the matrix without a word."""
    add("features", SECOND_AGE)
    with pytest.raises(ValueError, match="age"):
        features.all_features()


def test_an_added_source_is_read(a_copy: Any, cli: Callable[..., Any], add: Add) -> None:
    add("sources", SOURCE)
    known = pd.read_csv(a_copy.folder / "extracts/gp/patients.csv", dtype=str)["patient_id"][0]
    (a_copy.folder / "other.txt").write_text(f"How|Seen On|Pseudonym\nH|03/02/2024|{known}\n", encoding="utf-8")
    text = a_copy.toml.read_text(encoding="utf-8")
    section = '[[sources]]\nformat = "zz_contacts"\nfiles = "other.txt"\ndate_format = "%d/%m/%Y"\n\n'
    a_copy.toml.write_text(text.replace("[[sources]]", section + "[[sources]]", 1), encoding="utf-8")
    said = cli("ingest", "--study", a_copy.folder, "--quiet")
    assert said.exit_code == 0, said.stderr
    rows = pq.read_table(StudyFolder(a_copy.folder).snapshot().folder / "consultations").to_pandas()
    (row,) = rows[
        (rows["patient_id"] == known) & (rows["event_date"] == date(2024, 2, 3)) & (rows["mode"] == "home_visit")
    ].to_dict("records")
    assert row["patient_id"] == known


def test_an_added_feature_and_score_are_columns_of_the_matrix(trained: Any, add: Add) -> None:
    add("features", FEATURE)
    add("scores", SCORE)
    snapshot = StudyFolder(trained.folder).snapshot()
    mine = [features.all_features()[name] for name in ("zz_telephone", "zz_one")]
    chosen = plan_features(mine, snapshot.tables, pq.read_table(snapshot.folder / "codes.parquet"))
    (part,) = build_parts(DuckEngine(), snapshot, chosen, Study(name="x"), date(2025, 6, 1), False)
    rows = part.features.to_pandas()
    assert {"zz_telephone_12m", "days_since_zz_telephone", "zz_one"} <= set(rows)
    assert rows["zz_telephone_12m"].sum() > 0
    assert set(rows["zz_one"]) == {0.0, 2.0}
    said = [feature.phrase(facts) for feature in mine for facts in rows.to_dict("records")]
    assert any(text and "call" in text for text in said)
    assert any(text and text.startswith("One 2") for text in said)


def test_an_added_variant_is_fitted_saved_and_loaded(tmp_path: Path, add: Add) -> None:
    add("variants", VARIANT)
    variant = variants.all_variants()["zz_age"]
    assert variant.select([ModelColumn("age"), ModelColumn("x")]) == ["age"]
    rng = np.random.default_rng(0)
    x = rng.integers(18, 95, (400, 1)).astype(np.float32)
    y = (rng.random(400) < x[:, 0] / 150).astype(np.int8)
    fitted = variant.fit(Sample(x, y, [ModelColumn("age")], np.arange(400) % 10), 1, {"penalty": 0.001})
    bundle = Bundle("added", "zz_age", fitted, Calibration(), ("age",), {"age": "0"}, {})
    save_bundle(bundle, tmp_path / "added", "{}", {"card.md": "card"})
    again = load_bundle(tmp_path / "added")
    assert again.variant == "zz_age"
    assert np.allclose(again.risk(x), bundle.risk(x))


def test_an_added_output_is_written_for_every_list(a_copy: Any, cli: Callable[..., Any], add: Add) -> None:
    add("outputs", OUTPUT)
    said = cli("list", "--study", a_copy.folder, "--quiet", "--force")
    assert said.exit_code == 0, said.stderr
    lists = sorted(a_copy.folder.glob("runs/*/lists/*/*.csv"))
    assert lists
    for path in lists:
        ids = pd.read_csv(path, dtype=str)["patient_id"]
        assert path.with_suffix(".lst").read_text(encoding="utf-8").split() == list(ids)


def test_an_output_is_given_a_whole_list() -> None:
    """What README promises an author of an output."""
    assert set(CaseList.__dataclass_fields__) == {
        "practice", "role", "header", "rows", "decisions", "effects", "printed", "dropped", "held_back",
    }  # fmt: skip
