"""The audit log: what is entered, that any change of it is found, and that a kill is not taken for one."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import typer
import typer.main
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskstrat.cli import app
from riskstrat.cli.commands import Command
from riskstrat.cli.console import reporting
from riskstrat.errors import CheckError, GovernanceError
from riskstrat.governance import audit_log as audit
from riskstrat.governance.audit_log import _HEAD, _NOTHING, BEGUN, LOG, Begun, LogHead, head_of, opened, sealed
from riskstrat.governance.command_log import recordable
from riskstrat.study.session import open_study

CANARY = "CANARY7f3b"
Cli = Callable[..., Any]


def written(folder: Path, entries: int = 6) -> list[bytes]:
    """A log of so many entries, and its lines."""
    for number in range(entries):
        audit.append(folder, {"command": f"step {number}", "exit_code": 0})
    return lines_of(folder)


def lines_of(folder: Path) -> list[bytes]:
    return (folder / LOG).read_bytes().split(b"\n")[:-1]


def put(folder: Path, lines: list[bytes], torn: bytes = b"") -> None:
    (folder / LOG).write_bytes(b"".join(line + b"\n" for line in lines) + torn)


def faults(folder: Path) -> str:
    with pytest.raises(CheckError) as stop:
        audit.verify(folder)
    return "\n".join(stop.value.findings)


# --- A log that was not touched ----------------------------------------------------------------------------------


def test_a_log_is_a_chain_from_nothing_to_its_head(tmp_path: Path) -> None:
    assert audit.audit_head(tmp_path) == _NOTHING
    assert audit.verify(tmp_path).head == LogHead()
    written(tmp_path)
    entries = audit.audit_entries(tmp_path)
    assert [one["number"] for one in entries] == [1, 2, 3, 4, 5, 6]
    assert [one["previous"] for one in entries] == [_NOTHING, *(one["hash"] for one in entries[:-1])]
    assert audit.audit_head(tmp_path) == entries[-1]["hash"]
    assert audit.verify(tmp_path) == audit.Verified(head_of(entries[-1]), torn=False)


def test_what_was_written_is_never_written_again(tmp_path: Path) -> None:
    written(tmp_path)
    before = (tmp_path / LOG).read_bytes()
    audit.append(tmp_path, {"command": "one more"})
    assert (tmp_path / LOG).read_bytes().startswith(before)


@pytest.mark.parametrize("mask", [0, 0o22, 0o77, 0o777])
def test_its_files_are_private_whatever_the_umask(mask: int, tmp_path: Path) -> None:
    old = os.umask(mask)
    try:
        begun = Begun(tmp_path, {"command": "x"})
        (marker,) = tmp_path.glob(f"{BEGUN}*")
        modes = {stat.S_IMODE(marker.stat().st_mode)}
        begun.end({"exit_code": 0})
        audit.append(tmp_path, {"command": "y"})
    finally:
        os.umask(old)
    modes |= {stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert modes == {0o600}
    assert {path.name for path in tmp_path.iterdir()} == {LOG, _HEAD, audit.LOCK}


def test_a_log_that_was_opened_to_others_is_closed_again(tmp_path: Path) -> None:
    written(tmp_path, 1)
    (tmp_path / LOG).chmod(0o644)
    written(tmp_path, 1)
    assert stat.S_IMODE((tmp_path / LOG).stat().st_mode) == 0o600


@pytest.mark.parametrize("place", [LOG, audit.LOCK])
def test_a_log_that_cannot_be_written_stops_the_command(place: str, tmp_path: Path) -> None:
    (tmp_path / place).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(GovernanceError, match="cannot be written"):
        audit.append(tmp_path, {"command": "x"})
    assert not (tmp_path / "elsewhere").is_file()


# --- Every way to change it --------------------------------------------------------------------------------------


def forged(after: bytes) -> bytes:
    """An entry of one's own, sealed as it should be, that follows a line."""
    return sealed({"command": "forged"}, head_of(opened(after) or {}))[:-1]


