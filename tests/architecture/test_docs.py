"""README, the manual, CHANGELOG and the study template say what the program does, and nothing else."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from docs import from_source, generate
from docs.from_program import all_commands, cell
from docs.griffe_doctests import fenced
from tests.support.manual import PAGES, ROOT, blocks

from riskstrat import __version__, errors
from riskstrat.cli import app
from riskstrat.features import all_features
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
from riskstrat.study.roles import RoleSettings, built_in_roles
from riskstrat.study.settings import Settings, SourceSettings
from riskstrat.study.study_file import Study
from riskstrat.tables.schema import TABLES

COMMANDS = all_commands(app)
CODES = sorted({kind.exit_code for kind in errors.all_errors()})
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SITE = tomllib.loads((ROOT / "zensical.toml").read_text(encoding="utf-8"))["project"]
DOCS = ROOT / "docs"
TEXTS = {page: page.read_text(encoding="utf-8") for page in PAGES}
PACKAGES = {
    "ingest/formats": "sources", "features/definitions": "features", "features/scores": "scores",
    "modelling/variants": "variants", "lists/files": "outputs",
}  # fmt: skip
EXAMPLES = {
    PACKAGES[match[1]]: text
    for text in blocks(DOCS / "how-to" / "extend.md", "python")
    if (match := re.match(r"# src/riskstrat/([\w/]+)/\w+\.py", text))
}
SECTION, KEY = re.compile(r"^\[([a-z_.]+)\]$"), re.compile(r"^# ([a-z0-9_]+ = .*)$")
SOURCE_KEY = re.compile(r"^#   ([a-z_]+ = .*)$", re.M)


def rows(name: str) -> list[str]:
    """The first cell of every table row of a reference page."""
    found = re.findall(r"^\| (.*?) \|", (DOCS / "reference" / f"{name}.md").read_text(encoding="utf-8"), re.M)
    return [re.sub(r"^\[?`([^`]*)`.*$", r"\1", one) for one in found]


def test_generated_pages_are_current() -> None:
    assert generate.stale() == [], "run `make docs`"


def test_a_stale_page_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(generate, "PAGES", {"reference/roles.md": lambda: "# Roles of yesterday"})
    assert generate.stale() == ["reference/roles.md"]


@pytest.mark.parametrize(
    ("page", "names"),
    [
        ("commands", [f"riskstrat {name}" for name in COMMANDS]),
        ("formats", list(all_formats())),
        ("features", [column.name for feature in all_features().values() for column in feature.columns()]),
        ("scores", list(all_scores())),
        ("variants", list(all_variants())),
        ("outputs", list(all_outputs())),
        ("roles", list(built_in_roles())),
        ("list-columns", list(LIST_COLUMN_NAMES)),
        ("exit-codes", [str(code) for code in CODES]),
        ("tables", [column.name for table in TABLES.values() for column in table.columns]),
        ("make-targets", [f"make {name}" for name in re.findall(r"^([a-z-]+):.*## ", MAKEFILE, re.M)]),
    ],
)
def test_everything_has_a_row(page: str, names: list[str]) -> None:
    assert names
    assert set(names) - set(rows(page)) == set()


def part(page: str, heading: str) -> str:
    """The text of a reference page under a heading, to the next one of its level."""
    text = (DOCS / "reference" / f"{page}.md").read_text(encoding="utf-8")
    return re.split(r"^## ", text.split(f"## {heading}\n", 1)[1], maxsplit=1, flags=re.M)[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_row_and_a_meaning(name: str) -> None:
    text = part("commands", f"riskstrat {name}")
    for option in (word for one in COMMANDS[name].params for word in one.opts if word.startswith("--")):
        assert re.search(rf"^\| `[^`]*{option}\b[^`]*` \|[^|]*\| \S", text, re.M), option


@pytest.mark.parametrize("name", Study.model_fields)
def test_every_setting_has_a_row_and_a_meaning(name: str) -> None:
    heading = {"sources": "[[sources]]", "roles": "[roles.NAME]", "name": "name"}.get(name, f"[{name}]")
    text, kind = part("study-toml", heading), Study.model_fields[name].annotation
    group = {"sources": SourceSettings, "roles": RoleSettings}.get(name, kind)
    for setting in getattr(group, "model_fields", ()):
        assert re.search(rf"^\| `{setting}` \| \S.*\| \S[^|]* \|$", text, re.M), setting


def test_every_error_message_has_a_row() -> None:
    text = TEXTS[DOCS / "reference" / "messages.md"]
    found = from_source.error_messages()
    assert {one.exit_code for one in found} == set(CODES)
    assert [one.message for one in found if f"| {cell(one.message)} |" not in text] == []


def test_doctests_of_a_docstring_are_shown_as_code() -> None:
    assert fenced("Add.\n\n>>> 1 + 1\n2\n\nMore.") == "Add.\n\n```pycon\n>>> 1 + 1\n2\n```\n\nMore."


def quoted_messages() -> list[str]:
    """The messages that troubleshooting explains, each in bold at the start of a paragraph."""
    found = re.findall(r"^\*\*(.+?)\*\*", TEXTS[DOCS / "troubleshooting.md"], re.M | re.S)
    return [" ".join(one.split()) for one in found]


@pytest.mark.parametrize("quoted", quoted_messages())
def test_troubleshooting_explains_messages_that_exist(quoted: str) -> None:
    plain = quoted.strip(" .:").replace("…", "X")
    known = [re.escape(one.message.rstrip(" .:")).replace("…", ".*") for one in from_source.error_messages()]
    assert any(re.fullmatch(one, plain) for one in known if re.search(r"[a-z]{3}", one))


def test_troubleshooting_has_a_section_for_every_exit_code() -> None:
    sections = re.findall(r"^## Exit code (\d+)", TEXTS[DOCS / "troubleshooting.md"], re.M)
    assert [int(one) for one in sections] == CODES


def test_every_page_is_in_the_navigation() -> None:
    def leaves(entries: list[Any]) -> list[str]:
        inner = [value for entry in entries for value in entry.values()]
        return [name for one in inner for name in (leaves(one) if isinstance(one, list) else [one])]

    assert sorted(leaves(SITE["nav"])) == sorted(str(page.relative_to(DOCS)) for page in PAGES[1:])


def test_every_exit_code_can_happen() -> None:
    paths = [path for path in (ROOT / "src").rglob("*.py") if path.name != "errors.py"]
    source = "".join(path.read_text(encoding="utf-8") for path in paths)
    assert [kind.__name__ for kind in errors.all_errors() if f"{kind.__name__}(" not in source] == []


def test_make_targets_and_files_that_are_named_exist() -> None:
    for page, text in TEXTS.items():
        named = set(re.findall(r"`make ([a-z-]+)`", text)) | set(re.findall(r"^make ([a-z-]+)$", text, re.M))
        assert named <= set(re.findall(r"^([a-z-]+):", MAKEFILE, re.M)), page
        links = [link.split("#")[0] for link in re.findall(r"\]\((?!https?:)([^)#][^)]*)\)", text)]
        assert [link for link in links if not (page.parent / link).exists()] == [], page
        sources = re.findall(r"`(src/riskstrat/[\w/.]+|benchmarks/\w+\.py|tests/[\w/.]+)`", text)
        assert [one for one in sources if not (ROOT / one).exists() and page.name != "extend.md"] == [], page


def test_options_of_the_benchmarks_exist() -> None:
    found = [one for text in TEXTS.values() for one in re.findall(r"python (benchmarks/\w+\.py)([^\n#`)]*)", text)]
    assert found
    for script, options in found:
        text = (ROOT / script).read_text(encoding="utf-8")
        assert [word for word in options.split() if word.startswith("--") and f'"{word}"' not in text] == []


def test_readme_is_short() -> None:
    assert len(TEXTS[ROOT / "README.md"].splitlines()) <= 160


def test_every_dependency_has_its_reason() -> None:
    groups = [PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"].values()]
    wanted = {re.split(r"[<>=~!]", one)[0] for group in [*groups, PROJECT["dependency-groups"]["dev"]] for one in group}
    assert {name for row in rows("dependencies") for name in row.split(", ")} - {"package"} == wanted


@pytest.mark.parametrize("path", [*PAGES, ROOT / "CHANGELOG.md"], ids=lambda path: path.name)
def test_nothing_of_one_machine_is_in_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"(?<![\w.<>/])/(?:work|root|tmp|usr|opt|var|Users)/", text)
    assert not re.search(r"index-url|https?://\S*/(?:simple|packages)/|pypi", text, re.I)


def test_what_programs_print_is_at_most_100_columns_wide() -> None:
    lines = [line for page in PAGES for text in blocks(page, "text") for line in text.splitlines()]
    assert [line for line in lines if len(line) > 100] == []


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


@pytest.mark.parametrize("text", [text for page in PAGES for text in blocks(page, "toml") if "[[sources]]" in text])
def test_sources_that_are_shown_name_columns_of_their_format(text: str) -> None:
    given = Study.model_validate({"name": "x", **tomllib.loads(text)})
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
