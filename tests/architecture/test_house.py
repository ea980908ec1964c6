"""The house: its packages and layers, one face each, names defined once, and the sizes of what is written."""

from __future__ import annotations

import ast
import importlib
import json
import statistics
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

import riskstrat

ROOT = Path(__file__).parents[2]
SOURCE = Path(riskstrat.__file__).parent
LAYERS = [
    "__main__",
    "cli",
    "steps",
    "reports | extending",
    "lists",
    "evaluation",
    "modelling",
    "ingest | features | synthetic",
    "governance",
    "study",
    "tables",
    "engine | registry | errors | wording",
]
PACKAGES = {
    "tables", "study", "governance", "ingest", "features", "modelling", "evaluation", "lists", "reports", "steps",
    "cli", "synthetic",
}  # fmt: skip
MODULES = {"errors", "wording", "registry", "engine", "extending"}
EXTENSIONS = ("features/definitions", "features/scores", "ingest/formats", "lists/files", "modelling/variants")
WHOLE = ("extending", "reports/catalogue")  # which may look behind a face, as they show what is there
MODULE_OR_NONE = (ModuleType, type(None))
MOST_ANY = 231
MOST_LINES, FEWEST_LINES = 500, 25


@cache
def trees() -> dict[str, ast.Module]:
    """Every module by its place, without the suffix."""
    paths = sorted(SOURCE.rglob("*.py"))
    return {
        path.relative_to(SOURCE).with_suffix("").as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in paths
    }


def package_of(place: str) -> str:
    """The package of a module; a module of the top level is its own."""
    return place.split("/")[0]


def imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Module and name of each import from riskstrat; no name where the module itself is imported."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("riskstrat"):
            yield from ((str(node.module), alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names if alias.name.startswith("riskstrat"))


def test_the_layers_are_those_of_the_plan() -> None:
    tool = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    (contract,) = [one for one in tool["contracts"] if one["type"] == "layers" and one["containers"] == ["riskstrat"]]
    assert contract["layers"] == LAYERS
    assert contract["exhaustive"]
    assert "ignore_imports" not in contract


def test_twelve_packages_and_five_modules_stand_at_the_top() -> None:
    packages = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    others = {path.name for path in SOURCE.iterdir() if path.is_file()}
    assert packages == PACKAGES
    assert others == {"__init__.py", "__main__.py", "py.typed", *(f"{name}.py" for name in MODULES)}
    assert {path.name for path in SOURCE.iterdir() if path.is_dir()} - PACKAGES <= {"templates", "__pycache__"}


def test_unit_tests_stand_in_folders_of_the_house() -> None:
    folders = {path.name for path in (ROOT / "tests/unit").iterdir() if any(path.glob("test_*.py"))}
    assert folders
    assert folders <= PACKAGES


def test_other_packages_are_imported_by_their_face() -> None:
    behind = []
    for place, tree in trees().items():
        for module, name in imported(tree):
            other = module.split(".")[1:2]
            if place in WHOLE or not other or other[0] not in PACKAGES or other[0] == package_of(place):
                continue
            of_command = package_of(place) == "cli" and other == ["steps"]
            if module.count(".") > 1 and not (of_command and module.count(".") == 2):
                behind.append(f"{place}: from {module} import {name}")
    assert sorted(set(behind)) == []


def test_no_face_shows_a_name_of_its_own_module() -> None:
    """Otherwise `from riskstrat.features import plan` gives the function in place of the module."""
    clashes = []
    for path in sorted(SOURCE.rglob("__init__.py")):
        face = importlib.import_module(".".join(("riskstrat", *path.parent.relative_to(SOURCE).parts)))
        beside = {one.stem: vars(face).get(one.stem) for one in path.parent.iterdir()}
        clashes += [f"{face.__name__}.{name}" for name, what in beside.items() if not isinstance(what, MODULE_OR_NONE)]
    assert clashes == ["riskstrat.cli.app"], "riskstrat.cli.app is the program itself"


@pytest.mark.parametrize("name", sorted(PACKAGES - {"steps", "cli"}))
def test_what_a_face_shows_is_there_and_is_used(name: str) -> None:
    face = importlib.import_module(f"riskstrat.{name}")
    shown = list(face.__all__)
    assert shown == list(dict.fromkeys(shown))
    assert [one for one in shown if not hasattr(face, one)] == []
    outside = {place: tree for place, tree in trees().items() if package_of(place) != name}
    used = {one for tree in outside.values() for module, one in imported(tree) if module == f"riskstrat.{name}"}
    extending = {one for _, one in imported(trees()["extending"])}
    assert sorted(set(shown) - used - extending) == []


def test_no_step_forgets_the_extensions_of_its_study() -> None:
    """Without an argument these know what is built in alone; only the catalogue is asked for that."""
    takes = {"all_formats", "all_features", "all_scores", "all_variants", "all_outputs", "load_bundle"}
    forgotten = [
        f"{place}:{node.lineno}"
        for place, tree in trees().items()
        if place != "reports/catalogue"
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in takes
        if len(node.args) < (2 if node.func.id == "load_bundle" else 1)
    ]
    assert forgotten == []


def defined(tree: ast.Module) -> Iterator[str]:
    """Public names that a module defines."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names = [node.name]
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name)]
        else:
            continue
        yield from (name for name in names if not name.startswith("_"))


def test_no_public_name_is_defined_twice() -> None:
    where = defaultdict(set)
    for place, tree in trees().items():
        for name in defined(tree):
            if not (place.startswith(EXTENSIONS) and name.isupper()):
                where[name].add(place)
    assert {name: sorted(places) for name, places in where.items() if len(places) > 1} == {}


def test_modules_are_neither_long_nor_crumbs() -> None:
    sizes = {place: len((SOURCE / f"{place}.py").read_text(encoding="utf-8").splitlines()) for place in trees()}
    assert {place: lines for place, lines in sizes.items() if lines > MOST_LINES} == {}
    small = {place for place, lines in sizes.items() if lines < FEWEST_LINES and not place.startswith(EXTENSIONS)}
    assert {place for place in small if not place.endswith("__init__")} <= {"__main__"}


def length(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function without its docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return lines
    first = function.body[0]
    return lines - ((first.end_lineno or 0) - first.lineno + 1)


def test_functions_are_small() -> None:
    functions = ast.FunctionDef | ast.AsyncFunctionDef
    lines = [length(one) for tree in trees().values() for one in ast.walk(tree) if isinstance(one, functions)]
    assert statistics.median(lines) <= 8
    assert sum(one < 20 for one in lines) >= 0.9 * len(lines)


def annotations(tree: ast.Module) -> Iterator[ast.expr]:
    """Every annotation of a module, and what its type aliases are."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg | ast.AnnAssign) and node.annotation is not None:
            yield node.annotation
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.returns is not None:
            yield node.returns
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Subscript):
            yield node.value


def test_no_more_is_of_any_type_than_was() -> None:
    """Lower the number when there are fewer; a new `Any` wants a dataclass or a TypedDict."""
    named = (one for tree in trees().values() for found in annotations(tree) for one in ast.walk(found))
    count = sum(isinstance(one, ast.Name) and one.id == "Any" for one in named)
    assert count <= MOST_ANY


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("riskstrat.lists", ("riskstrat.reports", "riskstrat.steps", "riskstrat.cli")),
        ("riskstrat.features", ("riskstrat.modelling", "riskstrat.lists", "riskstrat.reports")),
        ("riskstrat.cli", ("riskstrat.reports", "riskstrat.modelling", "pandas", "sklearn")),
    ],
)
def test_an_import_loads_nothing_from_above(module: str, never: tuple[str, ...]) -> None:
    script = f"import json, sys, {module}; print(json.dumps(sorted(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert [name for name in json.loads(said.stdout) if name.startswith(never)] == []