def retold(line: bytes) -> bytes:
    """A line whose content was changed, and its hash with it."""
    entry = dict(opened(line) or {})
    at = LogHead(entry.pop("number") - 1, entry.pop("previous"))
    del entry["hash"]
    return sealed({**entry, "exit_code": 1}, at)[:-1]


TAMPERED: dict[str, tuple[Callable[[list[bytes]], list[bytes]], str]] = {
    "a value changed": (lambda x: [*x[:2], x[2].replace(b":0", b":1", 1), *x[3:]], "line 3: edited"),
    "a hash changed": (lambda x: [*x[:2], x[2].replace(b'"hash":"', b'"hash":"0', 1), *x[3:]], "line 3: edited"),
    "spelled otherwise": (lambda x: [*x[:2], x[2].replace(b",", b", ", 1), *x[3:]], "line 3: edited"),
    "emptied": (lambda x: [*x[:2], b"", *x[3:]], "line 3: edited"),
    "not JSON": (lambda x: [*x[:2], b"[" * 100_000, *x[3:]], "line 3: edited"),
    "the last changed": (lambda x: [*x[:5], x[5].replace(b":0", b":1", 1)], "line 6: edited"),
    "changed and sealed": (lambda x: [*x[:2], retold(x[2]), *x[3:]], "line 4: rewritten, or the line before"),
    "the last changed and sealed": (lambda x: [*x[:5], retold(x[5])], "line 6: rewritten: its hash is not"),
    "the first deleted": (lambda x: x[1:], "line 1: deleted before it: entry 1 is missing"),
    "one deleted": (lambda x: x[:2] + x[3:], "line 3: deleted before it: entry 3 is missing"),
    "three deleted": (lambda x: x[:2] + x[5:], "line 3: deleted before it: entries 3 to 5 are missing"),
    "the last cut off": (lambda x: x[:5], "line 6: cut off: entry 6 is missing"),
    "the last four cut off": (lambda x: x[:2], "line 3: cut off: entries 3 to 6 are missing"),
    "all cut off": (lambda x: [], "line 1: cut off: entries 1 to 6 are missing"),
    "two in another order": (lambda x: [*x[:2], x[3], x[2], *x[4:]], "line 3: out of order: entry 4 in place of"),
    "backwards": (lambda x: x[::-1], "line 1: out of order: entry 6 in place of entry 1"),
    "the first moved to the end": (lambda x: [*x[1:], x[0]], "line 1: out of order: entry 2 in place of entry 1"),
    "a copy inserted": (lambda x: [*x[:3], x[1], *x[3:]], "line 4: inserted"),
    "a forged one inserted": (lambda x: [*x[:3], forged(x[2]), *x[3:]], "line 5: rewritten, or the line before"),
    "a forged one of no place": (lambda x: [*x[:3], forged(x[0]), *x[3:]], "line 4: inserted"),
    "nonsense inserted": (lambda x: [*x[:3], b"nonsense", *x[3:]], "line 4: inserted"),
    "an empty line inserted": (lambda x: [*x[:3], b"", *x[3:]], "line 4: inserted"),
    "nonsense added": (lambda x: [*x, b"{}"], "line 7: inserted"),
    "a copy added": (lambda x: [*x, x[5]], "line 7: inserted"),
    "two forged ones added": (lambda x: [*x, f := forged(x[5]), forged(f)], "line 8: inserted"),
}  # fmt: skip


@pytest.mark.parametrize("how", TAMPERED)
@pytest.mark.parametrize("then", [False, True], ids=["at once", "after more entries"])
def test_a_change_is_found_and_named(how: str, then: bool, tmp_path: Path) -> None:
    change, said = TAMPERED[how]
    put(tmp_path, change(written(tmp_path)))
    if then:
        written(tmp_path, 2)
        assert faults(tmp_path)
        if "cut off" in said or "added" in how or "its hash is not" in said:
            return
    assert faults(tmp_path).startswith(f"{LOG} {said}")


