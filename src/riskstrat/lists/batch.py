"""Make the lists of an index date in memory, before anything is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pandas as pd

from riskstrat.lists.changes import GONE, ListKey, dropped_since, list_counts, since_last, why
from riskstrat.lists.columns import DECISION_MEANINGS
from riskstrat.lists.decisions import effects_in_words
from riskstrat.lists.files.output import CaseList
from riskstrat.lists.header import header
from riskstrat.lists.inputs import ListInputs
from riskstrat.lists.rows import describe_rows
from riskstrat.lists.runs import ListCounts
from riskstrat.lists.selection import Selections, select_all
from riskstrat.modelling import code_lists_in_words

ELSEWHERE, ANOTHER = "no longer listed", "another service"


@dataclass(frozen=True)
class ListBatch:
    """The lists of an index date, their counts, and the rows of all lists in one table.

    `dropped` are the patients who were on the last lists and are not on these; see `dropped_since`.
    """

    lists: list[CaseList]
    counts: list[ListCounts]
    rows: pd.DataFrame
    dropped: pd.DataFrame
    selections: Selections

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """The tables that are stored beside the lists, by file name."""
        beside = {"kept_off": self.selections.held_back, "fates": self.selections.outcomes_by_role()}
        return {"lists": self.rows, "left": self.dropped, **beside}


def make_batch(inputs: ListInputs, unique: bool) -> ListBatch:
    """Choose the patients of each list (each patient once only, if `unique`) and fill in their rows."""
    (everyone, rise), past = inputs.everyone, inputs.history
    who = select_all(inputs.session.study, everyone, rise, past, inputs.day, unique)
    rows, dropped = describe_rows(inputs, who), dropped_since(who, past)
    counts = list_counts(who, since_last(rows, dropped, first=past.last is None))
    return ListBatch(case_lists(inputs, who, counts, rows, dropped), list(counts.values()), rows, dropped, who)


def case_lists(
    inputs: ListInputs,
    who: Selections,
    counts: Mapping[ListKey, ListCounts],
    rows: pd.DataFrame,
    dropped: pd.DataFrame,
) -> list[CaseList]:
    """Assemble every list with its header and its side tables."""
    study = inputs.session.study
    codes, effects = code_lists_in_words(inputs.bundle), effects_in_words(study.decisions)
    own = [name for name, role in study.roles.items() if role.own_basis]
    held = _disclosed(who.held_back, own).assign(index_date=inputs.day)
    by_list, gone, back = (_by_list(table) for table in (rows, _named(dropped, own), held))
    made = []
    for (name, practice), count in counts.items():
        role, at = study.roles[name], (name, practice)
        about = header(inputs, name, count, bool(who.rise.noise))
        about["code_lists"] = codes
        mine = by_list.get(at, rows.iloc[:0])
        mine = mine[[one for one in mine.columns if not role.columns or one in role.columns]].reset_index(drop=True)
        shown = tuple(DECISION_MEANINGS), effects, role.printed
        made.append(CaseList(practice, name, about, mine, *shown, dropped=gone.get(at), held_back=back.get(at)))
    return made


def _by_list(rows: pd.DataFrame) -> dict[ListKey, pd.DataFrame]:
    return {(str(r), str(p)): mine for (r, p), mine in rows.groupby(["role", "practice_code"], sort=False)}


def _disclosed(held_back: pd.DataFrame, own: Sequence[str]) -> pd.DataFrame:
    """Hide who decided: another service sees its own decisions only, and other roles see `ANOTHER` in its place."""
    mine = held_back["role"] == held_back["stands_by"]
    seen = held_back[mine | ~held_back["role"].isin(own)]
    return seen.assign(stands_by=seen["stands_by"].where(mine | ~seen["stands_by"].isin(own), ANOTHER))


def _named(dropped: pd.DataFrame, own: Sequence[str]) -> pd.DataFrame:
    """Keep the patients no longer listed who may be named, with the reason; another service gets no reason."""
    named = dropped[dropped["fate"] != GONE]
    return named.assign(why=named["fate"].map(why).where(~named["role"].isin(own), ELSEWHERE))
