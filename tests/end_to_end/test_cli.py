"""The command line: help, exit codes, what is printed where, and what is left on disk."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
import typer
from docs.from_program import all_commands

from riskstrat import __version__
from riskstrat.cli import app
from riskstrat.cli.console import reporting
from riskstrat.cli.help import HELP_PANELS
from riskstrat.errors import StudyError
from riskstrat.study.folder import StudyFolder

COMMANDS = all_commands(app)
WITHOUT_STUDY = {"init", "synth", "catalogue"}
HEAVY = ("pandas", "duckdb", "sklearn", "lightgbm", "pyarrow", "narwhals", "numpy", "scipy", "skops", "xlsxwriter")
CANARY = "CANARY7f3b"
Cli = Callable[..., Any]


def options(name: str) -> set[str]:
    return {option for parameter in COMMANDS[name].params for option in parameter.opts}


# --- Help --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_and_the_common_options(name: str, cli: Cli) -> None:
    assert {"--json", "--quiet"} <= options(name)
    assert ("--study" in options(name)) == (name not in WITHOUT_STUDY)
    said = cli(*name.split(), "--help")
    assert said.exit_code == 0
    assert f"Example: riskstrat {name}" in said.stdout
    assert all(parameter.help for parameter in COMMANDS[name].params if hasattr(parameter, "help"))


@pytest.mark.parametrize("name", COMMANDS)
def test_an_example_is_one_that_would_be_understood(name: str) -> None:
    words = COMMANDS[name].epilog.removeprefix("Example: riskstrat ").split()
    assert words[: len(name.split())] == name.split()
    assert {word for word in words if word.startswith("--")} <= options(name)


def test_help_loads_nothing_heavy() -> None:
    script = f"""
import sys
from riskstrat.cli import app
for arguments in [["--help"], *[[*name.split(), "--help"] for name in {sorted(COMMANDS)!r}]]:
    try:
        app(arguments)
    except SystemExit as stop:
        assert not stop.code, arguments
print("LOADED", [name for name in {HEAVY!r} if name in sys.modules])
"""
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("words", [[], ["codelists"], ["export"], *map(str.split, COMMANDS)], ids=" ".join)
def test_help_fits_a_page_and_names_values_in_plain_words(words: list[str], cli: Cli, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    said = cli(*words, "-h").stdout
    assert said == cli(*words, "--help").stdout
    assert max(map(len, said.splitlines())) <= 100
    assert re.findall(r"<[^ ]*>(?!\w)", said.replace("efi_<deficit>", "")) == []
    assert re.findall(r"[\[(][x0-9<]*x[<>]=?", said) == []


def test_help_lists_every_command_once_in_the_order_of_work(cli: Cli) -> None:
    said = cli("--help").stdout
    assert re.findall(r"^╭─ (.*?) ─*╮$", said, re.M) == ["Options", *HELP_PANELS]
    panels = said[said.index("╭─ Begin") :]
    names = [name for some in HELP_PANELS.values() for name in some]
    assert re.findall(r"^│ ([a-z]+) ", panels, re.M) == names
    assert names == list(dict.fromkeys(name.split()[0] for name in COMMANDS))


def test_the_version(cli: Cli) -> None:
    said = cli("--version")
    assert (said.exit_code, said.stdout) == (0, f"riskstrat {__version__}\n")


def program(home: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The program in a process and a home of its own."""
    fixed = {"HOME": str(home), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    run = [sys.executable, "-B", "-m", "riskstrat", *arguments]
    return subprocess.run(run, capture_output=True, text=True, env={**fixed, **environment}, cwd=home, check=False)


def test_completion_completes_and_writes_nothing_unless_asked(tmp_path: Path) -> None:
    asked = {"_RISKSTRAT_COMPLETE": "complete_bash", "COMP_WORDS": "riskstrat in", "COMP_CWORD": "1"}
    assert program(tmp_path, **asked).stdout.split() == ["init", "ingest"]
    detected = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    assert "_RISKSTRAT_COMPLETE" in program(tmp_path, "--show-completion", "bash", **detected).stdout
    assert program(tmp_path, "--help").returncode == 0
    assert list(tmp_path.iterdir()) == []
    done = program(tmp_path, "--install-completion", "bash", **detected)
    assert done.returncode == 0, done.stderr
    assert {path.name for path in tmp_path.iterdir()} == {".bashrc", ".bash_completions"}


# --- Exit codes --------------------------------------------------------------------------------------------------


def fails(said: Any, code: int, *texts: str) -> None:
    """It failed in the way it should, and said so on stderr and nowhere else."""
    assert said.exit_code == code, said.output
    for text in texts:
        assert text in said.stderr
    assert said.stdout == ""


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"], ["score", "--nonsense"], ["score", "--index-date", "01/02/2026"], ["explain"],
        ["score", "--index-date", "2026-13-01"],
        ["synth", "x", "--patients", "0"], ["synth", "x", "--patients", "many"], ["synth", "x"],
    ],
)  # fmt: skip
def test_usage(arguments: list[str], cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    fails(cli(*arguments), 2)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("option", "says"),
    [("--until=May", "Write it as YYYY-MM."), ("--seed=x", "It must be a whole number."), ("--seed=-1", "It must be")],
)
def test_a_wrong_value_is_explained_in_plain_words(option: str, says: str, cli: Cli, tmp_path: Path) -> None:
    fails(cli("synth", tmp_path / "x", "--patients", "5", option), 2, says)


