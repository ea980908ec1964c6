"""Extensions of another installed package: loaded where study.toml names it, and nowhere else."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from riskstrat.errors import StudyError
from riskstrat.features import all_features
from riskstrat.lists import all_outputs
from riskstrat.registry import ExtensionError, collect, provenance
from riskstrat.study import Study
from riskstrat.study.extensions import check_extensions

EXAMPLE = Path(__file__).parents[1] / "support" / "example_extension"
PACKAGE = "riskstrat-example"
BROUGHT = [
    {
        "package": PACKAGE,
        "version": "1.2.0",
        "formats": ["community_contacts"],
        "features": ["home_visits"],
        "scores": ["heart_and_lung"],
        "variants": ["short"],
        "outputs": ["pseudonyms"],
    }
]
STUDY = f"""
[extensions]
packages = ["{PACKAGE}"]
"""


def install(site: Path, source: Path = EXAMPLE, **entry_points: str) -> None:
    """Put a package where Python finds it, as pip would: its files, its name and its entry points."""
    project = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    shutil.copytree(source / "src", site, dirs_exist_ok=True)
    about = site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    head = f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    (about / "METADATA").write_text(head, encoding="utf-8")
    groups = dict(project["entry-points"])
    groups |= {f"riskstrat.{group}": {"more": value} for group, value in entry_points.items()}
    lines = [f"[{group}]\n" + "".join(f"{k} = {v}\n" for k, v in entries.items()) for group, entries in groups.items()]
    (about / "entry_points.txt").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A folder with the example package installed in it; no process sees it that is not told."""
    folder = tmp_path / "site"
    install(folder)
    return folder


Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(site: Path) -> Run:
    """Run Python where the example is installed: run("-m", "riskstrat", "list")."""
    paths = [str(site), *(path for path in sys.path if path)]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), "PYTHONDONTWRITEBYTECODE": "1"}

    def one(*words: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *map(str, words)], env=env, capture_output=True, text=True, timeout=600, check=False
        )

    return one


def extended(study: Any) -> None:
    """Let a study use all five extensions."""
    text = study.toml.read_text(encoding="utf-8").replace("[extensions]\n", STUDY.lstrip() + "\n", 1)
    source = '[[sources]]\nformat = "community_contacts"\nfiles = "other.csv"\n\n'
    text = text.replace("[[sources]]", source + "[[sources]]", 1)
    study.toml.write_text(text, encoding="utf-8")
    study.change('# variant = "boosting"', 'variant = "example_short"')
    people = pd.read_csv(study.folder / "extracts/gp/patients.csv", dtype=str)
    adults = people.loc[people["birth_month"] < "2000", "patient_id"]
    rows = [f"HV,{2022 + n % 4}-02-03,{one}" for n, one in enumerate(adults)]
    (study.folder / "other.csv").write_text("\n".join(["Contact_Type,Contact_Date,Pseudo_ID", *rows]), encoding="utf-8")


def test_all_five_kinds_are_used_and_named(a_copy: Any, run: Run) -> None:
    extended(a_copy)
    shutil.rmtree(a_copy.folder / "runs")
    for words in (["ingest"], ["train"], ["score"], ["list"], ["explain"]):
        more = []
        if words == ["explain"]:
            lists = next(a_copy.folder.glob("runs/*/lists/lists.parquet"))
            more = [pq.read_table(lists)["patient_id"][0].as_py()]
        said = run("-m", "riskstrat", *words, *more, "--study", a_copy.folder, "--quiet")
        assert said.returncode == 0, said.stderr

    snapshot = max((a_copy.folder / "store").glob("[0-9]*"))
    visits = pq.read_table(snapshot / "consultations").to_pandas()
    assert (visits["mode"] == "home_visit").sum() > 200
    lists = next(a_copy.folder.glob("runs/*/lists"))
    columns = pq.read_schema(lists.parent / "features.parquet").names
    assert {"example_home_visits_12m", "example_heart_and_lung"} <= set(columns)
    bundle = tomllib.loads((a_copy.folder / "models/default/model.toml").read_text(encoding="utf-8"))
    assert bundle["variant"] == "example_short"
    assert "example_home_visits_12m" in [column["name"] for column in bundle["columns"]]
    assert "Logistic regression on age, admissions and visits at home" in (
        a_copy.folder / "models/default/card.md"
    ).read_text(encoding="utf-8")
    for path in lists.glob("*/*.csv"):
        ids = pd.read_csv(path, dtype=str)["patient_id"]
        assert path.with_suffix(".txt").read_text(encoding="utf-8").split() == list(ids)

    assert bundle["extensions"] == BROUGHT
    for path in (snapshot, lists.parent, lists):
        assert json.loads((path / "manifest.json").read_text(encoding="utf-8"))["extensions"] == BROUGHT, path

    a_copy.change(f'packages = ["{PACKAGE}"]', "")
    said = run("-m", "riskstrat", "score", "--study", a_copy.folder, "--quiet")
    assert said.returncode == 15
    assert "Install riskstrat-example 1.2.0, and add the name to `packages` under [extensions]" in said.stderr


