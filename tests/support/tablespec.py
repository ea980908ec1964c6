"""Text tables in, text tables out: what a spec gives, and what it expects.

A table is written as people write one: a header, a row a line, cells apart by ``|``, or by spaces where the header
has no ``|``. An empty cell, or ``-``, is null; dates are ISO. Columns that a spec does not name are null, or what
`USUAL` says: a patient is a woman born in 1950, an episode is a whole emergency stay on an ordinary ward of one
hospital. `SHORT` gives the names of columns as a ward clerk would.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

from riskstrat.engine import Engine, Frame
from riskstrat.features.build import build_matrix, visible_opener
from riskstrat.features.feature import Feature
from riskstrat.features.plan import plan_features
from riskstrat.study.study_file import Study
from riskstrat.tables.schema import TABLES, Table, day_of
from riskstrat.tables.supplied import Carried
from riskstrat.tables.windows import Lookback

Row = dict[str, Any]
EPOCH = date(1970, 1, 1)
BLOCK = 1000
ARROW = {"text": pa.string(), "date": pa.date32(), "int": pa.int32(), "float": pa.float64()}
PARSED: Mapping[str, Callable[[str], Any]] = {"text": str, "date": date.fromisoformat, "int": int, "float": float}

SHORT: Mapping[str, str] = {
    "patient": "patient_no",
    "hospital": "provider",
    "admitted": "admission_date",
    "discharged": "discharge_date",
    "starts": "start_date",
    "ends": "end_date",
    "order": "episode_order",
    "method": "admission_method",
    "from": "admission_source",
    "to": "discharge_destination",
    "how": "discharge_method",
    "class": "patient_class",
    "diagnosis": "main_diagnosis",
    "date": "event_date",
    "recorded": "recorded_date",
    "system": "code_system",
    "practice": "practice_code",
    "born": "birth_date",
    "died": "death_date",
}

Usual = Callable[[Row], Any]
USUAL: Mapping[str, Mapping[str, Usual]] = {
    "patients": {
        "practice_code": lambda _: "P1",
        "sex": lambda _: "F",
        "birth_date": lambda _: date(1950, 1, 1),
    },
    "registrations": {"practice_code": lambda _: "P1"},
    "episodes": {
        "provider": lambda _: "RAA",
        "start_date": lambda row: row["admission_date"],
        "end_date": lambda row: row.get("discharge_date"),
        "episode_order": lambda _: 1,
        "episode_status": lambda _: "3",
        "admission_method": lambda _: "21",
        "admission_source": lambda _: "19",
        "discharge_method": lambda row: "1" if row.get("discharge_date") else "8",
        "discharge_destination": lambda row: "19" if row.get("discharge_date") else "98",
        "patient_class": lambda _: "1",
        "main_diagnosis": lambda _: "J189",
    },
    "gp_events": {"code_system": lambda _: "snomed"},
    "prescriptions": {"code_system": lambda _: "bnf"},
    "diagnoses": {"code_system": lambda _: "icd10"},
    "opt_outs": {"kind": lambda _: "type1"},
}


@dataclass(frozen=True)
class Spec:
    """A name, what is given, and the answer.

    Parameters
    ----------
    name : str
    given : str or mapping of str to str
        One text table, or several by the names of their canonical tables.
    answer : str
        The text table that must come out; its header says which columns are compared.
    setting : mapping
        Whatever the chapter needs beside.
    """

    name: str
    given: str | Mapping[str, str]
    answer: str
    setting: Mapping[str, Any] = field(default_factory=dict)


def chapter(*specs: Spec) -> pytest.MarkDecorator:
    """Run a test once for each spec, under its name."""
    names = [spec.name for spec in specs]
    assert len(set(names)) == len(names), "two specs of one name"
    return pytest.mark.parametrize("spec", specs, ids=names)


def cells(text: str) -> tuple[list[str], list[list[str]]]:
    """Header and rows of a text table, every cell as text; "" for null."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    piped = "|" in lines[0]
    split = [[one.strip() for one in line.split("|")] if piped else line.split() for line in lines]
    header, *rows = [["" if cell == "-" else cell for cell in line] for line in split]
    for row in rows:
        assert len(row) == len(header), f"{len(row)} cells under {len(header)} names: {row}"
    return header, rows


def table(name: str, text: str) -> pa.Table:
    """A text table as the canonical table of that name, with patient numbers and the day beside each date."""
    return arrow(TABLES[name], [_canonical(TABLES[name], row) for row in _rows(TABLES[name], text)])


def tables(engine: Engine, given: Mapping[str, str]) -> dict[str, Frame]:
    """Text tables by name as lazy frames of an engine."""
    return {name: engine.table(table(name, text)) for name, text in given.items()}


