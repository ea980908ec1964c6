"""An extension is a public constant in a module: add one file, and it is found.

No decorators, no entry points, no import side effects: `collect` imports the modules of a package in
alphabetical order and gathers the constants of one kind. Two of one name are refused.
"""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import Protocol, TypeVar


class Named(Protocol):
    """Whatever has a name to be called by."""

    @property
    def name(self) -> str:
        """The name, as people type it."""


Kind = TypeVar("Kind", bound=Named)


def _constants(module: ModuleType, kind: type[Kind]) -> list[Kind]:
    """Public constants of one kind; a tuple of them counts as each of them."""
    found: list[Kind] = []
    for label, value in vars(module).items():
        if label.isupper() and not label.startswith("_"):
            members = value if isinstance(value, tuple) else (value,)
            found.extend(member for member in members if isinstance(member, kind))
    return found


def collect(package: str, kind: type[Kind]) -> dict[str, Kind]:
    """Every public constant of one kind in a package's modules.

    Parameters
    ----------
    package : str
        The dotted name of the package whose modules are read.
    kind : type
        The kind to collect.

    Returns
    -------
    dict
        By name, in the order of modules and of definition.

    Raises
    ------
    ValueError
        If two different constants have one name.

    Examples
    --------
    >>> from riskstrat.ingest.formats.layout import Source
    >>> "hes_apc" in collect("riskstrat.ingest.formats", Source)
    True
    """
    found: dict[str, Kind] = {}
    for info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package}.{info.name}")
        for one in _constants(module, kind):
            if found.setdefault(one.name, one) is not one:
                raise ValueError(f"{package}: two are called {one.name!r}; rename one")
    return found
