"""Synthetic NHS extracts with a known true risk of emergency admission.

Nothing here comes from a person. The process, in monthly steps:

1. People. Age, sex and deprivation follow England's registered population; v ~ N(0, 1)
   is general vulnerability; kidney, blood and protein are personal traits that drift
   with age and show as eGFR, haemoglobin and albumin; z ~ Gamma(mean 1, variance
   `frailty`) is hidden from every extract.
2. Conditions. Condition c begins at cumulative rate w_c R_c(age), R_c Weibull through
   the shares ever diagnosed at 40 and 80, w_c = exp(sex + deprivation + loading_c v);
   parents multiply the later rate (hypertension -> CHD -> heart failure -> ...).
   A condition acts from the month after it is coded.
3. Burden. b = sum_c beta_c x_c + sum of pairwise interactions + more under 50 for mental
   illness, alcohol, asthma, epilepsy and diabetes; it saturates: B = S tanh(b / S).
4. Emergency admissions. Daily hazard z lambda(t) (1 + A a(t)),
   log lambda = f(age) + sex (women under 50, men from 50) + deprivation (under 65)
   + B + steps(medicines >= 5, >= 10)
   + steps(eGFR < 45, < 30; haemoglobin < 115, < 100; albumin < 36, < 32)
   + (w + u COPD) cos(2 pi (month - 1) / 12).
   The acute level a is set to 1 by an emergency discharge, raised by a diagnosis, and
   decays as exp(-days / tau): people regress to the mean. A is larger with heart failure,
   COPD, liver disease or frailty. Nobody can be admitted while in hospital.
5. Deaths. Outside hospital with hazard mu(age, sex, deprivation, conditions); inside
   with a probability per emergency admission. Neither depends on z.
6. Truth on an index date t, over 365 days. With Lambda_j the cumulative hazard at z = 1
   ahead (age, season, acute decay known; new conditions by their expected effect) and
   S_j survival from death in the community, true risk
   = sum_j S_j (exp(-z Lambda_j) - exp(-z Lambda_j+1)).
   Deaths and contacts carry no information on z, so given the past it is
   Gamma(1 / frailty + admissions, 1 / frailty + past hazard), and the best-known risk
   replaces exp(-z L) by (beta / (beta + L)) ** alpha.
7. Records. GP codes, measurements, prescriptions, contacts, and hospital activity follow
   from the above; a few per cent arrive late, in other code systems or other units.
8. Planned care. Reviews and vaccinations depend on conditions, age and a lasting habit;
   nothing depends on them.
"""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from riskstrat.synthetic.admitted_care import write_admitted_care
from riskstrat.synthetic.batch import Batch, live, pseudonyms
from riskstrat.synthetic.csv_files import CsvExtract
from riskstrat.synthetic.gp_events import write_gp_events
from riskstrat.synthetic.months import State
from riskstrat.synthetic.outpatients import write_outpatients
from riskstrat.synthetic.people import PeopleBatch, make_people, make_practices
from riskstrat.synthetic.planned_care import write_planned_care
from riskstrat.synthetic.practice_records import write_practice_records
from riskstrat.synthetic.prescriptions import write_prescriptions
from riskstrat.synthetic.spells import make_spells
from riskstrat.synthetic.timeline import SPAN_END, Timeline
from riskstrat.synthetic.truth import TRUTH_SCHEMA, truth_rows
from riskstrat.synthetic.urgent_care import write_urgent_care

_BATCH = 10_000
PLANNED_CARE = 1

__all__ = ["SPAN_END", "generate"]


def generate(
    folder: Path,
    patients: int,
    seed: int = 0,
    months: int = 60,
    practices: int | None = None,
    frailty: float = 0.5,
    compress: bool = False,
    tick: Callable[[int], None] | None = None,
    until: date = SPAN_END,
) -> None:
    """Write synthetic extracts (`extracts/`) and, beside them, the truth (`truth.parquet`).

    Parameters
    ----------
    seed : int
        The same arguments and seed give the same files.
    months : int
        Length of the span.
    practices : int or None
        By default one for 8,000 patients, at least 4.
    frailty : float
        Variance of the hidden frailty; 0 for none.
    tick : callable or None
        Called with the number of patients done.
    until : date
        The span ends with the month of this day.
    """
    folder.mkdir(parents=True, exist_ok=True)
    timeline = Timeline.ending(months, until)
    surgeries = make_practices(practices or max(4, round(patients / 8000)), np.random.default_rng([seed, 0]))
    with (
        CsvExtract(folder / "extracts", compress) as store,
        pq.ParquetWriter(folder / "truth.parquet", TRUTH_SCHEMA) as truth,
    ):
        for number, first in enumerate(range(0, patients, _BATCH), start=1):
            count, rng = min(_BATCH, patients - first), np.random.default_rng([seed, number])
            people = make_people(count, first, surgeries, frailty, timeline, rng)
            keys = pseudonyms(count, rng)
            at_index = _truth_writer(truth, people, timeline, frailty, keys)
            batch = live(people, surgeries, timeline, keys, rng, at_index)
            _write(batch, store, rng)
            write_planned_care(batch, store, np.random.default_rng([seed, number, PLANNED_CARE]))
            if tick is not None:
                tick(first + count)


def _truth_writer(
    truth: pq.ParquetWriter, people: PeopleBatch, timeline: Timeline, frailty: float, keys: pa.Array
) -> Callable[[State, int], None]:
    def write(state: State, month: int) -> None:
        truth.write_table(truth_rows(people, state, timeline, month, frailty, keys))

    return write


def _write(batch: Batch, store: CsvExtract, rng: np.random.Generator) -> None:
    spells = make_spells(batch, rng)
    write_practice_records(batch, store, rng)
    write_gp_events(batch, store, rng)
    write_prescriptions(batch, store, rng)
    write_admitted_care(batch, spells, store, rng)
    write_urgent_care(batch, spells, store, rng)
    write_outpatients(batch, store, rng)