def all_at_once(name: str, specs: Sequence[Spec], backwards: bool = False) -> pa.Table:
    """What each spec gives, in one table: to each its own thousand patient numbers."""
    blocks = [table(name, str(spec.given)).to_pylist() for spec in specs]
    rows = [{**row, "patient_no": row["patient_no"] + BLOCK * i} for i, block in enumerate(blocks) for row in block]
    return arrow(TABLES[name], rows[::-1] if backwards else rows)


def share_of(spec: Spec, specs: Sequence[Spec], rows: Iterable[Row]) -> list[Row]:
    """What came out for one spec of `all_at_once`."""
    first = BLOCK * specs.index(spec)
    return [{**row, "patient_no": row["patient_no"] - first} for row in rows if 0 <= row["patient_no"] - first < BLOCK]


def _rows(of: Table, text: str) -> Iterable[Row]:
    header, rows = cells(text)
    names = [SHORT.get(name, name) for name in header]
    types = {**{c.name: c.type for c in of.columns}, "patient_no": "int"}
    unknown = [name for name in names if name not in types]
    assert not unknown, f"{of.name} has no column {unknown}"
    for row in rows:
        yield {n: PARSED[types[n]](cell) if cell else None for n, cell in zip(names, row, strict=True)}


def _canonical(of: Table, row: Row) -> Row:
    row = {"patient_no": 1, **row}
    row.setdefault("patient_id", f"P{row['patient_no']}")
    for name, usual in USUAL.get(of.name, {}).items():
        if name not in row:
            row[name] = usual(row)
    for name in of.dates:
        row[day_of(name)] = None if row.get(name) is None else (row[name] - EPOCH).days
    return row


def arrow(of: Table, rows: Sequence[Row]) -> pa.Table:
    """Rows as a canonical table, in the types and the order a snapshot has them."""
    columns = {"patient_no": pa.array([row["patient_no"] for row in rows], pa.int32())}
    for column in of.columns:
        columns[column.name] = pa.array([row.get(column.name) for row in rows], ARROW[column.type])
        if column.type == "date":
            columns[day_of(column.name)] = pa.array([row.get(day_of(column.name)) for row in rows], pa.int32())
    return pa.table(columns)


def rows_of(found: Frame | pa.Table) -> list[Row]:
    """What a frame holds."""
    if isinstance(found, pa.Table):
        return found.to_pylist()
    native = nw.to_native(found)
    return (native.toArrow() if hasattr(native, "toArrow") else native.to_arrow_table()).to_pylist()


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cell(row: Row, name: str) -> str:
    """A cell by its name or its short name; a date is also found in its day."""
    full = name if name in row else SHORT.get(name, name)
    if full in row:
        return _shown(row[full])
    assert day_of(full) in row, f"there is no column {full!r}, only {', '.join(row)}"
    day = row[day_of(full)]
    return "" if day is None else str(EPOCH + timedelta(days=day))


def drawn(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A text table with its columns lined up and its rows in order."""
    lines = [list(header), *sorted([list(row) for row in rows])]
    widths = [max(len(line[i]) for line in lines) for i in range(len(header))]
    return "\n".join(" | ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in lines)


def check(found: Frame | pa.Table | Sequence[Row], answer: str) -> None:
    """Compare what was found with a text table, in the columns the answer names, whatever the order of rows.

    Raises
    ------
    AssertionError
        With both tables, and the lines in which they differ.
    """
    header, expected = cells(answer)
    rows = found if isinstance(found, list) else rows_of(found)  # type: ignore[arg-type]
    want, got = drawn(header, expected), drawn(header, [[_cell(row, name) for name in header] for row in rows])
    if want != got:
        lines = difflib.ndiff(want.splitlines(), got.splitlines())
        pytest.fail("expected (-) and found (+) differ:\n" + "\n".join(lines), pytrace=False)


def matrix(
    engine: Engine,
    features: Iterable[Feature],
    given: Mapping[str, str],
    index: str = "2025-01-01",
    lag: int = 0,
    carried: Carried | None = None,
) -> Frame:
    """The feature matrix of the patients that a spec names, by the way a build takes: visible rows, spells, plan."""
    seen = Lookback(date.fromisoformat(index), lag)
    texts = {name: table(name, text) for name, text in given.items()}
    raw = {name: engine.table(rows) for name, rows in texts.items()}
    people = raw["patients"].with_columns(age=nw.lit(75))
    view = visible_opener(engine, raw.__getitem__, Study(name="a spec"), seen)
    return build_matrix(engine, people, view, plan_features(features, given, codes_of(texts), carried), seen)


def codes_of(texts: Mapping[str, pa.Table]) -> pa.Table:
    """The distinct codes of some tables, as a snapshot lists them."""
    rows = {
        (name, row["code_system"], row["code"])
        for name, rows in texts.items()
        if "code_system" in TABLES[name].by_name
        for row in rows.to_pylist()
    }
    names = ("table_name", "code_system", "code")
    return pa.table({name: pa.array([row[i] for row in sorted(rows)], pa.string()) for i, name in enumerate(names)})
