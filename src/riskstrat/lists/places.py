"""Work out how many places a list has and who gets them: capacity, teams of practices, and stability by month.

Decision
--------
*Capacity.* A list is never longer than the team's capacity: a number of patients for each practice or team of
practices, a number for every 1,000 people of the practice's cohort (rounded up), or the free places on a caseload. A
team's places go to its patients in one order, whatever their practice, but each practice gets a list of its own.

*Stability.* A patient is not dropped for moving from rank 50 to 51. With ``lists.stability_pct`` = 20 and 50 places,
the first 40 patients are listed in any case; patients of the last list stay while they are among the first 60; the
other places go by rank. Share indices limit their turnover by the same buffer rule. 0 switches it off. The cost is
shown: the admissions expected among the patients listed, against those among the first 50 by rank alone.
"""

from collections.abc import Collection

import numpy as np
import pandas as pd

from riskstrat.study import RoleSettings


def room_of(role: RoleSettings, areas: pd.Series, holds: pd.Series) -> pd.Series:
    """Count the places by area; `holds` marks the patients already on the role's caseload."""
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
    """Mark the candidates, in the role's order, who are `listed`, would be by rank alone (`plain`), and are `due`.

    Parameters
    ----------
    areas, room : pandas.Series
        Area of each patient (`RoleSettings.areas`), and places by area.
    incumbents, pinned : collection of str
        Pseudonyms on the last list, and those that are listed before all others.
    buffer : float
        Share of the places that the stability rule may decide.
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
    """Describe a role's capacity in words.

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
