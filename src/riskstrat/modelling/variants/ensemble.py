"""Logistic regression and boosting, stacked.

Decision
--------
Each member predicts people it has not seen, in three folds by person; a logistic regression of the outcome on these log
odds gives each member its weight. A member whose weight would be negative is dropped, because a model that reverses one
member's prediction cannot be explained. Then the members are fitted again on everyone. The log odds are a weighted sum,
and so are the contributions. Settings are those of the members, each under the member's name.

A trial fits the stack on half of the people held out and judges it on the other half, and the other way round.

Sources: Wolpert, Neural Networks 1992;5:241, doi 10.1016/S0893-6080(05)80023-1; Breiman, Machine Learning 1996;24:49,
doi 10.1007/BF00117832 (weights that are not negative).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from riskstrat.modelling.search import GridVariant, log_loss
from riskstrat.modelling.variant import Fitted, Sample, Trial, Variant, VariantSettings
from riskstrat.modelling.variants.boosting import BOOSTING
from riskstrat.modelling.variants.elastic_net import Problem, fit_path
from riskstrat.modelling.variants.logistic import LOGISTIC
from riskstrat.tables import FeatureMatrix, Floats

MEMBERS: tuple[Variant, ...] = (LOGISTIC, BOOSTING)
_FILE = "stack.json"
_FOLDS = 3
PENALTY = 1e-5


@dataclass(frozen=True)
class Stack:
    """A fitted stack: constant + weights x log odds of the members."""

    members: Sequence[Fitted]
    weights: Floats
    constant: float

    def log_odds(self, x: FeatureMatrix) -> Floats:
        """Predict log odds, shape (rows,)."""
        return _scores(self.members, x) @ self.weights + self.constant

    def contributions(self, x: FeatureMatrix) -> Floats:
        """Compute weighted sums of the members' contributions, shape (rows, columns)."""
        parts = [w * member.contributions(x) for w, member in zip(self.weights, self.members, strict=True)]
        return np.asarray(sum(parts))

    def save(self, folder: Path) -> None:
        """Write the members' files and stack.json."""
        for member in self.members:
            member.save(folder)
        text = json.dumps({"constant": self.constant, "weights": self.weights.tolist()})
        (folder / _FILE).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Ensemble(GridVariant):
    """Logistic regression and boosting, weighted by their performance on people not seen before."""

    name: str = "ensemble"
    title: str = "Logistic regression and boosted trees, stacked"
    reason: str = "For a little more accuracy, at the cost of maintaining two models."
    files: tuple[str, ...] = (*(name for member in MEMBERS for name in member.files), _FILE)
    monotone: bool = False

    def candidates(self, budget: int, seed: int) -> list[VariantSettings]:
        """Combine the candidates of the members; a member with fewer repeats its first."""
        tried = [member.candidates(budget, seed) for member in MEMBERS]
        most = max(len(own) for own in tried)
        return [_side_by_side([own[i] if i < len(own) else own[0] for own in tried]) for i in range(most)]

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        """Try the members, and judge a stack of them."""
        found = [member.trial(inner, outer, seed, _of(member, settings)).settings for member in MEMBERS]
        kept = _side_by_side(found)
        scores = _scores(_fitted(inner, seed, kept), outer.x)
        judged = np.empty(len(outer.y))
        for half in (outer.fold % 2 == 0, outer.fold % 2 == 1):
            weights, constant = _weights(scores[~half], outer.only(~half))
            judged[half] = scores[half] @ weights + constant
        return Trial(kept, log_loss(judged, outer))

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Weight the members on people they have not seen, then fit them on everyone."""
        scores = np.empty((len(sample.y), len(MEMBERS)))
        for fold in range(_FOLDS):
            held = sample.fold % _FOLDS == fold
            scores[held] = _scores(_fitted(sample.only(~held), seed, settings), sample.x[held])
        return Stack(_fitted(sample, seed, settings), *_weights(scores, sample))

    def load(self, folder: Path) -> Stack:
        """Read the members' files and stack.json."""
        content = json.loads((folder / _FILE).read_text(encoding="utf-8"))
        members = [member.load(folder) for member in MEMBERS]
        return Stack(members, np.array(content["weights"], float), content["constant"])


def _fitted(sample: Sample, seed: int, settings: VariantSettings) -> list[Fitted]:
    return [member.fit(sample, seed, _of(member, settings)) for member in MEMBERS]


def _scores(members: Sequence[Fitted], x: FeatureMatrix) -> Floats:
    """Predict log odds by each member, shape (rows, members)."""
    return np.column_stack([member.log_odds(x) for member in members])


def _of(member: Variant, settings: VariantSettings) -> VariantSettings:
    """Select the settings of a member, under its own names."""
    prefix = f"{member.name}_"
    return {key.removeprefix(prefix): value for key, value in settings.items() if key.startswith(prefix)}


def _side_by_side(parts: Sequence[VariantSettings]) -> VariantSettings:
    """Join the settings of all members, each under the member's name."""
    return {
        f"{member.name}_{key}": value for member, own in zip(MEMBERS, parts, strict=True) for key, value in own.items()
    }


def _weights(scores: Floats, sample: Sample) -> tuple[Floats, float]:
    """Fit the weights of the members, none of them negative, and a constant."""
    kept = np.arange(scores.shape[1])
    weight = np.ones(len(scores)) if sample.weight is None else sample.weight
    while True:
        problem = Problem(scores[:, kept], sample.y, weight, lambda x: x.astype(np.float32))
        found = next(fit_path(problem, [PENALTY], lasso=0))
        slopes = found.slopes / found.scales
        if len(kept) == 1 or (slopes >= 0).all():
            break
        kept = np.delete(kept, slopes.argmin())
    weights = np.zeros(scores.shape[1])
    weights[kept] = slopes
    return weights, float(found.intercept - found.means @ slopes)


ENSEMBLE = Ensemble()
