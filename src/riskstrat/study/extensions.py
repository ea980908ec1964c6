"""The installed packages that study.toml names to bring extensions.

Decision
--------
A study that names none imports none. Where it names some, what they bring and their versions are named in all that is
made with them, and are part of the keys that tell whether a step has anything to do.
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
    """Report what is wrong with an extension as a fault of study.toml, where it names any.

    Raises
    ------
    StudyError
        If an extension cannot be used, or has the name of another.
    """
    try:
        yield
    except ValueError as error:
        if not packages:
            raise
        raise _unusable([str(error)]) from error


def check_extensions(packages: Sequence[str]) -> None:
    """Refuse packages that are not installed, or bring no extension. Nothing of them is imported.

    Raises
    ------
    StudyError
        With each of them.
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
    """What brought the extensions of a study; absent where there are none."""

    extensions: Provenance


def extensions_of(study: Study) -> Extensions:
    """Name what brought the extensions of a study, for a manifest; empty where there are none."""
    brought = provenance(study.packages)
    return {"extensions": brought} if brought else {}