@pytest.mark.parametrize(
    "arguments",
    [["score", "--nonsense"], ["explain"], ["synth", "x", "--patients", "0"], ["codelists", "x"], ["export", "meds"]],
)
def test_usage_with_json_is_one_object_too(arguments: list[str], cli: Cli) -> None:
    said = cli(*arguments, "--json")
    assert said.exit_code == 2
    assert json.loads(said.stdout)["error"]["exit_code"] == 2


def test_a_study_is_not_begun_twice(cli: Cli, tmp_path: Path) -> None:
    assert cli("init", tmp_path / "one", "--quiet").exit_code == 0
    before = (tmp_path / "one" / "study.toml").read_bytes()
    fails(cli("init", tmp_path / "one"), 2, "already")
    assert (tmp_path / "one" / "study.toml").read_bytes() == before


NEED_A_STUDY = [
    ["ingest"], ["ingest", "--dry-run"], ["check"], ["train"], ["score"], ["list"], ["run"], ["explain", "x"],
    ["criteria"], ["audit"], ["audit", "--verify"], ["purge"], ["purge", "--dry-run"], ["codelists", "list"],
    ["codelists", "add", "x.csv"], ["export", "meds", "x"],
]  # fmt: skip


@pytest.mark.parametrize("arguments", NEED_A_STUDY)
def test_no_study(arguments: list[str], cli: Cli, tmp_path: Path) -> None:
    fails(cli(*arguments, "--study", tmp_path), 10, "study.toml", "init")
    assert list(tmp_path.iterdir()) == []


