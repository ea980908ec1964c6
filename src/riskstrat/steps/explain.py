"""Explain one patient's risk, and write a page about it for the meeting."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.errors import NothingToDoError
from riskstrat.governance import PURGED, encrypt_file
from riskstrat.lists import (
    Explanation,
    ScoredRun,
    check_recipients,
    explain_patient,
    for_the_practice,
    key_of_list,
    patient_html,
    read_inputs,
    safe_name,
)
from riskstrat.study import Session
from riskstrat.tables import write_text


def explain(session: Session, patient_id: str, index_date: date | None = None) -> Explanation:
    """Explain a patient's risk, and why the patient is listed or not listed for each role.

    Raises
    ------
    NothingToDoError
        If that index date was not scored, or the patient was not in its cohort.
    """
    inputs = read_inputs(session, index_date or _last_scored(session))
    begins = pc.starts_with(pc.field("patient_id"), patient_id)
    scored = pq.read_table(inputs.run.folder / "scores.parquet", filters=begins)
    whole = scored.filter(pc.field("patient_id") == patient_id)
    scored = whole if whole.num_rows else scored
    if scored.num_rows > 1:
        do = "Give the whole pseudonym; the CSV file of the list has it."
        raise NothingToDoError(f"{scored.num_rows} pseudonyms of {inputs.day} begin like that.", advice=do)
    if not scored.num_rows:
        do = "On that day the patient may be unregistered, outside the age limits, dead or opted out."
        raise NothingToDoError(f"This patient is not in the cohort of {inputs.day}.", advice=do)
    return explain_patient(inputs, scored)


def write_page(session: Session, known: Explanation) -> Path:
    """Write a page about a patient for the meeting, into the folder of the practice's lists.

    The page is encrypted if the lists are, and is removed when they are made again or purged.

    Raises
    ------
    NothingToDoError
        If there are no lists of that index date.
    StudyError
        If the page must be encrypted and the practice has no key.
    """
    run, practice = ScoredRun(session.folder.run(known["index_date"])), known["practice_code"]
    if PURGED in run.lists or not run.lists:
        do = f"Run `riskstrat list --index-date {run.day}` first."
        raise NothingToDoError(f"There are no lists of {run.day}, so no page can be written.", advice=do)
    encrypted = run.lists.get("encrypt", False)
    if encrypted:
        check_recipients(session.study, [practice])
    name = f"patient-{sha256(known['patient_id'].encode()).hexdigest()[:12]}.html"
    path = run.folder / "lists" / safe_name(practice) / name
    services = [role for role, settings in session.study.roles.items() if settings.own_basis]
    write_text(path, patient_html(for_the_practice(known, services)))
    key = key_of_list(session.study, practice, name) if encrypted else None
    return encrypt_file(path, key) if key else path


def _last_scored(session: Session) -> date:
    dates = session.folder.run_dates()
    if not dates:
        raise NothingToDoError("No index date has been scored yet.", advice="Run `riskstrat score` first.")
    return dates[-1]
