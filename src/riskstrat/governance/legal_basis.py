"""Whether a study may process its data on a day: legal basis, social care, how old the opt-outs are.

Decision
--------
Everything that takes in, models or discloses stops once the legal basis has expired: ingest, train, score, list, run
and export. What shows or clears away what is there already goes on: explain, criteria, check, audit, purge. The day
named is the last good one. A basis that is not stated stops nothing; each list says that it is not.

Opt-outs are applied when a cohort is made, so their age counts when scores and lists are made, not at ingest. NHS
Digital's operational policy lets a list of national opt-outs be held for seven days. A file whose age the study does
not say is used, and said to be of unknown age. Opt-outs newer than the snapshot were never applied in it, which is
refused too. Where ``cohort.opt_outs`` is empty none are applied, and their age does not matter.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from riskstrat.errors import GovernanceError, StudyError
from riskstrat.study import Session, SourceSettings, Study

AGE_UNKNOWN = "The date of the opt-outs is not recorded. Set `as_of` in their [[sources]] section of study.toml."


def check_sources(study: Study, today: date | None = None) -> None:
    """Refuse to take in extracts, or to train on them, where the legal basis does not cover it today.

    Raises
    ------
    StudyError
        If an extract is said to be made in the future.
    GovernanceError
        With everything that stands against it.
    """
    day = today or date.today()
    _raise(study, day, _basis(study, day))


def check_disclosure(study: Study, today: date, made: date | None = None) -> None:
    """Refuse to score and list people where the legal basis or the opt-outs do not allow it.

    Opt-outs must not be newer than the day on which the snapshot was made.

    Raises
    ------
    StudyError
        If an extract is said to be made in the future.
    GovernanceError
        With everything that stands against it.
    """
    _raise(study, today, [*_basis(study, today), *_opt_outs(study, today, made)])


def age_unknown(study: Study) -> bool:
    """Whether opt-outs are applied of which the study does not say when they were made.

    >>> age_unknown(Study(name="x", sources=({"format": "opt_outs", "files": "o.csv"},)))
    True
    """
    return any(source.as_of is None for source in _applied(study))


def day_made(snapshot: str) -> date | None:
    """The day on which a snapshot was made, in local time; None if its name does not say.

    >>> day_made("20260701T120000-0a1b2c3d")
    datetime.date(2026, 7, 1)
    """
    try:
        return datetime.strptime(snapshot[:15], "%Y%m%dT%H%M%S").replace(tzinfo=UTC).astimezone().date()
    except ValueError:
        return None


def last_day_of_lists(study: Study, index_date: date) -> date:
    """The last day on which the lists of an index date may be used."""
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
    """What the legal basis does not cover."""
    rules = study.governance
    found = []
    if rules.expires_on is not None and rules.expires_on < today:
        found.append(f"governance.expires_on: the legal basis expired on {rules.expires_on}")
    social = [source.files for source in study.sources if source.social_care]
    if social and not rules.social_care_basis.strip():
        found.append(f"governance.social_care_basis: not set, but social-care data are in {', '.join(social)}")
    return found


def _opt_outs(study: Study, today: date, made: date | None) -> list[str]:
    """Opt-outs that are too old, or that came too late for the snapshot."""
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
    """The sources of opt-outs, if any are applied."""
    return [s for s in study.sources if s.format == "opt_outs"] if study.cohort.opt_outs else []


def may_disclose(session: Session, snapshot: str | None = None) -> None:
    """Stop if people of a snapshot may not be scored or listed today, and say what cannot be told.

    Raises
    ------
    StudyError, GovernanceError
        With everything that stands against it.
    """
    check_disclosure(session.study, session.today, day_made(snapshot or ""))
    if age_unknown(session.study):
        session.warn(AGE_UNKNOWN)