def test_the_current_folder_is_the_study(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "study.toml").write_text("name = 3\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    fails(cli("criteria"), 10, "name")


def test_a_study_that_is_no_toml(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('name = "x\n', encoding="utf-8")
    fails(cli("criteria", "--study", tmp_path), 10, "line 1")


def test_a_section_written_twice_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text('name = "x"\n[roles.a]\n[roles.a]\n', encoding="utf-8")
    fails(cli("criteria", "--study", tmp_path), 10, "the section [roles.a] occurs twice", "line 3")


def test_an_example_that_cannot_be_made_leaves_no_study(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "extracts").mkdir()
    fails(cli("init", tmp_path, "--example"), 2, "already has a folder `extracts`")
    assert not (tmp_path / "study.toml").exists()


def test_a_reader_that_has_left_is_no_error() -> None:
    command = f"{sys.executable} -m riskstrat catalogue features | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(("until", "says"), [("9998-01", "not over"), ("2026", "--until"), ("2025-13", "--until")])
def test_synthetic_data_end_with_a_month_that_is_over(until: str, says: str, cli: Cli, tmp_path: Path) -> None:
    fails(cli("synth", tmp_path / "new", "--patients", "20", "--until", until), 2, says)
    assert list(tmp_path.iterdir()) == []


def test_every_fault_of_a_study_is_gathered(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "study.toml").write_text(
        'name = "x"\nnonsense = 1\n[cohort]\nmin_age = -1\n[outcome]\ndays = 31\n[roles.a]\ntitle = "A"\n'
        '[roles.B]\ntitle = "B"\nper_1000 = 1\n[high_risk]\nbands = { high = 30.0 }\n[timing]\nindex_date = "soon"\n',
        encoding="utf-8",
    )
    faults = ("nonsense", "cohort.min_age", "outcome.days", "roles.a", "roles.B", "high_risk", "timing.index_date")
    fails(cli("criteria", "--study", tmp_path), 10, *faults)


def spoil_header(folder: Path) -> str:
    path = folder / "extracts/gp/prescriptions.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("code_system", "kode_system", 1), encoding="utf-8")
    return "prescriptions.csv"


def spoil_dates(folder: Path) -> str:
    path = folder / "extracts/gp/deaths.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{CANARY},32/01/2024 {CANARY},I50\n")
    return "deaths.csv"


def spoil_line(folder: Path) -> str:
    path = folder / "extracts/gp/gp_events.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write(f'{CANARY},"2024-01-01,{CANARY}\n{CANARY},2024-01-01\n')
    return "gp_events.csv"


def spoil_archive(folder: Path) -> str:
    path = folder / "extracts/gp/consultations.csv"
    whole = gzip.compress(path.read_bytes())
    path.unlink()
    path.with_name("consultations.csv.gz").write_bytes(whole[: len(whole) // 2])
    return "consultations.csv.gz"


def spoil_bytes(folder: Path) -> str:
    path = folder / "extracts/gp/registrations.csv"
    path.write_bytes(path.read_bytes() + f"{CANARY},A\xff\xfe,2024-01-01,\n".encode("latin-1"))
    return "registrations.csv"


def lose_patients(folder: Path) -> str:
    (folder / "extracts/gp/patients.csv").unlink()
    return "patients"


SPOIL = (spoil_header, spoil_dates, spoil_archive, lose_patients)


@pytest.mark.parametrize("spoil", SPOIL)
@pytest.mark.parametrize("as_json", [False, True])
def test_an_extract_that_cannot_be_read(spoil: Callable[[Path], str], as_json: bool, a_copy: Any, cli: Cli) -> None:
    named = spoil(a_copy.folder)
    before = a_copy.files()
    said = cli("ingest", "--study", a_copy.folder, *(["--json"] if as_json else []))
    assert said.exit_code == 11, said.output
    assert named in said.stderr
    assert CANARY not in said.output
    if as_json:
        error = json.loads(said.stdout)["error"]
        assert error["exit_code"] == 11
        assert named in error["what"] + "".join(error["findings"])
    assert a_copy.files() == before


@pytest.mark.parametrize(("spoil", "lines"), [(spoil_line, 2), (spoil_bytes, 1)])
def test_a_line_that_cannot_be_read_is_set_aside_and_no_other(
    spoil: Callable[[Path], str], lines: int, a_copy: Any, cli: Cli
) -> None:
    before = StudyFolder(a_copy.folder).snapshot()
    named = spoil(a_copy.folder)
    said = cli("ingest", "--study", a_copy.folder)
    assert said.exit_code == 0, said.stderr
    assert f"{named}: {lines} of " in said.stderr
    assert CANARY not in said.output
    snapshot = StudyFolder(a_copy.folder).snapshot()
    rows = pq.read_table(snapshot.folder / "quarantine" / "rows.parquet").to_pylist()
    assert [row["file"] for row in rows] == [named] * lines
    stored = [{name: books["stored"] for name, books in one.manifest["tables"].items()} for one in (before, snapshot)]
    assert stored[0] == stored[1]


def test_all_extracts_that_cannot_be_read_are_named_at_once(a_copy: Any, cli: Cli) -> None:
    named = [spoil_header(a_copy.folder), lose_patients(a_copy.folder), "nonsense"]
    a_copy.change('format = "deaths"', 'format = "nonsense"')
    fails(cli("ingest", "--study", a_copy.folder), 11, *named)


def test_too_few_outcomes(a_copy: Any, cli: Cli) -> None:
    a_copy.change("min_outcomes = 5", "min_outcomes = 5000")
    before = a_copy.files()
    fails(cli("train", "--study", a_copy.folder, "--quiet"), 14, "outcomes")
    assert a_copy.files() == before


@pytest.mark.parametrize("name", ["model.toml", "study.json", "card.md", "model.lgb.txt", "SHA256SUMS"])
def test_a_flipped_bit_of_a_model_is_refused(name: str, a_copy: Any, cli: Cli) -> None:
    path = a_copy.folder / "models/default" / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    before = a_copy.files()
    for arguments in (["score"], ["list"], ["run"], ["criteria"]):
        fails(cli(*arguments, "--study", a_copy.folder, "--quiet"), 15, "default")
    assert a_copy.files() == before


@pytest.mark.parametrize("change", ["added", "lost"])
def test_a_file_added_to_a_model_or_lost_is_refused(change: str, a_copy: Any, cli: Cli) -> None:
    folder = a_copy.folder / "models/default"
    if change == "added":
        (folder / "notes.txt").write_text("x", encoding="utf-8")
    else:
        (folder / "card.md").unlink()
    fails(cli("score", "--study", a_copy.folder), 15, "notes.txt" if change == "added" else "card.md")


def without_section(text: str, name: str) -> str:
    return re.sub(rf'\[\[sources\]\]\nformat = "{name}"\nfiles = "[^"]*"\n\n', "", text)


def test_a_model_whose_features_are_gone_is_refused(a_copy: Any, cli: Cli) -> None:
    text = a_copy.toml.read_text(encoding="utf-8")
    a_copy.toml.write_text(without_section(text, "prescriptions"), encoding="utf-8")
    assert cli("ingest", "--study", a_copy.folder, "--quiet").exit_code == 0
    fails(cli("score", "--study", a_copy.folder, "--quiet"), 15, "medicines_3m: missing")


def test_a_model_whose_features_mean_something_else_is_refused(a_copy: Any, cli: Cli) -> None:
    (a_copy.folder / "own.csv").write_text("code,code_system\nI51,icd10\n", encoding="utf-8")
    a_copy.change("[codelists]", '[codelists]\nheart_failure = "own.csv"')
    fails(cli("score", "--study", a_copy.folder, "--quiet"), 15, "has_heart_failure: the definition has changed")


@pytest.mark.parametrize(
    "arguments",
    [
        ["score", "--index-date", "1999-01-01"], ["score", "--index-date", "2031-01-01"],
        ["score", "--model", "nobody"], ["score", "--model", "../../etc"],
        ["train", "--name", "../x"], ["train", "--name", ".x"], ["train", "--variant", "nonsense"],
        ["list", "--index-date", "2024-05-01"], ["list", "--role", "nobody"], ["list", "--practice", "Z99999"],
        ["explain", "nobody"], ["explain", CANARY, "--index-date", "2024-05-01"], ["catalogue", "nonsense"],
    ],
)  # fmt: skip
@pytest.mark.parametrize("as_json", [False, True])
def test_what_was_asked_for_is_not_there(arguments: list[str], as_json: bool, trained: Any, cli: Cli) -> None:
    before = trained.files()
    where = [] if arguments[0] == "catalogue" else ["--study", trained.folder]
    said = cli(*arguments, *where, *(["--json"] if as_json else []))
    assert said.exit_code == 17, said.output
    assert CANARY not in said.output
    assert (json.loads(said.stdout)["error"]["exit_code"] if as_json else said.stdout) == (17 if as_json else "")
    assert trained.files() == before


def test_nothing_is_there_before_the_first_step(a_copy: Any, cli: Cli) -> None:
    for name in ("runs", "models", "store"):
        shutil.rmtree(a_copy.folder / name)
        for arguments in (["explain", "x"], ["list"], ["score"], ["train"])[
            : {"runs": 2, "models": 3, "store": 4}[name]
        ]:
            fails(cli(*arguments, "--study", a_copy.folder), 17)


def test_an_empty_cohort_changes_nothing(a_copy: Any, cli: Cli) -> None:
    path = a_copy.folder / "extracts/gp/registrations.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    ended = [re.sub(",([^,]*),[^,]*$", r",\1,\1", line) for line in lines]
    path.write_text("\n".join([header, *ended, ""]), encoding="utf-8")
    assert cli("ingest", "--study", a_copy.folder, "--quiet").exit_code == 0
    before = a_copy.files()
    fails(cli("score", "--study", a_copy.folder), 17, "No patient is in the cohort")
    assert a_copy.files() == before


def test_a_practice_that_is_not_there_changes_nothing(a_copy: Any, cli: Cli) -> None:
    (folder,) = a_copy.folder.glob("runs/*/lists")
    shutil.rmtree(folder)
    before = a_copy.files()
    fails(cli("list", "--study", a_copy.folder, "--practice", "Z99999"), 17)
    assert a_copy.files() == before


def test_a_rule_that_cannot_be_used(a_copy: Any, cli: Cli) -> None:
    a_copy.change('eligible = "True"', "eligible = \"__import__('os').system('true') or aeg > 3\"")
    a_copy.change('order = ["-risk_pct", "-emergency_admissions_12m"]', 'order = ["-nonsense"]')
    before = a_copy.files()
    fails(cli("list", "--study", a_copy.folder), 10, "roles.gp_mdt.eligible", "'aeg'", "roles.gp_mdt.order", "nonsense")
    assert a_copy.files() == before


# --- What is printed ---------------------------------------------------------------------------------------------


def some_patient(study: Any) -> str:
    (path,) = study.folder.glob("runs/*/scores.parquet")
    return str(pq.read_table(path).sort_by([("risk", "descending")])["patient_id"][0].as_py())


def read_only(study: Any) -> list[list[str]]:
    return [
        ["ingest"], ["train"], ["score"], ["list"], ["run"], ["criteria"], ["explain", some_patient(study)],
        ["list", "--role", "gp_mdt", "--practice", "A81001"], ["ingest", "--dry-run"], ["check"], ["audit"],
        ["audit", "--verify"], ["purge", "--dry-run"], ["codelists", "list"],
    ]  # fmt: skip


def test_json_is_one_object_and_quiet_is_quiet(trained: Any, cli: Cli) -> None:
    for arguments in read_only(trained):
        said = cli(*arguments, "--study", trained.folder, "--json", "--quiet")
        assert said.exit_code == 0, said.stderr
        assert isinstance(json.loads(said.stdout), dict)
        assert said.stderr == ""
        said = cli(*arguments, "--study", trained.folder, "--quiet")
        assert (said.exit_code, said.stdout, said.stderr) == (0, "", "")


def test_results_are_on_stdout_and_no_wider_than_a_page(trained: Any, cli: Cli) -> None:
    for arguments in read_only(trained):
        said = cli(*arguments, "--study", trained.folder)
        assert said.exit_code == 0
        assert said.stdout.strip()
        lines = [line for line in said.stdout.splitlines() if str(trained.folder) not in line]
        assert [line for line in lines if len(line) > 100] == []


def test_the_catalogue_is_no_wider_than_a_page_and_tells_json_everything(cli: Cli) -> None:
    said = cli("catalogue")
    assert said.exit_code == 0
    assert max(map(len, said.stdout.splitlines())) <= 100
    found = json.loads(cli("catalogue", "sources", "--json").stdout)["sources"]
    aurum = next(one for one in found if one["name"] == "cprd_aurum")
    assert {layout["table"] for layout in aurum["layouts"]} >= {"patients", "gp_events"}
    assert any("hospital care" in lack for lack in aurum["lacks"])


@pytest.mark.parametrize("as_json", [False, True])
def test_a_known_fault_is_said(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit) as stop, reporting(False, as_json):
        raise StudyError("It is wrong", ["here", "and here"], advice="Mend it.")
    said = capsys.readouterr()
    assert stop.value.exit_code == 10
    assert said.err == "Error: It is wrong\n  - here\n  - and here\nMend it.\n"
    if as_json:
        error = {"what": "It is wrong", "findings": ["here", "and here"], "do": "Mend it.", "exit_code": 10}
        assert json.loads(said.out) == {"error": error}


@pytest.mark.parametrize("as_json", [False, True])
def test_a_fault_of_ours_shows_where_and_never_what(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    def cause() -> None:
        patient = CANARY
        raise KeyError(f"no such patient: {patient}")

    with pytest.raises(typer.Exit) as stop, reporting(False, as_json):
        cause()
    said = capsys.readouterr()
    assert stop.value.exit_code == 1
    assert CANARY not in said.out + said.err
    assert "KeyError" in said.err
    assert "cause" in said.err
    assert as_json == bool(said.out)


# --- What is left on disk ----------------------------------------------------------------------------------------


def test_a_second_run_has_nothing_to_do(a_copy: Any, cli: Cli) -> None:
    before = a_copy.files()
    for command in ("run", "ingest", "train", "score", "list"):
        said = cli(command, "--study", a_copy.folder)
        assert said.exit_code == 0, said.stderr
        assert "othing" in said.stderr + said.stdout, command
    assert a_copy.files() == before


def test_a_run_names_the_files_to_open_next(trained: Any, cli: Cli) -> None:
    said = cli("run", "--study", trained.folder).stdout.split("Open next\n")[1].splitlines()
    paths = [Path(line.split()[-1]) for line in said[:-1]]
    assert [path.name for path in paths[:3]] == ["gp_mdt.xlsx", "worklist.html", "card.html"]
    assert len(paths) == 4
    assert all(path.is_file() for path in paths)
    assert said[-1].endswith(f"riskstrat review FILE --study {trained.folder}")


def test_run_refuses_an_index_date_outside_the_data_before_it_trains(a_copy: Any, cli: Cli) -> None:
    shutil.rmtree(a_copy.folder / "models")
    said = cli("run", "--study", a_copy.folder, "--index-date", "1999-01-01", "--quiet")
    assert said.exit_code == 17
    assert not (a_copy.folder / "models").exists()


def test_list_says_when_its_lists_have_expired_already(a_copy: Any, cli: Cli) -> None:
    said = cli("list", "--study", a_copy.folder, "--force")
    assert said.exit_code == 0
    assert "These lists expired on 2026-02-05" in said.stderr


def test_explain_takes_the_beginning_of_a_pseudonym(trained: Any, cli: Cli) -> None:
    (run,) = sorted((trained.folder / "runs").iterdir())[-1:]
    who = pq.read_table(run / "scores.parquet", columns=["patient_id"]).column(0).to_pylist()
    said = cli("explain", who[0][:12], "--study", trained.folder, "--json")
    assert json.loads(said.stdout)["patient_id"] == who[0]
    several = cli("explain", who[0][:1], "--study", trained.folder)
    assert several.exit_code == 17
    assert "begin like that" in several.stderr


def test_a_run_of_another_date_with_another_model(a_copy: Any, cli: Cli) -> None:
    fails(cli("run", "--study", a_copy.folder, "--model", "nobody"), 17, "no model 'nobody'")
    shutil.copytree(a_copy.folder / "models" / "default", a_copy.folder / "models" / "other")
    said = cli("run", "--study", a_copy.folder, "--model", "other", "--index-date", "2025-12-01", "--json", "--quiet")
    assert said.exit_code == 0, said.stderr
    made = json.loads(said.stdout)
    assert made["index_date"] == "2025-12-01"
    assert made["model"].endswith("models/other")
    assert all(Path(made[name]).exists() for name in ("scores", "lists", "summary"))
    assert (a_copy.folder / "reports" / "summary-2025-12-01.html").is_file()


def test_force_does_it_again(a_copy: Any, cli: Cli) -> None:
    before = a_copy.files()
    assert cli("list", "--study", a_copy.folder, "--force", "--quiet").exit_code == 0
    after = a_copy.files()
    assert {name: digest for name, (_, digest) in after.items()} == {
        name: digest for name, (_, digest) in before.items()
    }
    assert all(after[name][0] > before[name][0] for name in after if "/lists/" in name)


def test_files_are_private_whatever_the_umask(trained: Any, cli: Cli, tmp_path: Path) -> None:
    """`cli` runs commands under umask 0."""
    other = tmp_path / "new"
    assert cli("init", other, "--quiet").exit_code == 0
    assert cli("synth", other, "--patients", "20", "--quiet").exit_code == 0
    made = [other, *other.rglob("*")]
    for name in ("store", "models", "runs"):
        made += [trained.folder / name, *(trained.folder / name).rglob("*")]
    assert len(made) > 50
    assert [
        str(path) for path in made if stat.S_IMODE(path.stat().st_mode) != (0o700 if path.is_dir() else 0o600)
    ] == []


EVIL = {"A81001": "../../evil", "A81002": "=cmd()", "A81003": "&P&[File]" + "x" * 300, "A81004": "/tmp/evil\tx"}


def test_a_practice_code_cannot_leave_its_folder_nor_be_a_formula(a_copy: Any, cli: Cli, tmp_path: Path) -> None:
    for name in ("patients", "registrations"):
        path = a_copy.folder / f"extracts/gp/{name}.csv"
        text = path.read_text(encoding="utf-8")
        for plain, evil in EVIL.items():
            text = text.replace(f",{plain},", f",{evil},")
        path.write_text(text, encoding="utf-8")
    outside = {path for path in tmp_path.rglob("*") if not path.is_relative_to(a_copy.folder)}
    (lists,) = a_copy.folder.glob("runs/*/lists")
    for step in ("ingest", "score", "list"):
        said = cli(step, "--study", a_copy.folder, "--quiet")
        assert said.exit_code == 0, said.stderr
    assert {path for path in tmp_path.rglob("*") if not path.is_relative_to(a_copy.folder)} == outside
    folders = sorted(path for path in lists.iterdir() if path.is_dir())
    assert len(folders) >= 4
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", folder.name) for folder in folders)
    seen = set()
    for path in sorted(lists.glob("*/gp_mdt.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            seen |= {row["practice_code"] for row in csv.DictReader(file)}
        cells = [cell for row in openpyxl.load_workbook(path.with_suffix(".xlsx"))["List"].iter_rows() for cell in row]
        assert all(cell.data_type != "f" for cell in cells)
    assert "'=cmd()" in seen
    assert not any(code.startswith(("=", "+", "-", "@")) for code in seen)
    table = pd.read_parquet(lists / "lists.parquet")
    assert "=cmd()" in set(table["practice_code"])


def test_a_list_of_a_practice_holds_only_its_patients(trained: Any) -> None:
    (lists,) = trained.folder.glob("runs/*/lists")
    (scores,) = trained.folder.glob("runs/*/scores.parquet")
    practice = pq.read_table(scores, columns=["patient_id", "practice_code"]).to_pandas().set_index("patient_id")
    for path in lists.glob("*/*.csv"):
        rows = pd.read_csv(path, dtype=str)
        assert set(rows["practice_code"]) <= {path.parent.name}
        assert set(practice.loc[rows["patient_id"], "practice_code"]) <= {path.parent.name}
