"""Add public code lists to the study: read, check and merge them, write them, and name them in study.toml.

Decision
--------
All files given together are one delivery (`code_lists`): codes for the same feature are merged, and if anything is
refused nothing is written. A feature has one file, ``codelists/<name>.csv``, with one list for each coding system. A
list of another system is added to the file; other codes of the same system replace the existing ones only with
``--replace``. A line that a person wrote in ``[codelists]`` is never changed.

study.toml is edited as text, so that comments and order stay. The edited text is parsed and compared with the intended
settings before it is written.
"""

import csv
import io
import re
import tomllib
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from riskstrat.errors import NothingToDoError, StudyError, UsageError
from riskstrat.features import CodeFiles, Codes, all_features, near, not_taken, read_delivery, systems_taken
from riskstrat.study import Session, note_of
from riskstrat.tables import TITLES, CodeEntry, System, columns_known, entry_of, read_rows, sha256_of, some, write_text
from riskstrat.wording import plural

FOLDER = "codelists"
NOTHING_WRITTEN = "Nothing was changed."


def add_lists(
    session: Session, source: Path, name: str | None = None, system: System | None = None, replace: bool = False
) -> dict[str, Any]:
    """Add the lists of a file, or of every file in a folder, to the study.

    Parameters
    ----------
    name : str or None
        The feature, if neither the file nor a cluster in it names one.
    system : str or None
        The coding system, if the file does not name one.
    replace : bool
        Replace existing codes of the same system.

    Returns
    -------
    dict
        lists: name, file, codes by system, doubles, changed and sha256 of each; left_out: lists of no feature.

    Raises
    ------
    UsageError
        If the file does not exist, or the feature it is for is not clear.
    StudyError
        With every problem of every file.
    NothingToDoError
        If no list belongs to a feature.
    """
    known = systems_taken(all_features(session.study.packages).values())
    if name is not None and name not in known:
        what = "There is no condition, measurement, group of medicines or deficit of that name:"
        raise UsageError(what, [near(name, known)], "See `riskstrat catalogue features`.")
    delivery = read_delivery(source, known, name, system)
    if not delivery.lists and not delivery.faults:
        do = "Name the feature with `--name`; see `riskstrat catalogue features`."
        raise NothingToDoError(f"{source.name} contains no code list of a feature:", some(delivery.left_out), do)
    changed = _joined_with_ours(session, delivery, known, replace)
    if delivery.faults:
        faults = delivery.faults
        raise StudyError(f"{source.name} has {plural(len(faults), 'problem')}:", some(faults), NOTHING_WRITTEN)
    return {"lists": _write(session, delivery, changed), "left_out": delivery.left_out}


def study_code_lists(session: Session) -> list[dict[str, Any]]:
    """Describe the code lists of a study: name, file, codes by system and sha256 of each."""
    return [_described(session.folder.path, name, path) for name, path in sorted(session.study.codelists.items())]


def _described(folder: Path, name: str, path: str) -> dict[str, Any]:
    codes = Counter(one for one, _ in _codes_of(folder / path))
    return {"name": name, "file": path, "codes": dict(codes), "sha256": sha256_of(folder / path)}


def _codes_of(path: Path) -> Codes:
    """Read the codes of one of the study's files, which a person may have written."""
    rows = read_rows(path)
    column = columns_known(path, rows)
    entries = [entry_of(row, column, strict=False) for row in rows]
    return {(one.system, one.code): one for one in entries if isinstance(one, CodeEntry)}