@pytest.mark.parametrize(
    "content", [None, b"", b"nonsense\n", b"[]\n", b'{"number": 6}\n', b'{"number": [], "hash": 1}']
)
def test_a_log_without_its_head_is_not_whole_ever_after(content: bytes | None, tmp_path: Path) -> None:
    written(tmp_path)
    (tmp_path / _HEAD).unlink()
    if content is not None:
        (tmp_path / _HEAD).write_bytes(content)
    assert _HEAD in faults(tmp_path)
    written(tmp_path, 2)
    assert faults(tmp_path).startswith(f"{LOG} line 7: {_HEAD} was missing when it was written")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, bytes]]:
    folder = tmp_path_factory.mktemp("whole")
    audit.append(folder, {"command": "scoré", "arguments": {"force": True}, "rows": 12, "found": ["  x "]})
    written(folder, 3)
    yield folder, (folder / LOG).read_bytes()
    shutil.rmtree(folder)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_byte_that_changes_is_found(whole: tuple[Path, bytes], data: st.DataObject) -> None:
    folder, content = whole
    at = data.draw(st.integers(0, len(content) - 1))
    byte = data.draw(st.integers(0, 255).filter(lambda value: value != content[at]))
    (folder / LOG).write_bytes(content[:at] + bytes([byte]) + content[at + 1 :])
    assert faults(folder)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_cut_is_found(whole: tuple[Path, bytes], data: st.DataObject) -> None:
    folder, content = whole
    first = data.draw(st.integers(0, len(content) - 1))
    last = data.draw(st.integers(first + 1, len(content)))
    (folder / LOG).write_bytes(content[:first] + content[last:])
    assert faults(folder)


# --- Kills -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("entries", [0, 1, 3])
def test_half_a_line_is_torn_and_is_cleared_away(entries: int, tmp_path: Path) -> None:
    lines = written(tmp_path, entries) if entries else []
    written(tmp_path, 1)
    torn = lines_of(tmp_path)[-1]
    head = LogHead() if not lines else head_of(opened(lines[-1]) or {})
    for length in range(1, len(torn) + 1):
        put(tmp_path, lines, torn[:length])
        (tmp_path / _HEAD).write_text(json.dumps({"number": head.number, "hash": head.hash}))
        assert audit.verify(tmp_path) == audit.Verified(head, torn=True)
        assert audit.append(tmp_path, {"command": "next"})["found"] == ["torn line"]
        assert audit.verify(tmp_path).head.number == entries + 1
    assert "found" not in audit.append(tmp_path, {"command": "and on"})


def test_half_a_line_of_a_log_that_was_cut_is_left_to_be_seen(tmp_path: Path) -> None:
    lines = written(tmp_path)
    put(tmp_path, lines[:4], lines[4][:20])
    written(tmp_path, 1)
    assert lines_of(tmp_path)[4] == lines[4][:20]
    assert faults(tmp_path).startswith(f"{LOG} line 5: edited")


KILLED = """
import os, signal, sys
from pathlib import Path
from riskstrat.governance import audit_log as audit
folder, moment = Path(sys.argv[1]), sys.argv[2]
begun = audit.Begun(folder, {"command": "score", "began": "now"})
write, replace = os.write, os.replace
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if moment == "writing":
    os.write = lambda to, data: (write(to, data[: len(data) // 2]), die())
elif moment == "written":
    os.replace = die
elif moment == "entered":
    unlink = Path.unlink
    Path.unlink = lambda path, **how: die() if audit.BEGUN in path.name else unlink(path, **how)
else:
    die()
begun.end({"exit_code": 0})
"""
AFTER = {"working": ["Killed"], "writing": ["Killed"], "written": [None], "entered": [None]}


@pytest.mark.parametrize("moment", AFTER)
def test_a_kill_is_no_tampering_and_the_command_is_entered_once(moment: str, tmp_path: Path) -> None:
    written(tmp_path, 2)
    said = subprocess.run([sys.executable, "-c", KILLED, tmp_path, moment], capture_output=True)
    assert said.returncode == -signal.SIGKILL, said.stderr
    audit.verify(tmp_path)
    Begun(tmp_path, {"command": "list", "began": "later"}).end({"exit_code": 0})
    audit.verify(tmp_path)
    entries = audit.audit_entries(tmp_path)
    assert [one["command"] for one in entries[2:]] == ["score", "list"]
    assert [one.get("error") for one in entries[2:3]] == AFTER[moment]
    assert list(tmp_path.glob(f"{BEGUN}*")) == []


