"""Extracts as text tables, studies made of them, and what is read back: shared by the specs of ingest."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w
from tests.support.tablespec import Row, cells

from riskstrat.steps.ingest import ingest
from riskstrat.study.session import open_study
from riskstrat.tables.snapshot import Snapshot

CANARY = "CANARY123"
FIELDS = "more or fewer fields than the header"
QUOTES = "an unbalanced quote, or a line break in a cell"
PEOPLE = """
patient_id  practice_code  sex  birth_month
A           P1             1    1950-03
B           P1             2    1960-07
"""
STAYS = """
PERSON_ID | PROCODE | ADMIDATE   | ADMIMETH | DISDATE    | EPISTART   | EPIEND     | EPIORDER | EPISTAT | DIAG_01
A         | RAA01   | 2024-01-01 | 2A       | 2024-01-05 | 2024-01-01 | 2024-01-05 | 1        | 3       | I10X
B         | RBB02   | 2024-02-01 | 21       | 2024-02-05 | 2024-02-01 | 2024-02-05 | 1        | 3       | E11.9
"""


@dataclass
class Listener:
    """Someone to tell how it goes, who remembers it."""

    heard: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.heard.append(text)

    def track(self, items: Iterable[Any], what: str, total: int, *more: Any) -> Iterator[Any]:
        self.heard.append(what)
        yield from items

    def working(self, what: str, *more: Any) -> AbstractContextManager[Callable[[float], None]]:
        return nullcontext(lambda amount: None)


@dataclass(frozen=True)
class Extract:
    """A file of a study.

    Parameters
    ----------
    format, name : str
    content : bytes
    settings : mapping
        Of its [[sources]], beside format and files.
    """

    format: str
    name: str
    content: bytes
    settings: Mapping[str, Any] = field(default_factory=dict)


def as_csv(text: str, delimiter: str = ",") -> bytes:
    """A text table as a file."""
    header, rows = cells(text)
    return "".join(delimiter.join(line) + "\n" for line in [header, *rows]).encode()


def as_parquet(text: str, dates: bool = False) -> bytes:
    """A text table as Parquet: all text, or with dates and whole numbers in types of their own."""
    header, rows = cells(text)
    table = pa.table({name: pa.array([row[i] or None for row in rows]) for i, name in enumerate(header)})
    if dates:
        typed = {
            "ADMIDATE": pa.date32(),
            "DISDATE": pa.timestamp("us"),
            "EPIORDER": pa.float64(),
            "EPISTAT": pa.int64(),
        }
        for name, kind in typed.items():
            table = table.set_column(header.index(name), name, table[name].cast(kind))
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def write_study(folder: Path, extracts: Iterable[Extract], **sections: Mapping[str, Any]) -> None:
    """A study's folder with its extracts, and further sections of study.toml."""
    sources = []
    for one in extracts:
        (folder / one.name).write_bytes(one.content)
        sources.append({"format": one.format, "files": one.name, **one.settings})
    facts = {"name": "a spec", "sources": sources, "engine": {"threads": 1, "memory_limit_gb": 0.5}, **sections}
    (folder / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")


def ingested(folder: Path, *extracts: Extract, **sections: Mapping[str, Any]) -> Snapshot:
    """Write a study and ingest it."""
    write_study(folder, extracts, **sections)
    return ingest(open_study(folder, Listener()))


def people(text: str = PEOPLE) -> Extract:
    return Extract("patients", "patients.csv", as_csv(text))


def stays(content: bytes = as_csv(STAYS), name: str = "apc.csv", **settings: Any) -> Extract:
    return Extract("hes_apc", name, content, settings)


def rows_in(snapshot: Snapshot, table: str) -> list[Row]:
    """A table of a snapshot."""
    return [row for part in range(snapshot.parts) for row in pq.read_table(snapshot.part(table, part)).to_pylist()]


def quarantined(snapshot: Snapshot) -> list[tuple[str, int, str | None, str]]:
    """File, line, column and reason of every row set aside."""
    rows = pq.read_table(snapshot.folder / "quarantine" / "rows.parquet").to_pylist()
    return sorted(((r["file"], r["line"], r["column"], r["reason"]) for r in rows), key=repr)


def books(snapshot: Snapshot, file: str) -> dict[str, int]:
    """What became of the lines of a file, without what is nought; they add up, or this fails."""
    (page,) = (one for one in snapshot.manifest["files"] if one["file"] == file)
    assert page["lines"] == sum(page["books"].values()), page
    return {what: rows for what, rows in page["books"].items() if rows}


def everything_under(folder: Path) -> dict[str, bytes | None]:
    """Every file with its content, and every folder."""
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
