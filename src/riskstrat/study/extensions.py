"""The extension packages that study.toml names.

Decision
--------
A study that names no package imports none. If it names packages, everything made with them records their names,
versions and extensions, and these are part of the keys that decide whether a step has anything to do.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict

from riskstrat.errors import StudyError
from riskstrat.registry import ExtensionError, Provenance, installed, provenance
from riskstrat.study.study_file import Study

Packages = tuple[str, ...]


@contextmanager
def extension_faults(packages: Sequence[str]) -> Iterator[None]:
    """Report a problem with an extension as a `StudyError`, if study.toml names extensions.

    Raises
    ------
    StudyError
        If an extension cannot be used, or two have the same name.
    """
    try:
        yield
    except ValueError as error:
        if not packages:
            raise
        raise _unusable([str(error)]) from error


def check_extensions(packages: Sequence[str]) -> None:
    """Refuse packages that are not installed or have no extension, without importing them.

    Raises
    ------
    StudyError
        With every such package.
    """
    faults = [fault for name in packages if (fault := _fault(name))]
    if faults:
        raise _unusable(faults)


def _fault(name: str) -> str:
    try:
        installed(name)
    except ExtensionError as error:
        return str(error)
    return ""


def _unusable(faults: Sequence[str]) -> StudyError:
    do = "Install or correct the package, or remove its name from `packages` under [extensions]."
    return StudyError("The extensions that study.toml names cannot be used:", faults, do)


class Extensions(TypedDict, total=False):
    """The packages that provide a study's extensions; absent if there are none."""

    extensions: Provenance


def extensions_of(study: Study) -> Extensions:
    """Describe the packages that provide a study's extensions, for a manifest; empty if there are none."""
    brought = provenance(study.packages)
    return {"extensions": brought} if brought else {}
