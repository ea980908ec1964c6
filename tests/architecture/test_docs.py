"""README, CHANGELOG and the study template say what the program does, and nothing else."""

from __future__ import annotations

import re
import shlex
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from cogapp import Cog
from docs.generate import all_commands, feature_families

from riskstrat import __version__, errors
from riskstrat.cli import app
from riskstrat.features.feature import Feature
from riskstrat.features.scores import all_scores
from riskstrat.features.scores.score import ClinicalScore
from riskstrat.ingest.formats import all_formats
from riskstrat.ingest.formats.layout import Format
from riskstrat.lists.columns import LIST_COLUMN_NAMES
from riskstrat.lists.files import all_outputs
from riskstrat.lists.files.output import CaseList, Output
from riskstrat.modelling.variant import ModelColumn, Sample, Variant
from riskstrat.modelling.variants import all_variants
from riskstrat.steps.init import study_template
from riskstrat.study.roles import default_roles
from riskstrat.study.settings import Settings, SourceSettings
from riskstrat.study.study_file import Study
from riskstrat.tables.schema import TABLES

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```$", README, re.M | re.S)
COMMANDS = all_commands(app)
CODES = sorted({kind.exit_code for kind in errors.all_errors()})
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
HEADINGS = re.findall(r"^#+ (.*)$", README, re.M)
PACKAGES = {
    "ingest/formats": "sources", "features/definitions": "features", "features/scores": "scores",
    "modelling/variants": "variants", "lists/files": "outputs",
}  # fmt: skip
EXAMPLES = {
    PACKAGES[match[1]]: text
    for kind, text in BLOCKS
    if kind == "python" and (match := re.match(r"# src/riskstrat/([\w/]+)/\w+\.py", text))
}
SECTION, KEY = re.compile(r"^\[([a-z_.]+)\]$"), re.compile(r"^# ([a-z0-9_]+ = .*)$")
SOURCE_KEY = re.compile(r"^#   ([a-z_]+ = .*)$", re.M)


def section(heading: str) -> str:
    """The text under a heading, to the next one."""
    return re.split(r"^#+ ", README.split(f" {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]


def test_generated_sections_are_current(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(ROOT)
    failed = Cog().main(["cog", "--check", "--diff", "README.md"])
    assert not failed, f"run `make docs`\n{capsys.readouterr().out}"


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Commands", [f"riskstrat {name}" for name in COMMANDS]),
        ("Formats", list(all_formats())),
        ("Sources", list(all_formats())),
        ("Clinical scores", list(all_scores())),
        ("Variants", list(all_variants())),
        ("Outputs", list(all_outputs())),
        ("Roles", list(default_roles())),
        ("Columns of a list", list(LIST_COLUMN_NAMES)),
        ("Exit codes", [str(code) for code in CODES]),
        ("Make targets", [f"make {name}" for name in re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.M)]),
    ],
)
def test_everything_has_a_row(heading: str, names: list[str]) -> None:
    rows = re.findall(r"^\| `?([^|`]*?)`? \|", section(heading), re.M)
    assert names
    assert set(names) <= set(rows)


def test_every_topic_is_named() -> None:
    text = section("Features")
    topics = [topic for row in feature_families().rows for topic in row[2].split(", ")]
    assert [topic for topic in topics if topic not in text] == []


def test_every_exit_code_can_happen() -> None:
    paths = [path for path in (ROOT / "src").rglob("*.py") if path.name != "errors.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    assert [kind.__name__ for kind in errors.all_errors() if f"{kind.__name__}(" not in source] == []


def typed_commands() -> list[list[str]]:
    """Every call of riskstrat in a block, and in the tables and running text."""
    blocks = [line for kind, text in BLOCKS if kind == "sh" for line in text.splitlines()]
    spans = re.findall(r"`(riskstrat [a-z][^`]*)`", README)
    words = [shlex.split(line, comments=True) for line in [*blocks, *spans]]
    return [one[1:] for one in words if one[:1] == ["riskstrat"]]


@pytest.mark.parametrize("words", typed_commands(), ids=" ".join)
def test_commands_exist_with_their_options(words: list[str]) -> None:
    name = " ".join(words[:2]) if " ".join(words[:2]) in COMMANDS else words[0]
    command, given = COMMANDS[name], words[len(name.split()) :]
    takes = {option for parameter in command.params for option in parameter.opts}
    assert {word for word in given if word.startswith("--")} <= takes
    if any(parameter.required for parameter in command.params) and given:
        with command.make_context(name, list(given)) as session:
            assert session.params


def test_make_targets_and_files_that_are_named_exist() -> None:
    named = set(re.findall(r"`make ([a-z-]+)`", README)) | set(re.findall(r"^make ([a-z-]+)$", README, re.M))
    assert named <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M))
    links = re.findall(r"\]\(([^)#][^)]*)\)", re.sub(r"<!--.*?-->", "", README, flags=re.S))
    scripts = re.findall(r"python (benchmarks/\w+\.py)", README)
    assert scripts
    assert [link for link in [*links, *scripts] if not (ROOT / link).exists()] == []


def test_links_inside_the_page_lead_somewhere() -> None:
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in HEADINGS}
    assert set(re.findall(r"\]\(#([^)]*)\)", README)) <= anchors


def test_options_of_the_benchmarks_exist() -> None:
    for script, options in re.findall(r"python (benchmarks/\w+\.py)([^\n#`)]*)", README):
        text = (ROOT / script).read_text(encoding="utf-8")
        assert [word for word in options.split() if word.startswith("--") and f'"{word}"' not in text] == []


def test_every_dependency_has_its_reason() -> None:
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    wanted = {re.split(r"[<>=~!]", one)[0] for group in [*groups, PROJECT["dependency-groups"]["dev"]] for one in group}
    rows = re.findall(r"^\| ([^|]+) \|", section("Dependencies"), re.M)
    said = {name for row in rows for name in row.split(", ")}
    assert said - {"package", "---"} == wanted


@pytest.mark.parametrize("name", ["README.md", "CHANGELOG.md"])
def test_nothing_of_one_machine_is_in_it(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.<>/])/(?:work|root|home|tmp|usr|opt|var|Users)/", text)
    assert not re.search(r"index-url|https?://\S*/(?:simple|packages)/|pypi", text, re.I)


