"""Index of deficits, such as the electronic frailty index, with code lists that the study must give."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import narwhals as nw

from riskstrat.features.aggregates import Aggregate, CodeAggregate, Stat
from riskstrat.features.feature import FeatureColumn
from riskstrat.features.scores.score import ClinicalScore
from riskstrat.tables import CodeSet, Lookback, System


@dataclass(frozen=True)
class DeficitIndex(ClinicalScore):
    """Score of deficits, each found by a code list of the study; absent until the study gives every list.

    study.toml names the list of each deficit ``<name>_<deficit>``. `own` holds the codes of the lists given, by coding
    system and separated by spaces.
    """

    deficits: tuple[str, ...] = ()
    own: Mapping[str, Mapping[System, str]] = field(default_factory=dict)
    takes = frozenset[System]({"icd10", "snomed", "readv2", "ctv3", "medcode", "omop"})

    @property
    def lists(self) -> tuple[str, ...]:
        """Names of the code lists that it needs."""
        return tuple(f"{self.name}_{deficit}" for deficit in self.deficits)

    @property
    def awaits_code_lists(self) -> tuple[str, ...]:  # type: ignore[override]
        """Names of the code lists that the study has not given."""
        return tuple(name for name in self.lists if name not in self.own)

    @property
    def report_if_absent(self) -> bool:
        """Whether the study gives at least one of the lists."""
        return bool(self.own)

    @property
    def requires(self) -> tuple[str, ...]:  # type: ignore[override]
        """The GP record, whatever else it reads."""
        return ("gp_events",)

    @property
    def systems(self) -> frozenset[str]:
        """The coding systems of the codes given."""
        return frozenset(system for codes in self.own.values() for system in codes)

    def aggregates(self) -> tuple[Aggregate, ...]:
        """Return the last day of each deficit whose list is given."""
        sets = [CodeSet(name, self.own[name], "the study's own code list") for name in self.lists if name in self.own]
        return tuple(CodeAggregate(f"{one.name}_last", "gp_events", one, Stat("last")) for one in sets)

    def _early(self) -> tuple[FeatureColumn, ...]:
        def how_many(_: Lookback) -> nw.Expr:
            held = [nw.when(nw.col(f"{name}_last").is_null()).then(0).otherwise(1) for name in self.lists]
            return nw.sum_horizontal(*held).cast(nw.Int32)

        number = len(self.deficits)
        what = f"deficits of the {self.title} found by code lists, out of {number}"
        column = FeatureColumn(f"{self.name}_deficits", "deficits", "ever", what, "count", how_many)
        before = f"deficits of {self.title} by code lists, of {number}"
        return (replace(column, monotone=self.monotone, defined_as=before),)
