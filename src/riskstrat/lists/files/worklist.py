"""Write the lists of a practice as one page, to read, search and print without a network.

Decision
--------
One file contains every role's list of one practice, so that a meeting opens one file and sees which patients are on
several lists. It cannot be filled in: decisions go into the workbooks, which `riskstrat review` reads back, so that
each decision has one place. Without its script the page shows the same tables in full.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from riskstrat.lists.files.output import CaseList, header_label
from riskstrat.lists.files.sheets import date_in_words
from riskstrat.lists.files.side_sheets import DROPPED, DROPPED_NOTE, FOLDED, HELD_BACK, HELD_BACK_NOTE, SheetColumns
from riskstrat.lists.files.templates import render
from riskstrat.lists.files.worklist_rows import WorklistEntry, headings, worklist_entries
from riskstrat.tables import whole_file
from riskstrat.wording import plural, sentence

SHOWN_ABOVE = ("role", "practice", "index_date", "eligible", "listed", "left_out", "expires_on", "use")
SHORT_PSEUDONYM = 12


@dataclass(frozen=True)
class PracticeLists:
    """The lists of one practice, in the order in which they are shown.

    Raises
    ------
    ValueError
        If a list is of another practice, because no file mixes practices.
    """

    practice: str
    lists: tuple[CaseList, ...]

    def __post_init__(self) -> None:
        if any(cases.practice != self.practice for cases in self.lists):
            raise ValueError("All lists on a worklist must be of the same practice.")


def write_worklist(practice: PracticeLists, path: Path) -> None:
    """Write the lists of a practice as one HTML page."""
    with whole_file(path) as part:
        part.write_bytes(worklist_html(practice).encode())


def worklist_html(practice: PracticeLists) -> str:
    """Render the lists of a practice as one self-contained HTML document; the same lists give the same text."""
    headers = [cases.header for cases in practice.lists]
    titles = {cases.role: sentence(cases.header.get("role", cases.role).replace("_", " ")) for cases in practice.lists}
    common = _common(headers)
    until = min((header["expires_on"] for header in headers if header.get("expires_on")), default="")
    days = sorted({header["index_date"] for header in headers if header.get("index_date")})
    return render(
        "worklist",
        practice=practice.practice,
        index_date=", ".join(date_in_words(day) for day in days),
        until=until,
        use_until=date_in_words(until),
        use=common.get("use", ""),
        sections=[_section(cases, common, titles) for cases in practice.lists],
        about=_lines(common),
        places=sum(len(cases.rows) for cases in practice.lists),
        dropped_note=DROPPED_NOTE,
        held_back_note=HELD_BACK_NOTE,
    )


def _common(headers: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Find the header entries that are the same on all lists, so that they are shown once."""
    first = headers[0] if headers else {}
    return {key: text for key, text in first.items() if all(header.get(key) == text for header in headers)}


def _lines(header: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(header_label(key), date_in_words(text)) for key, text in header.items() if key not in SHOWN_ABOVE]


def _section(cases: CaseList, common: Mapping[str, str], titles: Mapping[str, str]) -> dict[str, Any]:
    """Collect what the page shows of one list."""
    patients, title = worklist_entries(cases.rows, titles), titles[cases.role]
    return {
        "title": title,
        "running": _running(cases, title),
        "facts": _facts(cases, patients),
        "headings": headings(cases.rows),
        "patients": patients,
        "about": _lines({key: text for key, text in cases.header.items() if key not in common}),
        "dropped": _beside(cases.dropped, DROPPED),
        "held_back": _beside(cases.held_back, HELD_BACK),
    }


def _running(cases: CaseList, title: str) -> str:
    """Write the line above the table on every printed page."""
    says = {"index_date": "index date", "expires_on": "use until"}
    days = [f"{words} {date_in_words(cases.header[key])}" for key, words in says.items() if key in cases.header]
    return f"{', '.join([f'Practice {cases.practice}', title, *days])}. Confidential: contains patient data."


def _facts(cases: CaseList, patients: Sequence[WorklistEntry]) -> list[tuple[str, str]]:
    """List the first patient, the counts, and where decisions go."""
    of = f" of {cases.header['eligible']} eligible" if "eligible" in cases.header else ""
    facts = (
        ("First patient", _first(patients)),
        ("How many", f"{plural(len(patients), 'patient')} listed{of}"),
        ("Not listed", cases.header.get("left_out", "")),
        ("Where to record decisions", f"In the workbook {cases.role}.xlsx, not on this page."),
    )
    return [(name, text) for name, text in facts if text]


def _first(patients: Sequence[WorklistEntry]) -> str:
    if not patients:
        return "No patient is listed."
    first = patients[0]
    short = first.patient[:SHORT_PSEUDONYM] + "…" * (len(first.patient) > SHORT_PSEUDONYM)
    about = [part for part in (first.person, first.risk and f"risk {first.risk}", *first.reasons[:1]) if part]
    return f"{', '.join([short, *about])}. The others follow by rank."


def _beside(rows: pd.DataFrame | None, columns: SheetColumns) -> dict[str, Any] | None:
    """Make a small table as in the workbook, without entry columns; None if it is empty."""
    if rows is None or rows.empty:
        return None
    labels = {name: label for name, label, _, kind in columns if kind != "entry" and name not in FOLDED}
    held = [name for name in labels if name in rows]
    texts = [[str(raw) if name == "patient_id" else _text(raw) for raw in rows[name].tolist()] for name in held]
    return {"labels": [labels[name] for name in held], "rows": list(zip(*texts, strict=True))}


def _text(raw: Any) -> str:
    if pd.isna(raw):
        return ""
    if isinstance(raw, float):
        return f"{raw:.0f}"
    return date_in_words(f"{raw:%Y-%m-%d}" if isinstance(raw, date) else str(raw).replace("_", " "))