def test_what_programs_print_is_at_most_100_columns_wide() -> None:
    assert [line for kind, text in BLOCKS if kind == "text" for line in text.splitlines() if len(line) > 100] == []


def test_changelog_has_the_current_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[{re.escape(__version__)}\]", text, re.M)


def defaults() -> list[tuple[str, str]]:
    """Section and line of every default that the template shows as a comment."""
    found, current = [], ""
    for line in study_template("x").splitlines():
        if match := SECTION.match(line):
            current = match[1]
        elif (match := KEY.match(line)) and current:
            found.append((current, match[1]))
    return found


# Chosen from the span of the extracts, or the study's own: the template shows how they are written.
EXAMPLES_ONLY = {
    "index_date", "train_dates", "calibrate_date", "test_date", "heart_failure", "expires_on", "restricted_refsets",
    "key_file", "key_env", "north",
}  # fmt: skip


@pytest.mark.parametrize(("where", "line"), defaults(), ids=lambda text: text.split(" = ")[0])
def test_a_commented_default_is_the_default(where: str, line: str) -> None:
    ((key, value),) = tomllib.loads(line).items()
    given = Study.model_validate({"name": "x", where: {key: value}})
    if key in EXAMPLES_ONLY:
        assert given != Study(name="x")
    else:
        assert given == Study(name="x")


def test_the_template_shows_every_setting() -> None:
    shown = {(where, line.split(" = ")[0]) for where, line in defaults()}
    written = tomllib.loads(study_template("x"))
    shown |= {(where, key) for where, keys in written.items() if isinstance(keys, dict) for key in keys}
    groups = {name: value for name, value in Study(name="x").model_dump().items() if isinstance(value, dict)}
    wanted = {(where, key) for where, keys in groups.items() if where != "roles" for key in keys}
    assert wanted <= shown


def test_the_template_shows_every_setting_of_a_source_and_how_it_is_written() -> None:
    shown = tomllib.loads("\n".join(SOURCE_KEY.findall(study_template("x"))))
    given = SourceSettings(format="x", files="x", **shown)
    assert {"format", "files", *shown} == set(SourceSettings.model_fields)
    assert all(getattr(given, key) != field.default for key, field in SourceSettings.model_fields.items())