def _joined_with_ours(
    session: Session, delivery: CodeFiles, known: Mapping[str, frozenset[System]], replace: bool
) -> dict[str, Codes]:
    """Find the lists that are new or changed; add problems to the delivery."""
    changed = {}
    for name, codes in delivery.lists.items():
        systems = dict.fromkeys(system for system, _ in codes)
        ours, registered = f"{FOLDER}/{name}.csv", session.study.codelists.get(name)
        delivery.faults[:0] = not_taken(name, systems, known[name])
        if registered not in (None, ours):
            delivery.faults.append(f"{name}: [codelists] in study.toml names another file; remove that line first")
            continue
        path = session.folder.path / ours
        held = _codes_of(path) if path.exists() else {}
        other = [s for s in systems if _of(s, held) and _of(s, held) != _of(s, codes)]
        if other and not replace:
            delivery.faults += [_other(name, s, _of(s, held), _of(s, codes)) for s in other]
        elif other or any(not _of(s, held) for s in systems):
            kept = {key: entry for key, entry in held.items() if key[0] not in systems}
            changed[name] = {**kept, **codes}
    return changed


def _of(system: System, codes: Codes) -> frozenset[str]:
    return frozenset(code for one, code in codes if one == system)


def _other(name: str, system: System, held: frozenset[str], new: frozenset[str]) -> str:
    return (
        f"{name}: the study has another list of {plural(len(held), 'code')} in {TITLES[system]}; this one has "
        f"{len(new):,} ({len(new - held):,} added, {len(held - new):,} removed). Use `--replace` to replace the list"
    )


def _write(session: Session, delivery: CodeFiles, changed: Mapping[str, Codes]) -> list[dict[str, Any]]:
    """Write the changed lists, then study.toml if a line is missing."""
    folder, toml = session.folder.path, session.folder.path / "study.toml"
    lines = {name: f"{FOLDER}/{name}.csv" for name in sorted(delivery.lists)}
    missing = {name: path for name, path in lines.items() if name not in session.study.codelists}
    text = toml.read_bytes().decode("utf-8")
    edited = with_lists(text, missing)
    for name, codes in changed.items():
        write_text(folder / lines[name], _as_csv(codes))
    if missing:
        write_text(toml, edited)
    session.note(outputs=[note_of(folder / lines[name], folder, len(codes)) for name, codes in changed.items()])
    return [
        {
            **_described(folder, name, path),
            "doubles": delivery.doubles[name],
            "changed": name in changed or name in missing,
        }
        for name, path in lines.items()
    ]


def _as_csv(codes: Codes) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["code_system", "code", "term"])
    writer.writerows([entry.system, entry.code, entry.term] for entry in codes.values())
    return stream.getvalue()


def with_lists(text: str, lists: Mapping[str, str]) -> str:
    r"""Add lines (feature and file) under ``[codelists]`` to the text of study.toml; all other text stays.

    Raises
    ------
    StudyError
        If the lines cannot be added without changing what a person wrote.

    Examples
    --------
    >>> print(with_lists("name = 'x'  # mine\n[codelists]  # ours\n", {"stroke": "codelists/stroke.csv"}), end="")
    name = 'x'  # mine
    [codelists]  # ours
    stroke = "codelists/stroke.csv"
    """
    end = "\r\n" if "\r\n" in text else "\n"
    lines = "".join(f'{name} = "{path}"{end}' for name, path in lists.items())
    header = re.search(r"^[ \t]*\[[ \t]*codelists[ \t]*\][ \t]*(?:#[^\r\n]*)?(?:\r?\n|\Z)", text, re.MULTILINE)
    if header:
        gap = "" if header[0].endswith("\n") else end
        edited = f"{text[: header.end()]}{gap}{lines}{text[header.end() :]}"
    else:
        gap = end if not text or text.endswith("\n") else end * 2
        edited = f"{text}{gap}[codelists]{end}{lines}"
    before = tomllib.loads(text)
    wanted = {**before, "codelists": {**before.get("codelists", {}), **lists}}
    if lists and not _parses_as(edited, wanted):
        do = f"Add these lines to study.toml yourself, and run the command again:\n{lines}"
        raise StudyError("[codelists] is not a section of its own in study.toml, so nothing was added.", advice=do)
    return edited if lists else text


def _parses_as(text: str, wanted: Mapping[str, Any]) -> bool:
    try:
        return tomllib.loads(text) == wanted
    except tomllib.TOMLDecodeError:
        return False
