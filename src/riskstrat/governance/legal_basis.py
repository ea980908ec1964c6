"""Check whether a study may process its data on a day: legal basis, social care, age of the opt-outs.

Decision
--------
Every command that reads extracts, trains or discloses stops once the legal basis has expired: ingest, train, score,
list, run and export. Commands that only show or remove existing data still work: explain, criteria, check, audit,
purge. The date in study.toml is the last day of the legal basis. A study without a legal basis is not stopped; each
list says that none is given.

Opt-outs are applied when a cohort is made, so their age matters when scores and lists are made, not at ingest. NHS
Digital's operational policy allows a list of national opt-outs to be held for seven days. A file without a date is
used, with a warning that its date is not recorded. Opt-outs newer than the snapshot are refused, because they were
never applied in it. If ``cohort.opt_outs`` is empty, no opt-outs are applied and their age does not matter.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from riskstrat.errors import GovernanceError, StudyError
from riskstrat.study import Session, SourceSettings, Study

AGE_UNKNOWN = "The date of the opt-outs is not recorded. Set `as_of` in their [[sources]] section of study.toml."


def check_sources(study: Study, today: date | None = None) -> None:
    """Refuse to read extracts, or to train on them, if the legal basis does not cover it today.

    Raises
    ------
    StudyError
        If `as_of` of an extract is in the future.
    GovernanceError
        With every reason.
    """
    day = today or date.today()
    _raise(study, day, _basis(study, day))


def check_disclosure(study: Study, today: date, made: date | None = None) -> None:
    """Refuse to score and list patients if the legal basis or the opt-outs do not allow it.

    Opt-outs must not be newer than the snapshot.

    Raises
    ------
    StudyError
        If `as_of` of an extract is in the future.
    GovernanceError
        With every reason.
    """
    _raise(study, today, [*_basis(study, today), *_opt_outs(study, today, made)])


def age_unknown(study: Study) -> bool:
    """Check whether opt-outs are applied whose date is not in study.toml.

    >>> age_unknown(Study(name="x", sources=({"format": "opt_outs", "files": "o.csv"},)))
    True
    """
    return any(source.as_of is None for source in _applied(study))


def day_made(snapshot: str) -> date | None:
    """Return the day on which a snapshot was made, in local time; None if its name has no date.

    >>> day_made("20260701T120000-0a1b2c3d")
    datetime.date(2026, 7, 1)
    """
    try:
        return datetime.strptime(snapshot[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).astimezone().date()
    except ValueError:
        return None


def last_day_of_lists(study: Study, index_date: date) -> date:
    """Return the last day on which the lists of an index date may be used."""
    return index_date + timedelta(days=study.governance.list_expires_after_days)


def _raise(study: Study, today: date, findings: Sequence[str]) -> None:
    future = [
        f"sources {source.files!r}: as_of {source.as_of} is after today, {today}"
        for source in study.sources
        if source.as_of is not None and source.as_of > today
    ]
    if future:
        raise StudyError("study.toml has a date in the future:", [*future, *findings], "Correct `as_of`.")
    if findings:
        do = "Renew the legal basis or the opt-outs, then update study.toml. Nothing was changed."
        raise GovernanceError("This study may not process these data now:", findings, do)


def _basis(study: Study, today: date) -> list[str]:
    """List what the legal basis does not cover."""
    rules = study.governance
    found = []
    if rules.expires_on is not None and rules.expires_on < today:
        found.append(f"governance.expires_on: the legal basis expired on {rules.expires_on}")
    social = [source.files for source in study.sources if source.social_care]
    if social and not rules.social_care_basis.strip():
        found.append(f"governance.social_care_basis: not set, but social-care data are in {', '.join(social)}")
    return found


def _opt_outs(study: Study, today: date, made: date | None) -> list[str]:
    """List opt-outs that are too old, or newer than the snapshot."""
    most, found = study.governance.opt_outs_max_age_days, []
    for source in _applied(study):
        if source.as_of is None:
            continue
        which, age = f"sources {source.files!r}: opt-outs of {source.as_of}", (today - source.as_of).days
        if age > most:
            found.append(f"{which} are {age} days old; the limit is {most} days")
        if made is not None and source.as_of > made:
            found.append(f"{which} are newer than the snapshot of {made}: run `riskstrat ingest` and `riskstrat score`")
    return found


def _applied(study: Study) -> list[SourceSettings]:
    """List the sources of opt-outs, if opt-outs are applied."""
    return [s for s in study.sources if s.format == "opt_outs"] if study.cohort.opt_outs else []


def may_disclose(session: Session, snapshot: str | None = None) -> None:
    """Stop if patients of a snapshot may not be scored or listed today; warn if the date of opt-outs is not recorded.

    Raises
    ------
    StudyError, GovernanceError
        With every reason.
    """
    check_disclosure(session.study, session.today, day_made(snapshot or ""))
    if age_unknown(session.study):
        session.warn(AGE_UNKNOWN)