def test_the_template_names_every_choice() -> None:
    groups = [SourceSettings, *(type(group) for _, group in Study(name="x") if isinstance(group, Settings))]
    kinds = [field.annotation for group in groups for field in group.model_fields.values()]
    choices = {one for kind in kinds for inner in (kind, *get_args(kind)) for one in get_args(inner)}
    words = {one for one in choices if isinstance(one, str) and one.isidentifier()}
    assert {"ed_attendance", "cut_code", "type1", "hes_pipeline"} <= words
    assert [word for word in words if word not in study_template("x")] == []


def test_what_the_template_sets_is_the_default() -> None:
    given = Study.model_validate(tomllib.loads(study_template("x")))
    assert given.model_copy(update={"sources": ()}) == Study(name="x")
    plain = {name for name, source in all_formats().items() if len(source.layouts) == 1}
    assert {one.format for one in given.sources} == plain


KINDS: dict[str, Any] = {
    "sources": Format, "features": Feature, "scores": ClinicalScore, "variants": Variant, "outputs": Output,
}  # fmt: skip


def example(package: str) -> Any:
    """The one constant that an example makes."""
    module = ModuleType(f"example_{package}")
    sys.modules[module.__name__] = module
    try:
        exec(EXAMPLES[package], vars(module))
    finally:
        del sys.modules[module.__name__]
    (made,) = [value for label, value in vars(module).items() if label.isupper() and isinstance(value, KINDS[package])]
    return made


@pytest.mark.parametrize("package", KINDS)
def test_an_example_of_an_extension_is_one(package: str) -> None:
    assert example(package).name


def test_the_example_source_fills_columns_of_its_table() -> None:
    for layout in example("sources").layouts:
        assert {column.column for column in layout.columns} <= set(TABLES[layout.table].by_name)


@pytest.mark.parametrize("text", [text for kind, text in BLOCKS if kind == "toml"])
def test_settings_that_are_shown_can_be_set(text: str) -> None:
    given = Study.model_validate({"name": "x", **tomllib.loads(text)})
    assert given != Study(name="x")
    assert {one.format for one in given.sources} <= set(all_formats())
    for one in given.sources:
        known = {c.column for layout in all_formats()[one.format].layouts for c in layout.columns}
        assert {*one.columns, *one.absent} <= known
        assert set(one.values) <= {name for table in all_formats()[one.format].tables for name in TABLES[table].by_name}


@pytest.mark.parametrize("package", ["features", "scores"])
def test_the_example_feature_makes_the_columns_it_says(package: str) -> None:
    made = [column.name for column in example(package).columns()]
    promised = re.search(r"# makes (.*)", EXAMPLES[package])
    assert made == (re.split(r", | and ", promised[1]) if promised else [example(package).name])


def test_the_example_variant_can_be_fitted_saved_and_loaded(tmp_path: Path) -> None:
    variant, rng = example("variants"), np.random.default_rng(0)
    offered = [ModelColumn("age"), ModelColumn("is_female", "flag"), ModelColumn("emergency_admissions_12m", "count")]
    assert variant.select(offered) == ["age", "emergency_admissions_12m"]
    x = np.column_stack([rng.integers(18, 95, 400), rng.poisson(1, 400)]).astype(np.float32)
    y = (rng.random(400) < x[:, 0] / 150).astype(np.int8)
    settings, *_ = variant.candidates(1, 1)
    fitted = variant.fit(Sample(x, y, [offered[0], offered[2]], np.arange(400) % 10), 1, settings)
    fitted.save(tmp_path)
    assert np.allclose(variant.load(tmp_path).log_odds(x), fitted.log_odds(x))


def test_the_example_output_can_be_written(tmp_path: Path) -> None:
    cases = CaseList("A81001", "gp_mdt", {}, pd.DataFrame({"patient_id": ["p2", "p1"]}), ())
    example("outputs").write(cases, tmp_path / "list.txt")
    assert (tmp_path / "list.txt").read_text(encoding="utf-8").split() == ["p2", "p1"]
