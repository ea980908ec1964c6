"""Collect extensions: public constants in modules of riskstrat or of other installed packages.

Decision
--------
Extensions need no decorators and no import side effects: `collect` imports the modules of a package in alphabetical
order and gathers the constants of one kind. Other installed packages add extensions by entry points (`GROUPS`), each of
which names a module or a constant. They are imported only if ``[extensions]`` in study.toml names the package, so that
a package that happens to be installed cannot change anybody's risk. Two extensions of the same name are refused.
"""

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, distribution
from types import ModuleType
from typing import Protocol, TypeVar

GROUPS = ("riskstrat.formats", "riskstrat.features", "riskstrat.scores", "riskstrat.variants", "riskstrat.outputs")
Provenance = list[dict[str, str | list[str]]]


class Named(Protocol):
    """An object that has a name."""

    @property
    def name(self) -> str:
        """The name, as users type it."""


Kind = TypeVar("Kind", bound=Named)


class ExtensionError(ValueError):
    """An extension cannot be used."""


def _of_kind(value: object, kind: type[Kind]) -> list[Kind]:
    """List a value, or the members of a tuple, that are of one kind."""
    members = value if isinstance(value, tuple) else (value,)
    return [member for member in members if isinstance(member, kind)]


def _constants(module: ModuleType, kind: type[Kind]) -> list[Kind]:
    """List the public constants of one kind in a module, members of tuples included."""
    public = (value for label, value in vars(module).items() if label.isupper() and not label.startswith("_"))
    return [one for value in public for one in _of_kind(value, kind)]


def collect(package: str, kind: type[Kind], group: str = "", distributions: Sequence[str] = ()) -> dict[str, Kind]:
    """Collect the public constants of one kind from a package's modules and from other installed packages.

    Parameters
    ----------
    package : str
        Dotted name of the package whose modules are read.
    group : str
        Group of entry points, one of `GROUPS`.
    distributions : sequence of str
        Installed packages whose entry points are loaded.

    Returns
    -------
    dict
        The constants by name, in the order of modules and of definition.

    Raises
    ------
    ExtensionError
        If two different constants have the same name, or an entry point cannot be used.

    Examples
    --------
    >>> from riskstrat.ingest.formats.layout import Format
    >>> "hes_apc" in collect("riskstrat.ingest.formats", Format)
    True
    """
    found: dict[str, Kind] = {}
    for origin, one in [*_built_in(package, kind), *_brought(kind, group, distributions)]:
        if found.setdefault(one.name, one) is not one:
            raise ExtensionError(f"{origin}: two extensions have the name {one.name!r}; rename one")
    return found


def _built_in(package: str, kind: type[Kind]) -> Iterator[tuple[str, Kind]]:
    for info in sorted(pkgutil.iter_modules(importlib.import_module(package).__path__), key=lambda info: info.name):
        module = importlib.import_module(f"{package}.{info.name}")
        yield from ((package, one) for one in _constants(module, kind))


def _brought(kind: type[Kind], group: str, distributions: Sequence[str]) -> Iterator[tuple[str, Kind]]:
    for name in distributions:
        for entry in _entries(installed(name), group):
            found = _loaded(name, entry)
            constants = _constants(found, kind) if isinstance(found, ModuleType) else _of_kind(found, kind)
            if not constants:
                raise ExtensionError(f"{name}: {entry.value} contains no extension for {group}")
            yield from ((name, one) for one in constants)


def _loaded(name: str, entry: EntryPoint) -> object:
    try:
        return entry.load()
    except Exception as error:
        raise ExtensionError(f"{name}: {entry.value} cannot be imported ({type(error).__name__}: {error})") from error


def _entries(package: Distribution, group: str) -> list[EntryPoint]:
    return sorted(package.entry_points.select(group=group), key=lambda entry: entry.name)


def installed(name: str) -> Distribution:
    """Find an installed package that has extensions, without importing it.

    Raises
    ------
    ExtensionError
        If it is not installed, or has no extension.
    """
    try:
        found = distribution(name)
    except (PackageNotFoundError, ValueError):
        raise ExtensionError(f"{name}: this package is not installed") from None
    if not any(_entries(found, group) for group in GROUPS):
        raise ExtensionError(f"{name}: this package has no entry point in {', '.join(GROUPS)}")
    return found


def provenance(distributions: Sequence[str]) -> Provenance:
    """List the packages that have extensions, each with its version and the names of its entry points by group.

    >>> provenance(())
    []
    """
    packages = [installed(name) for name in distributions]
    return [{"package": one.metadata["Name"], "version": one.version, **_named(one)} for one in packages]


def _named(package: Distribution) -> dict[str, list[str]]:
    entries = {group: [entry.name for entry in _entries(package, group)] for group in GROUPS}
    return {group.removeprefix("riskstrat."): names for group, names in entries.items() if names}
