"""Whether a study may process its data today: text tables of settings, days and answers."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from contextlib import nullcontext
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from riskstrat.errors import GovernanceError, StudyError
from riskstrat.governance.legal_basis import age_unknown, check_disclosure, check_sources, day_made, may_disclose
from riskstrat.study.folder import StudyFolder
from riskstrat.study.session import Session
from riskstrat.study.study_file import Study

TODAY = date(2026, 7, 10)
Cli = Callable[..., Any]


def rows(text: str) -> list[list[str]]:
    """The rows of a text table, its header apart; "" for -."""
    lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return [["" if cell == "-" else cell for cell in line] for line in lines[1:]]


def study_of(**settings: str) -> Study:
    """A study with some of: expires_on, basis, social (of both kinds: yes), as_of, most, applied."""
    text = f'name = "x"\n[governance]\nsocial_care_basis = "{settings.get("basis", "")}"\n'
    if settings.get("expires_on"):
        text += f"expires_on = {settings['expires_on']}\n"
    if settings.get("most"):
        text += f"opt_outs_max_age_days = {settings['most']}\n"
    if "applied" in settings:
        text += f"[cohort]\nopt_outs = {settings['applied'].split()!r}\n"
    for name in settings.get("social", "").split():
        text += f'[[sources]]\nformat = "caseload"\nfiles = "{name}"\nsocial_care = true\n'
    for number, day in enumerate(settings.get("as_of", "").split()):
        text += f'[[sources]]\nformat = "opt_outs"\nfiles = "opt_outs_{number}.csv"\n'
        text += "" if day == "?" else f"as_of = {day}\n"
    return Study.model_validate(tomllib.loads(text))


def answer(check: Callable[[], None]) -> tuple[str, list[str]]:
    """Exit code, and where each finding is."""
    try:
        check()
    except (GovernanceError, StudyError) as error:
        return str(error.exit_code), [finding.split(":")[0] for finding in error.findings]
    return "0", []


BASIS = """
the last good day | social care | its basis  | exit | found
-                 | -           | -          | 0    | -
2026-07-11        | -           | -          | 0    | -
2026-07-10        | -           | -          | 0    | -
2026-07-09        | -           | -          | 13   | governance.expires_on
1999-12-31        | -           | -          | 13   | governance.expires_on
-                 | social.csv  | -          | 13   | governance.social_care_basis
-                 | social.csv  | consent    | 0    | -
-                 | -           | consent    | 0    | -
2026-07-09        | social.csv  | consent    | 13   | governance.expires_on
2026-07-09        | a.csv b.csv | -          | 13   | governance.expires_on governance.social_care_basis
"""


@pytest.mark.parametrize(("expires_on", "social", "basis", "code", "found"), rows(BASIS))
def test_the_basis(expires_on: str, social: str, basis: str, code: str, found: str) -> None:
    study = study_of(expires_on=expires_on, social=social, basis=basis)
    assert answer(lambda: check_sources(study, TODAY)) == (code, found.split())
    assert answer(lambda: check_disclosure(study, TODAY)) == (code, found.split())


OPT_OUTS = """
made                  | allowed | applied        | snapshot   | exit | found
-                     | -       | type1 national | -          | 0    | -
?                     | -       | type1 national | -          | 0    | -
?                     | 1       | type1 national | 2020-01-01 | 0    | -
2026-07-10            | -       | type1 national | -          | 0    | -
2026-07-03            | -       | type1 national | -          | 0    | -
2026-07-02            | -       | type1 national | -          | 13   | opt_outs_0
2026-07-02            | 8       | type1 national | -          | 0    | -
2026-07-09            | 1       | national       | -          | 0    | -
2026-07-08            | 1       | local          | -          | 13   | opt_outs_0
2020-01-01            | -       | -              | -          | 0    | -
2026-07-10 2026-06-01 | -       | national       | -          | 13   | opt_outs_1
2026-05-01 2026-06-01 | -       | national       | -          | 13   | opt_outs_0 opt_outs_1
2026-07-09            | -       | national       | 2026-07-10 | 0    | -
2026-07-09            | -       | national       | 2026-07-09 | 0    | -
2026-07-09            | -       | national       | 2026-07-08 | 13   | opt_outs_0
2026-07-09            | -       | -              | 2026-07-08 | 0    | -
2026-07-02            | -       | national       | 2026-07-01 | 13   | opt_outs_0 opt_outs_0
2026-07-11            | -       | national       | -          | 10   | opt_outs_0
2026-07-11            | -       | -              | -          | 10   | opt_outs_0
"""


@pytest.mark.parametrize(("as_of", "most", "applied", "made", "code", "found"), rows(OPT_OUTS))
def test_opt_outs_have_their_time(as_of: str, most: str, applied: str, made: str, code: str, found: str) -> None:
    study = study_of(as_of=as_of, most=most, applied=applied)
    said = answer(lambda: check_disclosure(study, TODAY, date.fromisoformat(made) if made else None))
    assert said == (code, [f"sources '{name}.csv'" for name in found.split()])
    assert answer(lambda: check_sources(study, TODAY))[0] == ("10" if code == "10" else "0")


LATE = "are newer than the snapshot of 2026-05-01: run `riskstrat ingest` and `riskstrat score`"


def test_everything_is_gathered() -> None:
    study = study_of(expires_on="2026-01-01", social="social.csv", as_of="2026-07-01 2026-06-01")
    with pytest.raises(GovernanceError) as stop:
        check_disclosure(study, TODAY, date(2026, 5, 1))
    assert stop.value.findings == (
        "governance.expires_on: the legal basis expired on 2026-01-01",
        "governance.social_care_basis: not set, but social-care data are in social.csv",
        "sources 'opt_outs_0.csv': opt-outs of 2026-07-01 are 9 days old; the limit is 7 days",
        f"sources 'opt_outs_0.csv': opt-outs of 2026-07-01 {LATE}",
        "sources 'opt_outs_1.csv': opt-outs of 2026-06-01 are 39 days old; the limit is 7 days",
        f"sources 'opt_outs_1.csv': opt-outs of 2026-06-01 {LATE}",
    )


def test_a_date_that_cannot_be_goes_before_what_is_not_allowed() -> None:
    study = study_of(expires_on="2026-01-01", as_of="2026-08-01")
    with pytest.raises(StudyError) as stop:
        check_disclosure(study, TODAY)
    assert len(stop.value.findings) == 2


def test_today_is_the_day_of_the_clock() -> None:
    with pytest.raises(GovernanceError):
        check_sources(study_of(expires_on="2000-01-01"))
    check_sources(study_of(expires_on="2999-01-01"))


@pytest.mark.parametrize(
    ("as_of", "applied", "unknown"),
    [("", "national", False), ("?", "national", True), ("2026-07-10", "national", False), ("?", "", False),
     ("2026-07-10 ?", "local", True)],
)  # fmt: skip
def test_an_age_that_is_not_known_is_said_once(as_of: str, applied: str, unknown: bool) -> None:
    class Listener:
        def __init__(self) -> None:
            self.heard: list[str] = []

        def say(self, text: str) -> None:
            self.heard.append(text)

        def track(self, items: Any, what: str, total: int, *more: Any) -> Any:
            yield from items

        def working(self, what: str, *more: Any) -> Any:
            return nullcontext(lambda amount: None)

    study, listener = study_of(as_of=as_of, applied=applied), Listener()
    assert age_unknown(study) is unknown
    session = Session(StudyFolder(Path()), study, listener, today=TODAY)
    for _ in range(2):
        may_disclose(session)
    assert [text for text in listener.heard if "date of the opt-outs is not recorded" in text] == listener.heard
    assert len(listener.heard) == unknown
    assert session.record.warnings == listener.heard


@pytest.mark.parametrize(
    ("name", "day"),
    [("20260701T120000-0a1b2c3d", date(2026, 7, 1)), ("20260701T120000123-0a1b2c3d", date(2026, 7, 1)),
     ("july", None), ("", None)],
)  # fmt: skip
def test_a_snapshot_says_when_it_was_made(name: str, day: date | None) -> None:
    assert day_made(name) == day


# --- The commands ------------------------------------------------------------------------------------------------

STOPPED = ("ingest", "train", "score", "list", "run")


def change(study: Any, governance: str = "", opt_outs: str = "") -> None:
    study.change("[governance]", f"[governance]\n{governance}")
    study.change('format = "opt_outs"', f'format = "opt_outs"\n{opt_outs}')


@pytest.mark.parametrize("command", STOPPED)
def test_an_expired_study_goes_no_further(command: str, a_copy: Any, cli: Cli) -> None:
    change(a_copy, "expires_on = 2020-01-31")
    before = a_copy.files()
    said = cli(command, "--study", a_copy.folder, "--quiet")
    assert said.exit_code == 13, said.output
    assert "expires_on" in said.stderr
    assert {name: made for name, made in a_copy.files().items() if ".audit" not in name} == {
        name: made for name, made in before.items() if ".audit" not in name
    }


def test_an_expired_study_can_be_asked_and_cleared(a_copy: Any, cli: Cli) -> None:
    change(a_copy, "expires_on = 2020-01-31")
    for words in (["criteria"], ["audit"], ["audit", "--verify"], ["purge", "--dry-run"], ["purge"]):
        assert cli(*words, "--study", a_copy.folder, "--quiet").exit_code == 0, words


@pytest.mark.parametrize(("command", "code"), [("ingest", 0), ("score", 13), ("list", 13), ("run", 13)])
def test_stale_opt_outs_are_not_disclosed_on(command: str, code: int, a_copy: Any, cli: Cli) -> None:
    day = date.today() - timedelta(days=30)
    change(a_copy, opt_outs=f"as_of = {day}")
    said = cli(command, "--study", a_copy.folder, "--quiet")
    assert said.exit_code == code, said.output
    assert (f"opt-outs of {day} are 30 days old" in said.stderr) == bool(code)


def test_opt_outs_newer_than_the_data_must_be_ingested_first(a_copy: Any, cli: Cli) -> None:
    (snapshot,) = (a_copy.folder / "store").glob("[0-9]*")
    snapshot.rename(snapshot.with_name(f"20200131{snapshot.name[8:]}"))
    change(a_copy, opt_outs=f"as_of = {date.today()}")
    assert cli("score", "--study", a_copy.folder, "--quiet").exit_code == 13
    for command, code in (("ingest", 0), ("score", 0), ("list", 0)):
        assert cli(command, "--study", a_copy.folder, "--quiet").exit_code == code, command


def test_social_care_data_need_their_basis(a_copy: Any, cli: Cli) -> None:
    a_copy.change('format = "caseload"', 'format = "caseload"\nsocial_care = true')
    for command in STOPPED:
        said = cli(command, "--study", a_copy.folder, "--quiet")
        assert (said.exit_code, "social_care_basis" in said.stderr) == (13, True), command
