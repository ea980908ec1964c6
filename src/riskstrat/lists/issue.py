"""Lists -> files: a folder for each practice, for that practice alone, and one table of everything beside them.

Decision
--------
A practice's files hold that practice's patients and no others'. The worklist shows the lists of all its roles together,
but for a role with a legal basis of its own, which may see its own list only, without what other teams decided, and
whose list is nobody else's. All are written into a folder that takes the place of the old one whole. Where files are to
be encrypted, each is written for the public key of its practice (age, X25519), or of a role with a basis of its own,
and the readable one is removed before the folder is moved into place; a practice without a key is refused beforehand,
so that nobody's list goes out readable by mistake. Encrypted files differ from run to run, as they must.

What is noted of each file is its hash, so that it can be told who made the list that somebody holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import joblib
import pandas as pd
import pyarrow as pa

from riskstrat.engine import write_table
from riskstrat.errors import StudyError
from riskstrat.governance import encrypt_file, key_fault
from riskstrat.lists.changes import GONE, why
from riskstrat.lists.columns import DECISION_MEANINGS
from riskstrat.lists.decisions import effects_in_words
from riskstrat.lists.files import all_outputs
from riskstrat.lists.files.output import CaseList
from riskstrat.lists.files.worklist import PracticeLists, write_worklist
from riskstrat.lists.header import header
from riskstrat.lists.selection import Selections
from riskstrat.modelling import Bundle, code_lists_in_words
from riskstrat.study import Session, Study
from riskstrat.tables import Snapshot, check_kinds, sha256_of, whole_folder, write_manifest

WORKLIST, ELSEWHERE, ANOTHER = "worklist", "no longer listed", "another service"
IN_PARALLEL_FROM = 16


@dataclass(frozen=True)
class Issue:
    """How lists are issued.

    Parameters
    ----------
    unique : bool
        Each patient on one list only.
    encrypt : bool
        Files for the practices' own keys only.
    """

    unique: bool = False
    encrypt: bool = False


def check_recipients(study: Study, practices: Iterable[str], how: Issue) -> None:
    """Refuse to encrypt where a practice has no key, or one that cannot be used.

    Raises
    ------
    StudyError
        With every practice and key that is at fault.
    """
    if not how.encrypt:
        return
    keys = study.recipients
    wanted = {one: f"practice {one}" for one in sorted(practices)}
    wanted |= {name: f"the role {name}, which is another service" for name, r in study.roles.items() if r.own_basis}
    faults = [f"recipients: no key for {who}" for one, who in wanted.items() if one not in keys]
    faults += [f"recipients.{one}: {fault}" for one, key in sorted(keys.items()) if (fault := key_fault(key))]
    if faults:
        do = "Write each one's public key (age1...) under [recipients] in study.toml."
        raise StudyError("The lists cannot be encrypted:", faults, do)


def case_lists(
    session: Session,
    snapshot: Snapshot,
    bundle: Bundle,
    day: date,
    books: Mapping[tuple[str, str], dict[str, Any]],
    rows: pd.DataFrame,
    left: pd.DataFrame,
    who: Selections,
    same_model: bool,
) -> list[tuple[CaseList, dict[str, Any]]]:
    """Every list with its books."""
    codes, effects = code_lists_in_words(bundle), effects_in_words(session.study.decisions)
    own = [name for name, role in session.study.roles.items() if role.own_basis]
    kept_off = _disclosed(who.kept_off, own)
    by_list, gone, off = (_by_list(table) for table in (rows, _named(left, own), kept_off.assign(index_date=day)))
    made = []
    for (name, practice), book in books.items():
        role = session.study.roles[name]
        about = header(session.study, name, practice, day, bundle, snapshot, book, who.rise.noise, same_model)
        about["code_lists"] = codes
        mine = by_list.get((name, practice), rows.iloc[:0])
        mine = mine[[one for one in mine.columns if not role.columns or one in role.columns]].reset_index(drop=True)
        beside = {"left": gone.get((name, practice)), "kept_off": off.get((name, practice))}
        one = CaseList(practice, name, about, mine, tuple(DECISION_MEANINGS), effects, role.printed, **beside)
        made.append((one, book))
    return made


def _by_list(rows: pd.DataFrame) -> dict[tuple[str, str], pd.DataFrame]:
    return {(str(r), str(p)): mine for (r, p), mine in rows.groupby(["role", "practice_code"], sort=False)}


def _disclosed(kept_off: pd.DataFrame, own: Sequence[str]) -> pd.DataFrame:
    """Whom decisions leave out: another service sees its own decisions only, and nobody else that they were its."""
    mine = kept_off["role"] == kept_off["stands_by"]
    seen = kept_off[mine | ~kept_off["role"].isin(own)]
    return seen.assign(stands_by=seen["stands_by"].where(mine | ~seen["stands_by"].isin(own), ANOTHER))


def _named(left: pd.DataFrame, own: Sequence[str]) -> pd.DataFrame:
    """Who has left and may be named, with the reason in words; to another service's role not even that."""
    named = left[left["fate"] != GONE]
    return named.assign(why=named["fate"].map(why).where(~named["role"].isin(own), ELSEWHERE))