def test_a_command_at_work_is_not_taken_for_a_killed_one(tmp_path: Path) -> None:
    first = Begun(tmp_path, {"command": "score"})
    Begun(tmp_path, {"command": "explain"}).end({"exit_code": 0})
    first.end({"exit_code": 0})
    assert [(one["command"], one["exit_code"]) for one in audit.audit_entries(tmp_path)] == [
        ("explain", 0),
        ("score", 0),
    ]
    audit.verify(tmp_path)


@pytest.mark.parametrize("content", [b"", b'{"comm', b"3"])
def test_a_marker_that_was_torn_is_cleared_away(content: bytes, tmp_path: Path) -> None:
    (tmp_path / f"{BEGUN}0").write_bytes(content)
    Begun(tmp_path, {"command": "score"}).end({"exit_code": 0})
    assert [one["command"] for one in audit.audit_entries(tmp_path)] == ["score"]
    assert list(tmp_path.glob(f"{BEGUN}*")) == []


MANY = """
import sys
from pathlib import Path
from riskstrat.governance import audit_log as audit
for number in range(25):
    audit.Begun(Path(sys.argv[1]), {"command": sys.argv[2], "began": number}).end({})
"""


def test_two_at_once_write_one_chain(tmp_path: Path) -> None:
    both = [subprocess.Popen([sys.executable, "-c", MANY, tmp_path, name]) for name in "ab"]
    while any(one.poll() is None for one in both):
        audit.verify(tmp_path)
    assert [one.returncode for one in both] == [0, 0]
    commands = [one["command"] for one in audit.audit_entries(tmp_path)]
    assert (commands.count("a"), commands.count("b")) == (25, 25)
    assert all("error" not in one for one in audit.audit_entries(tmp_path))
    audit.verify(tmp_path)


# --- Manifests that were stamped ---------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["store/20260701T120000-0a1b2c3d", "runs/2026-07-01"])
def test_a_manifest_of_another_log_is_found(place: str, tmp_path: Path) -> None:
    folder = tmp_path / place
    folder.mkdir(parents=True)
    for content in ({}, {"audit": _NOTHING}):
        (folder / "manifest.json").write_text(json.dumps(content))
        audit.verify(tmp_path)
    written(tmp_path)
    (folder / "manifest.json").write_text(json.dumps({"audit": audit.audit_head(tmp_path)}))
    written(tmp_path, 1)
    audit.verify(tmp_path)
    for path in (tmp_path / LOG, tmp_path / _HEAD):
        path.unlink()
    written(tmp_path)
    audit.append(tmp_path, {"command": "a new log, of which every line fits"})
    assert audit.verify(tmp_path)
    (folder / "manifest.json").write_text(json.dumps({"audit": "f" * 64}))
    assert faults(tmp_path) == f"{place}/manifest.json: was written under an entry that is not in this log"
    (folder / "manifest.json").write_text("torn")
    assert f"{place}/manifest.json" in faults(tmp_path)


# --- What is entered ---------------------------------------------------------------------------------------------


def study_of(folder: Path, text: str = "") -> Path:
    (folder / "study.toml").write_text(f'name = "x"\n{text}', encoding="utf-8")
    return folder


FAILING = [
    (["score"], 17, "NothingToDoError", {}),
    (["score", "--force"], 17, "NothingToDoError", {"force": True}),
    (["score", "--model", CANARY], 17, "NothingToDoError", {"model": "given"}),
    (["train", "--name", CANARY, "--variant", CANARY], 17, "NothingToDoError", {"name": "given", "variant": "given"}),
    (["list", "--role", CANARY, "--practice", CANARY], 17, "NothingToDoError", {"role": "given", "practice": "given"}),
    (["explain", CANARY], 17, "NothingToDoError", {}),
    (["explain", "--index-date", "2026-01-01", CANARY], 17, "NothingToDoError", {"index_date": "2026-01-01"}),
    (["ingest"], 10, "StudyError", {}),
    (["run"], 10, "StudyError", {}),
]  # fmt: skip


