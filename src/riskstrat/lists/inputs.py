"""Read what the lists of an index date are made from, each file once.

Decision
--------
The run's manifest is read at once, because it shows whether there is anything to do. Everything else is read when it is
first needed: a command on lists that are current does not wait for it, and no patient data are read before it is known
that they may be used today.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskstrat.engine import read_batches
from riskstrat.errors import BundleError, NothingToDoError
from riskstrat.features import Plan, plan_for
from riskstrat.lists.decisions import decisions_standing
from riskstrat.lists.facts import COUNTS, IDENTITY, STATUSES, facts, named_in
from riskstrat.lists.history import (
    ListHistory,
    cases_at,
    decided_before,
    listed_after,
    of_their_practice,
    past_risks,
    read_history,
    read_members,
)
from riskstrat.lists.prompts import PROMPTING_MEDICINES
from riskstrat.lists.rising import Rise, rising
from riskstrat.lists.runs import ScoredRun
from riskstrat.modelling import Bundle, load_bundle, session_for
from riskstrat.study import Session, Study, read_decisions
from riskstrat.tables import Snapshot, sha256_of


@dataclass(frozen=True)
class ListInputs:
    """Inputs of the lists of an index date, each read when first used.

    `opened` is the study as it was opened, and `session` the same with the outcome window of the model. `earlier` are
    the runs before, oldest first; `next_listed` is the next index date that has lists.
    """

    opened: Session
    snapshot: Snapshot
    run: ScoredRun
    earlier: tuple[ScoredRun, ...]
    next_listed: date | None

    @property
    def day(self) -> date:
        """The index date."""
        return self.run.day

    @property
    def listed(self) -> list[ScoredRun]:
        """The earlier runs that have lists, oldest first."""
        return [run for run in self.earlier if run.is_listed]

    @cached_property
    def plan(self) -> Plan:
        """The features that the snapshot supports."""
        return plan_for(self.opened, self.snapshot)

    @cached_property
    def bundle(self) -> Bundle:
        """The model that scored the run.

        Raises
        ------
        BundleError
            If the model was trained again after it scored the run.
        """
        made = self.run.manifest
        home = self.opened.folder.bundle(made["model"])
        if made.get("model_key") not in (None, sha256_of(home / "SHA256SUMS")):
            what = f"The model {made['model']} was trained again after it scored {made['index_date']}."
            do = f"Run `riskstrat score --index-date {made['index_date']}`, or restore the earlier model."
            raise BundleError(what, advice=do)
        return load_bundle(home, self.opened.study.packages)

    @cached_property
    def session(self) -> Session:
        """The study with the outcome window of the model."""
        return session_for(self.opened, self.bundle)

    @cached_property
    def members(self) -> pa.Table:
        """The members of the cohort, with their practice."""
        return read_members(self.run.folder)

    @property
    def practices(self) -> set[str]:
        """The practices of the cohort."""
        return set(pc.unique(self.members["practice_code"]).to_pylist())

    @cached_property
    def log(self) -> pd.DataFrame:
        """All stored decisions."""
        return read_decisions(self.opened.folder.path)

    @cached_property
    def decided(self) -> pd.DataFrame:
        """The decisions made before the next lists; see `decided_before`."""
        return decided_before(self.log, self.day, self.next_listed)

    @cached_property
    def standing(self) -> pd.DataFrame:
        """The decisions that affect these lists; see `decisions_standing`."""
        decided = of_their_practice(self.decided, self.members)
        return decisions_standing(decided, self.session.study.decisions, self.day)

    @cached_property
    def cases(self) -> tuple[pd.DataFrame, dict[str, str]]:
        """The patients whom roles accepted, and all patients on a caseload; see `cases_at`."""
        return cases_at(self.session, self.snapshot, self.day, self.standing)

    @cached_property
    def history(self) -> ListHistory:
        """The history of the months before."""
        return read_history(self.run, self.listed, self.snapshot, self.standing, self.cases[0])

    @cached_property
    def everyone(self) -> tuple[pd.DataFrame, Rise]:
        """The columns for rules of the whole cohort, and whose risk is rising."""
        return read_everyone(self.session.study, self.run, self.earlier, self.cases[1])


def read_inputs(session: Session, day: date, snapshot: Snapshot | None = None) -> ListInputs:
    """Open the inputs of the lists of an index date, from the latest snapshot if none is given.

    Raises
    ------
    NothingToDoError
        If that index date was not scored.
    """
    run, dates = ScoredRun(session.folder.run(day)), session.folder.run_dates()
    if "score_key" not in run.manifest:
        do = f"Run `riskstrat score --index-date {day}` first."
        raise NothingToDoError(f"There are no scores for {day}.", advice=do)
    earlier = tuple(ScoredRun(session.folder.run(one)) for one in dates if one < day)
    latest = snapshot or session.folder.snapshot()
    return ListInputs(session, latest, run, earlier, listed_after(session, dates, day))


def read_everyone(
    study: Study, run: ScoredRun, earlier: Collection[ScoredRun], held: Mapping[str, str]
) -> tuple[pd.DataFrame, Rise]:
    """Read the columns for rules (see `facts`) in the order of patient_id, and find whose risk is rising."""
    named = named_in(study.roles.values())
    wanted = {"scores": None, "features": needed_columns(run, named), "cohort": None}
    files = [read_batches(run.folder / f"{name}.parquet", columns) for name, columns in wanted.items()]
    rows = pd.concat([facts(s, f, c, held, named) for s, f, c in zip(*files, strict=True)], ignore_index=True)
    rows = rows.sort_values("patient_id", ignore_index=True)
    rows["practice_code"] = rows["practice_code"].astype("category")
    same = [one for one in earlier if one.model == run.model][-study.lists.rising_runs :]
    past = past_risks(same, pa.array(rows["patient_id"], pa.string()))
    rise = rising(rows["risk_pct"].to_numpy(), past, study.lists.rising_points, study.lists.rising_of_100)
    return rows.assign(rising=rise.flags), rise


def needed_columns(run: ScoredRun, named: Collection[str]) -> list[str]:
    """List the columns of the matrix that lists need, so that no others are read."""
    prompting = (column for one in PROMPTING_MEDICINES for column in one.reads)
    wanted = {*IDENTITY, *COUNTS.values(), *STATUSES.values(), *prompting, *named}
    return [name for name in pq.read_schema(run.folder / "features.parquet").names if name in wanted]
