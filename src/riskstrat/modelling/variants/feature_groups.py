"""A variant on some groups of columns: hospital records only, or GP records only.

Decision
--------
A column belongs to the group of the records it is made from. A column made from several, or from unknown ones, belongs
to none and is not used. Age, sex and area are demographic, and known to both hospitals and practices. If there is no
column of the records asked for, nothing is selected: the result would be a model of age and sex under another name.

Boosting on GP records shows what is possible where no hospital sends its records; boosting on hospital records shows it
where no practice does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

from riskstrat.features import FeatureGroup
from riskstrat.modelling.variant import Fitted, ModelColumn, Sample, Trial, Variant, VariantSettings
from riskstrat.modelling.variants.boosting import BOOSTING


@dataclass(frozen=True)
class GroupedVariant:
    """A variant that sees only some groups of columns."""

    variant: Variant
    groups: tuple[FeatureGroup, ...]
    name: str
    title: str
    reason: str

    @property
    def files(self) -> tuple[str, ...]:
        """The files of the variant."""
        return self.variant.files

    @property
    def monotone(self) -> bool:
        """As for the variant."""
        return self.variant.monotone

    def select(self, columns: Sequence[ModelColumn]) -> list[str]:
        """Select the variant's columns in its groups; none if the only ones are demographic."""
        seen = [column for column in columns if column.group in self.groups]
        records = {column.group for column in seen} - {"demographic"}
        return self.variant.select(seen) if records or self.groups == ("demographic",) else []

    def candidates(self, budget: int, seed: int) -> list[VariantSettings]:
        """List the candidates of the variant."""
        return self.variant.candidates(budget, seed)

    def trial(self, inner: Sample, outer: Sample, seed: int, settings: VariantSettings) -> Trial:
        """Try the variant."""
        return self.variant.trial(inner, outer, seed, settings)

    def fit(self, sample: Sample, seed: int, settings: VariantSettings) -> Fitted:
        """Fit the variant."""
        return self.variant.fit(sample, seed, settings)

    def load(self, folder: Path) -> Fitted:
        """Read the variant."""
        return self.variant.load(folder)


def restricted(variant: Variant, groups: Sequence[FeatureGroup]) -> Variant:
    """Restrict a variant to some groups of columns, under its own name; return it unchanged for all groups.

    >>> age, contacts = ModelColumn("age", group="demographic"), ModelColumn("gp_contacts", "count", "gp")
    >>> columns = [age, contacts, ModelColumn("ltc_count")]
    >>> restricted(BOOSTING, ("gp", "demographic")).select(columns)
    ['age', 'gp_contacts']
    >>> restricted(BOOSTING, ("hospital", "gp", "demographic")).select(columns)
    ['age', 'gp_contacts', 'ltc_count']
    """
    if set(groups) == set(get_args(FeatureGroup)):
        return variant
    return GroupedVariant(variant, tuple(groups), variant.name, variant.title, variant.reason)


GP_ONLY = GroupedVariant(
    variant=BOOSTING,
    groups=("gp", "demographic"),
    name="gp_only",
    title="Boosting on GP records and demographics",
    reason="For places without hospital records. Compared with boosting, it shows what they add.",
)

HOSPITAL_ONLY = GroupedVariant(
    variant=BOOSTING,
    groups=("hospital", "demographic"),
    name="hospital_only",
    title="Boosting on hospital records and demographics",
    reason="For places without GP records. Compared with boosting, it shows what they add.",
)