@pytest.mark.parametrize(("words", "code", "error", "arguments"), FAILING)
def test_a_command_that_fails_is_entered_without_what_was_typed(
    words: list[str], code: int, error: str, arguments: dict[str, Any], cli: Cli, tmp_path: Path
) -> None:
    assert cli(*words, "--study", study_of(tmp_path)).exit_code == code
    (entry,) = audit.audit_entries(tmp_path)
    assert (entry["command"], entry["exit_code"], entry["error"]) == (words[0], code, error)
    assert entry["arguments"] == arguments
    assert CANARY.encode() not in (tmp_path / LOG).read_bytes()
    assert str(tmp_path).encode() not in (tmp_path / LOG).read_bytes()


def test_an_entry_says_who_when_and_with_what(cli: Cli, tmp_path: Path) -> None:
    import pwd
    from hashlib import sha256

    cli("score", "--study", study_of(tmp_path))
    (entry,) = audit.audit_entries(tmp_path)
    assert entry["who"] == pwd.getpwuid(os.getuid()).pw_name
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", entry["at"])
    assert entry["began"] < entry["at"]
    assert set(entry["versions"]) == {"riskstrat", "python", "duckdb", "lightgbm", "scikit-learn"}
    assert entry["study"] == sha256((tmp_path / "study.toml").read_bytes()).hexdigest()


