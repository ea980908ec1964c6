"""How many places a list has, and who gets them: capacity, teams of practices, and stability from month to month.

Decision
--------
*Capacity.* A list is never longer than the team's capacity: so many people a practice, or a team of practices, so many
in 1,000 of the practice's cohort (rounded up), or the free places of a caseload. A team's places go to its patients in
one order, whatever their practice, though each practice gets a list of its own.

*Stability.* A patient is not dropped for moving from rank 50 to 51. With ``lists.stability_pct`` = 20 and room for 50,
the first 40 are listed whoever they are; those of the last list stay while they are among the first 60; what room is
left goes by rank. This is the buffer rule by which share indices limit turnover. 0 switches it off. What it costs is
printed: the admissions expected among the listed, against those among the plain first 50.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from riskstrat.study import RoleSettings


def room_of(role: RoleSettings, areas: pd.Series, holds: pd.Series) -> pd.Series:
    """Places by area; `holds` says who is on the role's caseload already."""
    sizes, held = areas.groupby(areas).size(), holds.groupby(areas).sum()
    return pd.Series([role.capacity(int(n), int(h)) for n, h in zip(sizes, held, strict=True)], sizes.index, dtype=int)


def placed(
    ranked: pd.DataFrame,
    areas: pd.Series,
    room: pd.Series,
    incumbents: Collection[str],
    pinned: Collection[str],
    buffer: float,
) -> pd.DataFrame:
    """Candidates, in the role's order, with whether they are `listed`, would be by rank alone (`plain`), and are `due`.

    Parameters
    ----------
    areas, room : pandas.Series
        Area of each (`RoleSettings.areas`), and places by area.
    incumbents, pinned : collection of str
        Pseudonyms on the last list, and those that have a place before all others.
    buffer : float
        Share of the places that memory may decide about.
    """
    area = areas.reindex(ranked.index)
    place = ranked.groupby(area, observed=True).cumcount() + 1 if len(ranked) else pd.Series(dtype=int)
    places = room.reindex(area.to_numpy()).to_numpy()
    slack = np.round(places * buffer)
    first = ranked["patient_id"].isin(list(pinned)).to_numpy()
    stays = ranked["patient_id"].isin(list(incumbents)).to_numpy() & (place <= places + slack).to_numpy()
    turns = np.select([first, (place <= places - slack).to_numpy(), stays], [0, 1, 2], 3)
    turn = pd.DataFrame({"area": area.to_numpy(), "turn": turns, "place": place}).sort_values(["turn", "place"])
    within = turn.groupby("area", observed=True).cumcount().reindex(ranked.index) if len(turn) else place
    return ranked.assign(listed=within.to_numpy() < places, plain=place.to_numpy() <= places, due=first)


def places_in_words(role: RoleSettings) -> str:
    """A role's capacity in words.

    >>> places_in_words(RoleSettings(title="x", caseload=50))
    'the free places on a caseload of 50 in each practice'
    """
    if role.per_practice is not None:
        return f"{role.per_practice} patients in each practice"
    if role.per_team is not None:
        return f"{role.per_team} patients in each team of practices"
    if role.per_1000 is not None:
        return f"{role.per_1000:g} patients for every 1,000 people in the practice"
    area = "practice" if role.caseload_of == "practice" else "team of practices"
    return f"the free places on a caseload of {role.caseload} in each {area}"
