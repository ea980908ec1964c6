"""Write the lists: a folder of files for each practice, and tables of all lists beside them.

Decision
--------
A practice's files hold that practice's patients and no others. The worklist shows the lists of all its roles together,
except those of a role with a legal basis of its own: such a role sees its own list only, without other teams'
decisions, and no other team sees its list. All files are written into a folder that replaces the old one whole. Where
files are to be encrypted, each is encrypted for the public key of its practice (age, X25519), or of a role with a legal
basis of its own, and the readable file is removed before the folder is moved into place. A practice without a key is
refused beforehand, so that no list goes out readable by mistake. Encrypted files differ from run to run by design.

The hash of each file is noted, so that a list can be traced to the run that made it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pyarrow as pa

from riskstrat.engine import write_table
from riskstrat.errors import StudyError
from riskstrat.governance import encrypt_file, key_fault
from riskstrat.lists.batch import ListBatch
from riskstrat.lists.files import all_outputs
from riskstrat.lists.files.output import CaseList
from riskstrat.lists.files.worklist import PracticeLists, write_worklist
from riskstrat.lists.runs import ListsManifest
from riskstrat.study import Session, Study
from riskstrat.tables import check_kinds, sha256_of, whole_folder, write_manifest

WORKLIST = "worklist"
IN_PARALLEL_FROM = 16


@dataclass(frozen=True)
class Issue:
    """How lists are issued: `unique` puts each patient on one list only, `encrypt` encrypts the files."""

    unique: bool = False
    encrypt: bool = False


def check_recipients(study: Study, practices: Iterable[str]) -> None:
    """Check that every practice has a usable key before files are encrypted.

    Raises
    ------
    StudyError
        With every missing and unusable key.
    """
    keys = study.recipients
    wanted = {one: f"practice {one}" for one in sorted(practices)}
    wanted |= {name: f"the role {name}, which is another service" for name, r in study.roles.items() if r.own_basis}
    faults = [f"recipients: no key for {who}" for one, who in wanted.items() if one not in keys]
    faults += [f"recipients.{one}: {fault}" for one, key in sorted(keys.items()) if (fault := key_fault(key))]
    if faults:
        do = "Correct or add these public keys (age1...) under [recipients] in study.toml."
        raise StudyError("The lists cannot be encrypted:", faults, do)


def write_lists(session: Session, batch: ListBatch, folder: Path, facts: ListsManifest, how: Issue) -> ListsManifest:
    """Write all files into a folder that replaces the old one whole.

    Returns
    -------
    ListsManifest
        The manifest as given, with the counts and files of the lists.
    """
    files: dict[str, str] = {}
    with whole_folder(folder) as into:
        jobs = list(_jobs(session.study, batch.lists, into, how))
        parallel = joblib.Parallel(n_jobs=1 if len(batch.lists) < IN_PARALLEL_FROM else -1, return_as="generator")
        for found in session.reporter.track(parallel(jobs), "Writing lists", len(jobs), "practice"):
            files.update(found)
        for name, table in batch.tables.items():
            stored = pa.Table.from_pandas(_storable(table), preserve_index=False)
            write_table(check_kinds(stored, name), into / f"{name}.parquet")
        made: ListsManifest = {**facts, "lists": batch.counts, "files": files}
        write_manifest(into / "manifest.json", made)
    return made


def _jobs(study: Study, lists: Sequence[CaseList], into: Path, how: Issue) -> Iterator[Any]:
    """Prepare one job for each practice."""
    by_practice: dict[str, list[CaseList]] = {}
    for one in lists:
        by_practice.setdefault(one.practice, []).append(one)
    shared = frozenset(name for name, role in study.roles.items() if not role.own_basis)
    for practice, mine in by_practice.items():
        names = [*(one.role for one in mine), WORKLIST] if how.encrypt else []
        keys = {name: key_of_list(study, practice, name) for name in names}
        yield joblib.delayed(_write_practice)(mine, into / safe_name(practice), keys, shared, study)


def key_of_list(study: Study, practice: str, role: str) -> str | None:
    """Return the public key for a list: that of the role if it is another service, else of the practice."""
    whose = role if role in study.roles and study.roles[role].own_basis else practice
    return study.recipients.get(whose)


def _write_practice(
    lists: list[CaseList], folder: Path, keys: Mapping[str, str | None], shared: frozenset[str], study: Study
) -> dict[str, str]:
    """Write a practice's files and return their hashes; `shared` are the roles whose lists the worklist shows."""
    folder.mkdir(parents=True, exist_ok=True)
    for one in lists:
        for output in all_outputs(study.packages).values():
            output.write(one, folder / f"{one.role}{output.suffix}")
    together = tuple(one for one in lists if one.role in shared)
    if study.lists.worklist and together:
        write_worklist(PracticeLists(lists[0].practice, together), folder / f"{WORKLIST}.html")
    for path in sorted(folder.iterdir()):
        if key := keys.get(path.stem):
            encrypt_file(path, key)
    return {f"{folder.name}/{path.name}": sha256_of(path) for path in sorted(folder.iterdir())}


def safe_name(text: str) -> str:
    """Make a safe file name of a value: the value itself if plain, else a digest, so that no path leaves the folder.

    >>> safe_name("A81001"), safe_name("../x")[:9]
    ('A81001', 'practice-')
    """
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", text)
    return text if plain else "practice-" + sha256(text.encode()).hexdigest()[:12]


def _storable(rows: pd.DataFrame) -> pd.DataFrame:
    """Convert columns that are all blank to text, so that the table's types do not depend on the month."""
    return rows.astype(dict.fromkeys([name for name in rows if rows[name].isna().all()], "string"))
