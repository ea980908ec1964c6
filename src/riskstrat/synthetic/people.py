"""Draw practices and patients: fixed attributes, proneness to conditions and days of onset."""

from dataclasses import dataclass

import numpy as np

from riskstrat.synthetic.conditions import COLUMN, CONDITION_PROCESSES, column_values
from riskstrat.synthetic.medicines import REPEATS
from riskstrat.synthetic.timeline import NEVER, YEAR, BoolArray, FloatArray, IntArray, Timeline

_AGE_BANDS = (2.8, 5.2, 5.7, 6.0, 5.6, 6.0, 6.7, 7.1, 6.8, 6.5, 6.2, 6.7, 6.7, 5.9, 5.0, 4.6, 4.1, 2.7, 1.6, 0.75, 0.2)
ETHNICITIES = ("A", "B", "C", "D", "F", "G", "H", "J", "K", "L", "M", "N", "P", "R", "S", "Z", "")
ETHNICITY_SHARES = (68.0, 0.8, 5.5, 0.8, 0.8, 0.7, 3.0, 2.6, 1.0, 1.6, 1.0, 2.4, 0.5, 0.7, 1.6, 2.0, 7.0)
AREAS = 8
FEMALE = 0


@dataclass(frozen=True)
class Practices:
    """General practices: code, share of the patients, deprivation of each area."""

    codes: tuple[str, ...]
    shares: FloatArray
    area_decile: IntArray


@dataclass(frozen=True)
class PeopleBatch:
    """Fixed attributes of a batch of patients, one entry per patient.

    `onset` holds the day each condition begins (`NEVER` if it does not), `proneness`
    the multiplier of its rate, `takes` and `medicine_start` the repeat medicines.
    `frailty` is the hidden multiplier z of the emergency hazard.
    """

    key: IntArray
    born: IntArray
    sex: IntArray
    decile: IntArray
    practice: IntArray
    area: IntArray
    ethnicity: IntArray
    frailty: FloatArray
    kidney: FloatArray
    blood: FloatArray
    protein: FloatArray
    joined: IntArray
    left: IntArray
    moved: IntArray
    moved_to: IntArray
    onset: IntArray
    proneness: FloatArray
    medicine_start: IntArray
    added_medicines: FloatArray

    @property
    def size(self) -> int:
        """Number of patients."""
        return len(self.born)

    def age(self, when: int | IntArray) -> FloatArray:
        """Compute the age in years, not below 0."""
        return np.asarray(np.maximum((when - self.born) / YEAR, 0.0))

    def has(self, when: int) -> BoolArray:
        """Mark the conditions begun before a day."""
        return np.asarray(self.onset < when)


def make_practices(count: int, rng: np.random.Generator) -> Practices:
    """Draw practices of unequal size, each with areas around its own deprivation."""
    shares = rng.lognormal(0.0, 0.5, count)
    centre = rng.uniform(1.0, 10.0, (count, 1))
    deciles = np.clip(np.rint(centre + rng.normal(0.0, 1.7, (count, AREAS))), 1, 10)
    codes = tuple(f"{'ABCDEFGHJKLMNPY'[n // 810 % 15]}8{1 + n // 90 % 9}{n % 90 + 1:03d}" for n in range(count))
    return Practices(codes, shares / shares.sum(), deciles.astype(np.int64))


def make_people(
    count: int, first_key: int, practices: Practices, frailty: float, timeline: Timeline, rng: np.random.Generator
) -> PeopleBatch:
    """Draw a batch of patients."""
    born = _births(count, timeline, rng)
    sex = np.where(rng.random(count) < 0.5, FEMALE, 1)
    practice = rng.choice(len(practices.codes), count, p=practices.shares)
    area = rng.integers(0, AREAS, count)
    decile = practices.area_decile[practice, area]
    vulnerability, kidney, blood, protein = _traits(count, rng)
    proneness = _proneness(sex, decile, vulnerability, kidney)
    onset = _onset_days(_onset_ages(proneness, rng), born)
    start, added = _medicines(onset, rng)
    joined, left, moved = _registration(born, timeline, rng)
    hidden = rng.gamma(1 / frailty, frailty, count) if frailty > 0 else np.ones(count)
    ethnicity = rng.choice(len(ETHNICITIES), count, p=np.array(ETHNICITY_SHARES) / sum(ETHNICITY_SHARES))
    return PeopleBatch(
        key=np.arange(first_key, first_key + count),
        born=born, sex=sex, decile=decile, practice=practice, area=area, ethnicity=ethnicity,
        frailty=hidden, kidney=kidney, blood=blood, protein=protein,
        joined=joined, left=left, moved=moved, moved_to=rng.integers(0, len(practices.codes), count),
        onset=onset, proneness=proneness, medicine_start=start, added_medicines=added,
    )  # fmt: skip