@pytest.mark.parametrize(
    "words", [["criteria"], ["audit"], ["audit", "--verify"], ["score", "--help"], ["score", "-x"]]
)
def test_what_reads_no_patients_is_not_entered(words: list[str], cli: Cli, tmp_path: Path) -> None:
    cli(*words, "--study", study_of(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["study.toml"]


def test_a_fault_of_ours_is_entered_by_its_kind(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise KeyError(CANARY)

    monkeypatch.setattr("riskstrat.steps.score.may_disclose", fail)
    monkeypatch.setattr("riskstrat.study.folder.StudyFolder.snapshot", lambda _: type("Snapshot", (), {"name": "x"}))
    assert cli("score", "--study", study_of(tmp_path)).exit_code == 1
    (entry,) = audit.audit_entries(tmp_path)
    assert (entry["exit_code"], entry["error"]) == (1, "KeyError")
    assert CANARY.encode() not in (tmp_path / LOG).read_bytes()


def test_a_result_is_entered_before_it_is_shown_and_with_the_code_the_command_ends_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def command() -> None:
        with reporting(False, False) as console:
            open_study(study_of(tmp_path), console)
            console.result({}, "what was found")
            assert capsys.readouterr().out == ""
            raise CheckError("It is wrong")

    with pytest.raises(typer.Exit):
        command()
    assert capsys.readouterr().out == "what was found\n"
    (entry,) = audit.audit_entries(tmp_path)
    assert (entry["exit_code"], entry["error"]) == (16, "CheckError")


def test_a_result_is_not_shown_if_it_cannot_be_entered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        with reporting(False, False) as console:
            open_study(study_of(tmp_path), console, to_write=False)
            (tmp_path / LOG).mkdir()
            console.result({}, "what was found")

    with pytest.raises(typer.Exit) as stop:
        command()
    said = capsys.readouterr()
    assert (stop.value.exit_code, said.out) == (13, "")
    assert "audit log cannot be written" in said.err


def test_every_command_can_be_entered() -> None:
    def leaves(command: Any) -> Iterator[Any]:
        inner = getattr(command, "commands", {})
        yield from [command] if not inner else [leaf for one in inner.values() for leaf in leaves(one)]

    assert [one.name for one in leaves(typer.main.get_command(app)) if not isinstance(one, Command)] == []


def test_arguments_are_an_allow_list() -> None:
    given = {"patient_id": CANARY, "study": Path("/home/someone"), "model": "m", "force": False, "variant": None}
    assert recordable(given, accepted=True) == {"model": "m"}
    assert recordable({"source": Path("/home/someone/codes.csv")}, accepted=True) == {"source": "codes.csv"}


# --- The command -------------------------------------------------------------------------------------------------


def test_the_log_is_shown(cli: Cli, tmp_path: Path) -> None:
    study_of(tmp_path)
    assert "no entries" in cli("audit", "--study", tmp_path).stdout
    for _ in range(3):
        cli("score", "--study", tmp_path)
    said = cli("audit", "--study", tmp_path, "--last", "2")
    assert said.exit_code == 0
    assert [line.split()[0] for line in said.stdout.splitlines()[1:3]] == ["2", "3"]
    assert audit.audit_head(tmp_path) in said.stdout
    assert max(map(len, said.stdout.splitlines())) <= 100
    told = json.loads(cli("audit", "--study", tmp_path, "--json").stdout)
    assert [one["number"] for one in told["entries"]] == [1, 2, 3]
    assert told["head"] == audit.audit_head(tmp_path)


def test_verify_says_so_or_ends_with_16(cli: Cli, tmp_path: Path) -> None:
    lines = written(study_of(tmp_path))
    said = cli("audit", "--verify", "--study", tmp_path)
    assert (said.exit_code, said.stderr) == (0, "")
    assert audit.audit_head(tmp_path) in said.stdout
    put(tmp_path, lines, b"torn")
    told = json.loads(cli("audit", "--verify", "--json", "--study", tmp_path).stdout)
    assert told == {"verified": True, "entries": 6, "head": audit.audit_head(tmp_path), "torn": True}
    assert "last line is incomplete" in cli("audit", "--verify", "--study", tmp_path).stdout
    put(tmp_path, [*lines[:1], *lines[2:]])
    said = cli("audit", "--verify", "--study", tmp_path)
    assert said.exit_code == 16
    assert "line 2: deleted before it" in said.stderr
    assert said.stdout == ""


def test_the_log_can_be_verified_where_nothing_can_be_written(cli: Cli, tmp_path: Path) -> None:
    written(study_of(tmp_path))
    before = {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.iterdir()]}
    assert cli("audit", "--verify", "--study", tmp_path).exit_code == 0
    assert {path: path.stat().st_mtime_ns for path in [tmp_path, *tmp_path.iterdir()]} == before


# --- A month of a study ------------------------------------------------------------------------------------------


def test_a_month_is_one_entry_that_names_no_patient(a_copy: Any, cli: Cli) -> None:
    (path,) = a_copy.folder.glob("runs/*/scores.parquet")
    ids = pq.read_table(path)["patient_id"].to_pylist()
    before = len(audit.audit_entries(a_copy.folder))
    assert cli("explain", ids[0], "--study", a_copy.folder, "--quiet").exit_code == 0
    assert cli("run", "--force", "--study", a_copy.folder, "--quiet").exit_code == 0
    explained, month = audit.audit_entries(a_copy.folder)[before:]
    assert [one["file"] for one in explained["inputs"]] == [path.relative_to(a_copy.folder).as_posix()]
    assert (month["command"], month["arguments"], month["exit_code"]) == ("run", {"force": True}, 0)
    assert {one["file"] for one in month["outputs"] if "file" in one} >= {
        path.relative_to(a_copy.folder).as_posix(),
        path.with_name("lists").joinpath("lists.parquet").relative_to(a_copy.folder).as_posix(),
        "models/default/SHA256SUMS",
    }
    assert all(re.fullmatch(r"[0-9a-f]{64}", one["sha256"]) for one in month["inputs"])
    assert next(one["rows"] for one in month["outputs"] if one.get("file", "").endswith("scores.parquet")) == len(ids)
    text = (a_copy.folder / LOG).read_text(encoding="utf-8")
    assert [one for one in ids if one in text] == []
    audit.verify(a_copy.folder)