def test_a_study_that_names_no_package_imports_none(a_copy: Any, run: Run) -> None:
    script = (
        "import sys\n"
        "from riskstrat.cli import app\n"
        "def run(*words):\n"
        "    try:\n"
        "        app([*words, '--study', sys.argv[1], '--quiet'])\n"
        "    except SystemExit as end:\n"
        "        print(end.code, sorted(name for name in sys.modules if name.startswith('riskstrat_example')))\n"
        "for one in sys.argv[2:]:\n"
        "    run(*one.split())\n"
    )
    said = run("-c", script, a_copy.folder, "ingest", "score", "list --force", "criteria")
    assert said.stdout.splitlines() == ["0 []"] * 4, said.stderr
    text = a_copy.toml.read_text(encoding="utf-8").replace("[extensions]\n", STUDY.lstrip() + "\n", 1)
    a_copy.toml.write_text(text, encoding="utf-8")
    said = run("-c", script, a_copy.folder, "criteria")
    assert "riskstrat_example.features" in said.stdout, said.stderr


def test_no_manifest_speaks_of_extensions_where_there_are_none(trained: Any) -> None:
    paths = [*trained.folder.glob("**/manifest.json"), trained.folder / "models/default/model.toml"]
    paths.append(trained.folder / "models/default/study.json")
    assert [path for path in paths if "extensions" in path.read_text(encoding="utf-8")] == []


def test_studies_in_one_process_do_not_share_extensions(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site))
    before = all_features(), all_outputs()
    assert "example_home_visits" in all_features((PACKAGE,))
    assert "example_heart_and_lung" in all_features((PACKAGE,))
    assert "example_pseudonyms" in all_outputs((PACKAGE,))
    assert (all_features(), all_outputs()) == before
    assert "example_home_visits" not in all_features()
    assert provenance((PACKAGE,)) == BROUGHT


def test_a_package_that_cannot_be_used_is_refused(a_copy: Any, cli: Callable[..., Any]) -> None:
    text = a_copy.toml.read_text(encoding="utf-8")
    names = '[extensions]\npackages = ["not-installed-here", "numpy"]\n'
    a_copy.toml.write_text(text.replace("[extensions]\n", names, 1), encoding="utf-8")
    said = cli("list", "--study", a_copy.folder)
    assert said.exit_code == 10
    assert "not-installed-here: this package is not installed" in said.stderr
    assert "numpy: this package has no entry point in" in said.stderr
    assert "`packages` under [extensions]" in said.stderr


@pytest.mark.parametrize("names", [["A_b", "a.B"], ["x", "x"]])
def test_a_package_is_named_once(names: list[str]) -> None:
    with pytest.raises(ValueError, match="named twice"):
        Study.model_validate({"name": "x", "extensions": {"packages": names}})


def test_the_page_shows_the_example_as_it_is() -> None:
    page = (EXAMPLE.parents[2] / "docs/how-to/extend-from-a-package.md").read_text(encoding="utf-8")
    files = [EXAMPLE / "pyproject.toml", *(EXAMPLE / "src/riskstrat_example").glob("[a-z]*.py")]
    assert len(files) == 6
    assert [path.name for path in files if path.read_text(encoding="utf-8") not in page] == []


def test_the_example_imports_only_what_is_meant_for_it() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (EXAMPLE / "src").rglob("*.py"))
    assert set(re.findall(r"^(?:from|import) (riskstrat[\w.]*)", text, re.M)) == {"riskstrat.extending"}


def other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, group: str, module: str, text: str) -> str:
    """Install a package of one module beside the example; its name."""
    source = tmp_path / "other"
    (source / "src").mkdir(parents=True)
    (source / "src" / f"{module}.py").write_text(text, encoding="utf-8")
    about = (
        f'[project]\nname = "{module}"\nversion = "1"\n[project.entry-points."riskstrat.{group}"]\none = "{module}"\n'
    )
    (source / "pyproject.toml").write_text(about, encoding="utf-8")
    install(tmp_path / "site", source)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return module


SAME = 'from riskstrat.extending import Output\nMINE = Output("csv", ".csv", "x", print)\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SAME, "two extensions have the name 'csv'; rename one"),
        ("NOTHING = 1\n", "contains no extension for riskstrat.outputs"),
        ("raise RuntimeError('broken')\n", "cannot be imported (RuntimeError: broken)"),
    ],
)
def test_an_extension_that_cannot_be_used_is_a_fault_of_the_study(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = other(tmp_path, monkeypatch, "outputs", f"zz_other_{abs(hash(said))}", text)
    check_extensions((name,))
    with pytest.raises(StudyError) as error:
        all_outputs((name,))
    assert said in str(error.value)
    assert name in str(error.value)
    assert error.value.exit_code == 10


def test_a_column_of_two_features_is_a_fault_of_the_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "import narwhals as nw\nfrom riskstrat.extending import Attribute\n"
        'AGE = Attribute(name="zz_age", unit="x", meaning="x", expression=lambda _: nw.lit(1.0))\n'
        'AGAIN = (AGE, Attribute(name="zz_age", unit="y", meaning="y", expression=lambda _: nw.lit(2.0)))\n'
    )
    name = other(tmp_path, monkeypatch, "features", "zz_two_ages", text)
    with pytest.raises(StudyError, match="cannot be used"):
        all_features((name,))


def test_a_group_that_nobody_asked_for_is_not_loaded(site: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(site))
    with pytest.raises(ExtensionError, match="is not installed"):
        provenance(("nobody",))
    from riskstrat.lists.files.output import Output

    assert "example_pseudonyms" not in collect("riskstrat.lists.files", Output)
