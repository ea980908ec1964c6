"""The tables of README that are generated from the program. Its cog blocks import this module."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from riskstrat.cli import app
from riskstrat.features import Feature, all_features
from riskstrat.lists.columns import COLUMNS
from riskstrat.reports import catalogue_sections
from riskstrat.reports.catalogue import CatalogueSection


def markdown(section: CatalogueSection) -> str:
    """Write a section of the catalogue as a Markdown table."""
    lines = [f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in (section.columns, *section.rows)]
    return "\n".join([lines[0], "|" + "---|" * len(section.columns), *lines[1:]])


def catalogue(name: str) -> str:
    """Write a section of the catalogue by its name."""
    return markdown(catalogue_sections(name)[0])


def all_commands(group: typer.Typer) -> dict[str, Any]:
    """Name every command by the words that call it, those of sub-groups among them."""
    found: dict[str, Any] = {}
    for name, command in vars(get_command(group))["commands"].items():
        inner = getattr(command, "commands", None)
        found |= {name: command} if inner is None else {f"{name} {sub}": one for sub, one in inner.items()}
    return found


def commands() -> str:
    """Write what each command does, with an example."""
    rows = [
        (f"`riskstrat {name}`", one.help, f"`{one.epilog.removeprefix('Example: ')}`")
        for name, one in all_commands(app).items()
    ]
    return markdown(CatalogueSection("commands", ("command", "does", "example"), rows))


def feature_families() -> CatalogueSection:
    """Sum up the features, family by family: their topics, and how many columns they make."""
    families: dict[tuple[str, str], list[Feature]] = {}
    for feature in all_features().values():
        families.setdefault((type(feature).__name__, feature.group), []).append(feature)
    rows = [
        (name, group, ", ".join(f.name for f in some), str(sum(len(f.columns()) for f in some)))
        for (name, group), some in families.items()
    ]
    total = str(sum(int(row[-1]) for row in rows))
    return CatalogueSection("families", ("family", "group", "topics", "columns"), [*rows, ("total", "", "", total)])


def list_columns() -> CatalogueSection:
    """Say what each column of a list means."""
    rows = [(c.name, c.label, "yes" if c.printed else "", c.meaning) for c in COLUMNS]
    return CatalogueSection("list columns", ("column", "label in the workbook", "on paper", "meaning"), rows)


def make_targets() -> str:
    """Write what each target of the Makefile does."""
    targets = re.findall(r"^([a-z-]+):.*## (.*)$", Path("Makefile").read_text(encoding="utf-8"), re.M)
    return markdown(
        CatalogueSection("targets", ("target", "does"), [(f"`make {name}`", what) for name, what in targets])
    )