def _traits(count: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Draw vulnerability, and the kidney, blood and protein traits that depend on it."""
    vulnerability = rng.normal(0.0, 1.0, count)
    kidney = rng.normal(-0.15 * vulnerability, 1.0)
    blood = rng.normal(-0.25 * vulnerability, 1.0)
    return vulnerability, kidney, blood, rng.normal(-0.25 * vulnerability, 1.0)


def _births(count: int, timeline: Timeline, rng: np.random.Generator) -> IntArray:
    """Draw birth days such that ages at mid-span follow the registered population."""
    shares = np.array(_AGE_BANDS)
    lowest = np.array([-timeline.months / 24, *range(0, 100, 5)])
    width = np.append(timeline.months / 24, np.full(20, 5.0))
    band = rng.choice(len(shares), count, p=shares / shares.sum())
    age = lowest[band] + width[band] * rng.random(count)
    middle = (timeline.start + timeline.stop) / 2
    return np.minimum(np.floor(middle - age * YEAR), timeline.stop - 1).astype(np.int64)


def _proneness(sex: IntArray, decile: IntArray, vulnerability: FloatArray, kidney: FloatArray) -> FloatArray:
    """Compute the multiplier of every condition's rate for every patient."""
    loading = column_values("loading")
    log_rate = (
        np.where((sex == FEMALE)[:, None], np.log(column_values("female")), 0.0)
        + np.outer((5.5 - decile) / 9, column_values("deprived"))
        + np.outer(vulnerability, loading)
        - loading**2 / 2
    )
    log_rate[:, COLUMN["chronic_kidney_disease"]] -= 1.3 * kidney + 0.8
    return np.asarray(np.exp(log_rate))


def weibull() -> tuple[FloatArray, FloatArray]:
    """Compute the cumulative rate at 40 and shape of every condition's onset."""
    at40 = -np.log1p(-column_values("at40"))
    at80 = -np.log1p(-column_values("at80"))
    return at40, np.log(at80 / at40) / np.log(2.0)


def _onset_ages(proneness: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Draw ages at onset; a condition speeds up the onset of its children."""
    at40, shape = weibull()
    clock = rng.exponential(size=proneness.shape) / proneness
    ages = np.full(proneness.shape, np.inf)
    for place, condition in enumerate(CONDITION_PROCESSES):
        parents = np.array([COLUMN[name] for name in condition.parents], dtype=np.int64)
        breaks = at40[place] * (np.minimum(ages[:, parents], 1e3) / 40) ** shape[place]
        reached = _hastened(clock[:, place], breaks, np.array(list(condition.parents.values())))
        ages[:, place] = 40 * (reached / at40[place]) ** (1 / shape[place])
    earlier = np.minimum(ages[:, COLUMN["coronary_heart_disease"]], ages[:, COLUMN["myocardial_infarction"]])
    ages[:, COLUMN["coronary_heart_disease"]] = earlier
    return ages


def _hastened(clock: FloatArray, breaks: FloatArray, factors: FloatArray) -> FloatArray:
    """Find the cumulative rate at the base speed at which an onset is reached.

    The rate is multiplied by each factor from its break onwards.
    """
    order = np.argsort(breaks, axis=1)
    position = np.zeros(len(clock))
    speed = np.ones(len(clock))
    left = clock.copy()
    done = np.full(len(clock), np.nan)
    for turn in range(breaks.shape[1]):
        stop = np.take_along_axis(breaks, order[:, turn : turn + 1], 1)[:, 0]
        room = (stop - position) * speed
        ends = np.isnan(done) & (left <= room)
        done[ends] = (position + left / speed)[ends]
        left, position, speed = left - room, stop, speed * factors[order[:, turn]]
    return np.where(np.isnan(done), position + np.maximum(left, 0) / speed, done)


def _onset_days(ages: FloatArray, born: IntArray) -> IntArray:
    never = ages > 110
    days = born[:, None] + np.floor(np.where(never, 0.0, ages) * YEAR).astype(np.int64)
    return np.where(never, NEVER, days)


def _medicines(onset: IntArray, rng: np.random.Generator) -> tuple[IntArray, FloatArray]:
    """Draw the first day of every repeat medicine, and how many each condition brings."""
    start = np.full((len(onset), len(REPEATS)), NEVER)
    added = np.zeros(onset.shape)
    for place, medicine in enumerate(REPEATS):
        for name, share in medicine.share.items():
            takes = rng.random(len(onset)) < share
            column = COLUMN[name]
            start[:, place] = np.where(takes, np.minimum(start[:, place], onset[:, column]), start[:, place])
            added[:, column] += takes
    return start, added


def _registration(born: IntArray, timeline: Timeline, rng: np.random.Generator) -> tuple[IntArray, IntArray, IntArray]:
    """Draw the days of joining, of leaving and of a change of practice."""
    count = len(born)
    span = timeline.stop - timeline.start
    before = timeline.start - rng.integers(30, 8000, count)
    during = timeline.start + rng.integers(0, span, count)
    joined = np.maximum(np.where(rng.random(count) < 0.05, during, before), born)
    leaves = joined + 60 + np.floor(rng.random(count) * span).astype(np.int64)
    left = np.where((rng.random(count) < 0.04) & (leaves > timeline.start), leaves, NEVER)
    moves = np.maximum(joined, timeline.start) + 60 + np.floor(rng.random(count) * span).astype(np.int64)
    moved = np.where((rng.random(count) < 0.08) & (moves < left) & (moves < timeline.stop), moves, NEVER)
    return joined, np.where(left < timeline.stop, left, NEVER), moved
