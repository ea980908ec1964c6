"""The items of a card, filled in: their texts are in ``templates/card.toml``, what is known is worked out here."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files

from riskstrat.model_card.making import making
from riskstrat.model_card.performance import performance
from riskstrat.model_card.subject import NOT_REPORTED, UNFILLED, Subject

TEMPLATE = "templates/card.toml"


@dataclass(frozen=True)
class Item:
    """One item of TRIPOD+AI.

    Parameters
    ----------
    number, name : str
        "5b", "Data: dates"; no number where it is none of theirs.
    text : str
    """

    number: str
    name: str
    text: str

    @property
    def heading(self) -> str:
        """Number and name."""
        return f"{self.number} {self.name}".strip()


@dataclass(frozen=True)
class Part:
    """Items under one heading.

    Parameters
    ----------
    key, title : str
    items : tuple of Item
    """

    key: str
    title: str
    items: tuple[Item, ...]


def parts(subject: Subject) -> tuple[Part, ...]:
    """All items of a card."""
    known = {"not_reported": NOT_REPORTED, "unfilled": UNFILLED, **making(subject), **performance(subject)}
    template = tomllib.loads(files("riskstrat").joinpath(TEMPLATE).read_text(encoding="utf-8"))
    return tuple(
        Part(
            part["key"],
            part["title"],
            tuple(Item(number, name, " ".join(text.format_map(known).split())) for number, name, text in part["items"]),
        )
        for part in template["part"]
    )
