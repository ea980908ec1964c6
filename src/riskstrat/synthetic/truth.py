"""True and best-known risk of an unplanned admission in the coming 365 days."""

import numpy as np
import pyarrow as pa

from riskstrat.synthetic import hazard
from riskstrat.synthetic.conditions import COLUMN, CONDITION_PROCESSES
from riskstrat.synthetic.hazard import Burden
from riskstrat.synthetic.months import State, burden_at
from riskstrat.synthetic.people import PeopleBatch, weibull
from riskstrat.synthetic.timeline import MONTH, WINDOW, BoolArray, FloatArray, Timeline

_RISKS = ("true_risk", "best_known_risk")
TRUTH_SCHEMA = pa.schema({"patient_id": pa.string(), "index_date": pa.date32(), **dict.fromkeys(_RISKS, pa.float64())})


def onset_rates(people: PeopleBatch, has: BoolArray, when: int) -> FloatArray:
    """Compute the monthly rate at which each absent condition begins."""
    at40, shape = weibull()
    age = np.maximum(people.age(when) + 0.5, 0.05)[:, None]
    rates = people.proneness * at40 * shape * (age / 40) ** (shape - 1) / 40 / 12
    for place, condition in enumerate(CONDITION_PROCESSES):
        for name, factor in condition.parents.items():
            rates[:, place] *= np.where(has[:, COLUMN[name]], factor, 1.0)
    infarction = rates[:, COLUMN["myocardial_infarction"]] * ~has[:, COLUMN["myocardial_infarction"]]
    rates[:, COLUMN["coronary_heart_disease"]] += infarction
    return np.asarray(np.where(has, 0.0, rates))


def expected_growth(
    people: PeopleBatch, has: BoolArray, load: Burden, when: int
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Compute the expected monthly growth of the hazards through new conditions.

    Of each month: relative growth of the admission hazard, expected acute pulse times its hazard ratio, and relative
    growth of the death hazard.
    """
    rates = onset_rates(people, has, when)
    young = np.where((people.age(when) < 50)[:, None], hazard.YOUNG, 0.0)
    raw = load.raw[:, None] + hazard.ADMIT + load.partners + young
    gain = hazard.saturate(raw, hazard.SATURATION) - hazard.saturate(load.raw, hazard.SATURATION)[:, None]
    more = hazard.medicine_steps(load.medicines[:, None] + people.added_medicines)
    ratio = np.exp(gain + more - hazard.medicine_steps(load.medicines)[:, None])
    dying = hazard.saturate(load.dying[:, None] + hazard.DIE, hazard.DEATH_SATURATION)
    death_ratio = np.exp(dying - hazard.saturate(load.dying, hazard.DEATH_SATURATION)[:, None])
    pulse = (rates * ratio * hazard.PULSE).sum(1)
    return (rates * (ratio - 1)).sum(1), pulse, (rates * (death_ratio - 1)).sum(1)


def true_risks(
    people: PeopleBatch, state: State, timeline: Timeline, month: int, frailty: float
) -> tuple[FloatArray, FloatArray]:
    """Compute the true and best-known risk on the first day of a month.

    The true risk knows the frailty z. The best-known risk integrates over its
    posterior, Gamma(k + events, k + past hazard) with k = 1 / variance.
    """
    index = int(timeline.starts[month])
    has, load = burden_at(people, index)
    growth, pulse, decline = expected_growth(people, has, load, index)
    shape, rate = _posterior(state, frailty)
    surviving, ahead = np.ones(people.size), np.zeros(people.size)
    true, known = np.zeros(people.size), np.zeros(people.size)
    for turn in range(12):
        first = int(timeline.starts[month + turn])
        last = min(int(timeline.starts[month + turn + 1]), index + WINDOW)
        start = np.clip(state.free_from, first, last)
        days = (last - start).astype(np.float64)
        more = 1 + growth * turn
        fresh = pulse * np.exp(-np.arange(turn) * MONTH / hazard.TAU).sum() / more
        level = load.acute * (state.acute_at(start) + fresh)
        quantity = hazard.admission_rate(people, load, first) * more * (days + hazard.acute_days(level, days))
        deadly = hazard.death_rate(people, load, first) * (1 + decline * turn) * days
        half = surviving * np.exp(-deadly / 2)
        true += half * np.exp(-people.frailty * ahead) * -np.expm1(-people.frailty * quantity)
        known += half * (_escape(shape, rate, ahead) - _escape(shape, rate, ahead + quantity))
        surviving *= np.exp(-deadly)
        ahead += quantity
    leaves_alive = np.where(state.free_from > index, 1 - state.stay_death, 1.0)
    return true * leaves_alive, (known if frailty > 0 else true) * leaves_alive


def _posterior(state: State, frailty: float) -> tuple[FloatArray, FloatArray]:
    """Give shape and rate of the gamma posterior of z; not used without frailty."""
    if frailty <= 0:
        return np.ones(len(state.past)), np.ones(len(state.past))
    return 1 / frailty + state.events.astype(np.float64), 1 / frailty + state.past


def _escape(shape: FloatArray, rate: FloatArray, quantity: FloatArray) -> FloatArray:
    """Compute the probability of no admission over a cumulative hazard, z integrated out."""
    return np.asarray(np.exp(shape * np.log(rate / (rate + quantity))))


def truth_rows(
    people: PeopleBatch, state: State, timeline: Timeline, month: int, frailty: float, keys: pa.Array
) -> pa.Table:
    """Make rows of the truth for the patients alive and registered on the first day of a month.

    A patient whose stay will end in death counts as alive until then.
    """
    index = int(timeline.starts[month])
    true, known = true_risks(people, state, timeline, month, frailty)
    here = (state.death >= index) & (people.born <= index) & (people.joined <= index) & (people.left > index)
    who = np.flatnonzero(here)
    dated = pa.array(np.full(len(who), index, dtype=np.int32)).cast(pa.date32())
    return pa.table([keys.take(pa.array(who)), dated, true[who], known[who]], TRUTH_SCHEMA)
