"""Commands about lists: writing them, and why somebody is on one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from riskstrat.cli.app import HERE, Force, IndexDate, Json, Quiet, StudyDir, app, option_day
from riskstrat.cli.console import reporting

if TYPE_CHECKING:
    from riskstrat.lists import Explanation
    from riskstrat.study import Session


MOST_BOOKS = 40


@app.command("list", epilog="Example: riskstrat list --role gp_mdt --practice A81001")
def list_command(
    index_date: IndexDate = None,
    role: Annotated[str | None, typer.Option("--role", help="Show only this role.")] = None,
    practice: Annotated[str | None, typer.Option("--practice", help="Show only this practice.")] = None,
    unique: Annotated[
        bool | None, typer.Option("--unique/--shared", help="Each patient on one role's list only, or on all.")
    ] = None,
    encrypt: Annotated[
        bool | None, typer.Option("--encrypt/--readable", help="Files only for the practices' own keys.")
    ] = None,
    study: StudyDir = HERE,
    force: Force = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Ranked case-finding lists at each team's capacity."""
    with reporting(quiet, json) as console:
        from riskstrat.steps.list import make_lists
        from riskstrat.study import open_study

        session = open_study(study, console, force)
        folder, books = make_lists(session, option_day(index_date), role, practice, unique, encrypt)
        console.result({"lists": folder, "books": books}, lists_text(folder, books))


@app.command("explain", epilog="Example: riskstrat explain 4f1c... --index-date 2026-01-01")
def explain_command(
    patient_id: Annotated[str, typer.Argument(help="The pseudonym.")],
    index_date: IndexDate = None,
    page: Annotated[bool, typer.Option("--page", help="Also write one page for the meeting.")] = False,
    study: StudyDir = HERE,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Why this patient has this risk, and why on or off each list."""
    with reporting(quiet, json) as console:
        from riskstrat.steps.explain import explain as ask
        from riskstrat.study import note_of, open_study

        session = open_study(study, console, to_write=page)
        facts = ask(session, patient_id, option_day(index_date))
        scores = session.folder.run(facts["index_date"]) / "scores.parquet"
        session.note(inputs=[note_of(scores, session.folder.path, rows=1)])
        text = explain_text(facts)
        if page:
            facts["page"] = _write_page(session, facts)
            text += f"\nPage for the meeting: {facts['page']}"
        console.result(facts, text)


def _write_page(session: Session, facts: Explanation) -> Path:
    from riskstrat.steps.explain import write_page
    from riskstrat.study import note_of

    path = write_page(session, facts)
    session.note(outputs=[note_of(path, session.folder.path, rows=1)])
    return path


def lists_text(folder: Path, books: Sequence[Mapping[str, Any]]) -> str:
    """The books of each list, or of each role where there are many, and how much has changed."""
    from riskstrat.cli.text import table

    rows = books if len(books) <= MOST_BOOKS else _by_role(books)
    shown = {"cohort": "cohort", "eligible": "eligible", "capacity": "places", "listed": "listed"}
    shown = {**shown, "decided": "decision", "over_capacity": "no room", "new": "new", "gone": "gone"}
    if any(one.get("with_other_role") for one in rows):
        shown = {**shown, "with_other_role": "other role"}
    values = [
        {**one, "decided": sum(one["hidden"].values()), "gone": sum(one.get("left", {}).values())} for one in rows
    ]
    cells = [[one["practice"], one["role"], *(_count(one, key) for key in shown)] for one in values]
    heads = {"practice": "left", "role": "left", **dict.fromkeys(shown.values(), "right")}
    changed = [line for one in _by_role(books) if (line := turnover_text(one))]
    return "\n".join([f"Lists in {folder}", table(heads, cells), *changed])


def _count(book: Mapping[str, Any], key: str) -> str:
    """A number of a book; blank where it cannot be known yet."""
    known = "new" in book or key not in ("new", "gone")
    return f"{book[key]:,}" if known else ""


def _by_role(books: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """One book a role: the sums over its practices."""
    found: dict[str, dict[str, Any]] = {}
    for book in books:
        into = found.setdefault(book["role"], {"practice": "all", "role": book["role"]})
        for key, value in book.items():
            if isinstance(value, dict):
                own = into.setdefault(key, {})
                own.update({name: own.get(name, 0) + n for name, n in value.items()})
            elif not isinstance(value, str):
                into[key] = into.get(key, 0) + value
    return list(found.values())


def turnover_text(book: Mapping[str, Any]) -> str:
    """How much of a role's lists has changed, and what keeping people on them costs; nothing at the first."""
    if "new" not in book or not book["listed"]:
        return ""
    fresh = book["new"] + book["returned"]
    said = f"{book['role']}: {fresh:,} of {book['listed']:,} are new or returned ({100 * fresh / book['listed']:.0f} %)"
    if not book["kept"] or not book["expected_plain"]:
        return f"{said}."
    share = 100 * book["expected"] / book["expected_plain"]
    kept = f"{book['kept']:,} keep their place by the stability rule"
    return f"{said}; {kept}, at {share:.1f} % of the outcomes that the plain first would hold."


def explain_text(facts: Mapping[str, Any]) -> str:
    """One patient's risk and what it is associated with."""
    from riskstrat.cli.text import wrapped

    where = f"percentile {facts['percentile']}, at {facts['index_date']}, model {facts['model']}"
    lines = [
        f"Risk {facts['risk_pct']} % ({facts['band']}), {where}.",
        *_history(facts["history"]),
        "Associated with a higher risk:", *(f"  + {d['says']}" for d in facts["raises"]),
        "Associated with a lower risk:", *(f"  - {d['says']}" for d in facts["lowers"]),
    ]  # fmt: skip
    if facts["lowers_by_absence"]:
        lines.append("  - nothing of note under " + ", ".join(facts["lowers_by_absence"]).replace("_", " "))
    if facts["not_assessed"]:
        lines.append(
            "Not assessed in the last 3 years: " + ", ".join(n.removesuffix("_latest") for n in facts["not_assessed"])
        )
    lines += [f"Data gap: {gap}." for gap in facts["data_gaps"]]
    lines += ["What can be done:"] if facts["to_do"] else []
    lines += [f"  {one['who']}: {one['what']}" for one in facts["to_do"]]
    lines += [_decision(one) for one in facts["decisions"]]
    lines.append(f"On caseload of: {facts['on_caseload'] or 'nobody, as far as is known'}.")
    lines += [f"Answers for the case: {facts['responsible_role']}."] if facts["responsible_role"] else []
    lines += [f"{one['title']}: {one['why']}. Rule: {one['in_words']}." for one in facts["lists"]]
    return "\n".join(wrapped([*lines, "These are associations, not causes."]))


def _history(history: Sequence[Mapping[str, Any]]) -> list[str]:
    """Earlier risks, where there are any."""
    if len(history) < 2:
        return []
    other = "" if all(one["same_model"] for one in history) else " (* by another model)"
    risks = (f"{one['index_date']} {one['risk_pct']} %{'' if one['same_model'] else '*'}" for one in history)
    return [f"Risk before: {', '.join(risks)}{other}."]


def _decision(one: Mapping[str, Any]) -> str:
    until = f", until {one['until']}" if one["until"] else ""
    until += f", case held until {one['held_until']}" if one["held_until"] else ""
    why = f" ({one['reason']})" if one["reason"] else ""
    return f"Decided on {one['decided_on']} by {one['role']}: {one['decision'].replace('_', ' ')}{why}{until}."