def write_lists(
    session: Session,
    made: list[tuple[CaseList, dict[str, Any]]],
    tables: Mapping[str, pd.DataFrame],
    folder: Path,
    facts: Mapping[str, Any],
    how: Issue,
) -> None:
    """Write all files into a folder that takes the place of the old one whole."""
    by_practice: dict[str, list[CaseList]] = {}
    for one, _ in made:
        by_practice.setdefault(one.practice, []).append(one)
    study = session.study
    shared = frozenset(name for name, role in study.roles.items() if not role.own_basis)
    with whole_folder(folder) as into:
        jobs = []
        for practice, lists in by_practice.items():
            names = [*(one.role for one in lists), WORKLIST] if how.encrypt else []
            keys = {name: key_of_list(study, practice, name) for name in names}
            where = into / safe_name(practice)
            jobs.append(joblib.delayed(_write_practice)(lists, where, keys, shared, study))
        parallel = joblib.Parallel(n_jobs=1 if len(made) < IN_PARALLEL_FROM else -1, return_as="generator")
        files: dict[str, str] = {}
        for found in session.reporter.track(parallel(jobs), "Writing lists", len(jobs)):
            files.update(found)
        for name, table in tables.items():
            stored = pa.Table.from_pandas(_storable(table), preserve_index=False)
            write_table(check_kinds(stored, name), into / f"{name}.parquet")
        write_manifest(into / "manifest.json", {**facts, "lists": [book for _, book in made], "files": files})


def key_of_list(study: Study, practice: str, role: str) -> str | None:
    """The public key that a list is written for: of a role that is another service its own, else of the practice."""
    whose = role if role in study.roles and study.roles[role].own_basis else practice
    return study.recipients.get(whose)


def _write_practice(
    lists: list[CaseList], folder: Path, keys: Mapping[str, str | None], shared: frozenset[str], study: Study
) -> dict[str, str]:
    """All files of one practice; their names and hashes. `shared` are the roles whose lists the worklist shows."""
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
    """A file name from data: itself if plain, else a digest, so that nothing in it can leave the folder.

    >>> safe_name("A81001"), safe_name("../x")[:9]
    ('A81001', 'practice-')
    """
    plain = re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,40}", text)
    return text if plain else "practice-" + sha256(text.encode()).hexdigest()[:12]


def _storable(rows: pd.DataFrame) -> pd.DataFrame:
    """Columns that are all blank as text, so that the table's types do not depend on the month."""
    blank = [c for c in rows.columns if rows[c].isna().all()]
    return rows.astype(dict.fromkeys(blank, "string"))
