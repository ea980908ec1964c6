"""Good extracts to be spoilt: every plain and hospital format, one row a person, each cell a function of the row."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import tomli_w

from riskstrat.ingest.formats import all_formats
from riskstrat.ingest.formats.layout import ColumnMapping
from riskstrat.tables.schema import TABLES, Column

Rows = list[list[str]]
Make = Callable[[int], str]


def day(after: int) -> Make:
    return lambda row: (date(2023, 1, 2) + timedelta(row % 300 + after)).isoformat()


def one_of(*texts: str) -> Make:
    return lambda row: texts[row % len(texts)]


PERSON: Make = "p{:05}".format
FORMATS: Mapping[str, Mapping[str, Make]] = {
    "patients": {
        "patient_id": PERSON, "practice_code": one_of("A81001", "A81002"), "sex": one_of("F", "M"),
        "birth_month": lambda row: f"{1930 + row % 60}-{row % 12 + 1:02}", "ethnicity": one_of("A", "H", "N"),
        "imd_decile": lambda row: str(row % 10 + 1), "lsoa": lambda row: f"E010{row % 900:05}",
        "care_home": one_of("0", "1"), "date_of_death": one_of("", ""),
    },
    "registrations": {
        "patient_id": PERSON, "practice_code": one_of("A81001", "A81002"), "start_date": day(0), "end_date": day(90),
    },
    "gp_events": {
        "patient_id": PERSON, "date": day(0), "recorded_date": day(1), "code": one_of("84114007", "38341003"),
        "code_system": one_of("snomed"), "value": lambda row: f"{row % 90}.5", "unit": one_of("kg", "mmHg"),
    },
    "prescriptions": {
        "patient_id": PERSON, "date": day(0), "code": one_of("0212000B0AAABAB", "0205051R0AAADAD"),
        "code_system": one_of("bnf"), "name": one_of("Atorvastatin", "Ramipril"),
        "quantity": lambda row: f"{row % 60 + 1}", "duration_days": one_of("28", "56"), "repeat": one_of("0", "1"),
    },
    "consultations": {
        "patient_id": PERSON, "date": day(0), "staff_role": one_of("GP", "nurse"), "mode": one_of("surgery", "home"),
    },
    "deaths": {"patient_id": PERSON, "date_of_death": day(300), "cause_1": one_of("I219", "C349")},
    "opt_outs": {
        "patient_id": PERSON, "kind": one_of("type1", "national", "local"), "recorded_date": day(0),
        "withdrawn": one_of("0", "1"),
    },
    "caseload": {
        "patient_id": PERSON, "role": one_of("community_matron", "gp_mdt"), "enrolled_on": day(0), "left_on": day(60),
        "outcome": one_of("discharged", "moved"),
    },
    "hes_apc": {
        "PERSON_ID": PERSON, "EPIKEY": lambda row: f"{700000 + row}", "PROCODE3": one_of("RAA", "RBB"),
        "ADMIDATE": day(0), "DISDATE": day(9), "EPISTART": day(1), "EPIEND": day(8), "EPIORDER": one_of("1", "2"),
        "EPISTAT": one_of("3"), "ADMIMETH": one_of("21", "2A", "11"), "ADMISORC": one_of("19", "51"),
        "DISMETH": one_of("1"), "DISDEST": one_of("19"), "CLASSPAT": one_of("1", "2"),
        "TRETSPEF": one_of("300", "430"), "GPPRAC": one_of("A81001", "A81002"), "SUBDATE": day(20),
        "DIAG_01": one_of("I500", "J449"), "DIAG_02": one_of("E119", ""),
    },
    "hes_ae": {
        "PERSON_ID": PERSON, "ARRIVALDATE": day(0), "ARRIVALTIME": one_of("1030", "2215"),
        "PROCODE3": one_of("RAA", "RBB"), "AEDEPTTYPE": one_of("01", "03"), "AEATTENDCAT": one_of("1", "3"),
        "AEARRIVALMODE": one_of("1", "2"), "AEATTENDDISP": one_of("01", "03"), "DIAG_01": one_of("11", "21"),
        "GPPRAC": one_of("A81001", "A81002"),
    },
    "ecds": {
        "PERSON_ID": PERSON, "Arrival_Date": day(0), "Arrival_Time": one_of("10:30:00", "22:15:00"),
        "Der_Provider_Code": one_of("RAA", "RBB"), "EC_Department_Type": one_of("01", "03"),
        "EC_AttendanceCategory": one_of("1", "2"), "EC_Arrival_Mode_SNOMED_CT": one_of("1048031000000100"),
        "Discharge_Destination_SNOMED_CT": one_of("306706006", "306689006"),
        "EC_Chief_Complaint_SNOMED_CT": one_of("29857009", "267036007"), "GPPRAC": one_of("A81001", "A81002"),
    },
    "hes_op": {
        "PERSON_ID": PERSON, "APPTDATE": day(0), "ATTENDED": one_of("5", "3", "6"), "FIRSTATT": one_of("1", "2"),
        "TRETSPEF": one_of("300", "430"), "PROCODE3": one_of("RAA", "RBB"),
    },
}  # fmt: skip
NEEDED = ("patients", "hes_apc")


@dataclass(frozen=True)
class Place:
    """A column of a format.

    Parameters
    ----------
    format, header : str
    source : ColumnMapping
    column : Column or None
        The canonical column; None for a list of codes.
    table : str
    """

    format: str
    header: str
    source: ColumnMapping
    column: Column | None
    table: str

    @property
    def type(self) -> str:
        """Of the canonical column."""
        return self.column.type if self.column else "codes"

    @property
    def to(self) -> str:
        """The canonical column."""
        return self.source.column

    @property
    def required(self) -> bool:
        """Whether a row without it is not stored."""
        return bool(self.column and self.column.required)

    @property
    def is_event(self) -> bool:
        """Whether it says when the row happened."""
        return TABLES[self.table].event == self.to

    @property
    def ahead(self) -> bool:
        """Whether what is planned may be in it."""
        return TABLES[self.table].ahead

    @property
    def begins(self) -> str | None:
        """The date that is not after this one."""
        return next((first for first, last in TABLES[self.table].spans if last == self.to), None)

    @property
    def verbatim(self) -> bool:
        """Whether any text is stored as it stands."""
        free = self.type == "text" and self.column is not None and not self.column.one_of
        return free and not self.source.length and self.to not in ("patient_id", "code_system")


def places(format: str) -> list[Place]:
    """Its columns."""
    (layout,) = all_formats()[format].layouts
    known = TABLES[layout.table].by_name
    found = []
    for header in FORMATS[format]:
        (how,) = [c for c in layout.columns if header in c.headers or (c.repeats and header.startswith("DIAG_"))]
        found.append(Place(format, header, how, known.get(how.column), layout.table))
    return found


def rows_of(format: str, count: int) -> Rows:
    """Header and rows."""
    make = FORMATS[format]
    return [list(make), *([cell(row) for cell in make.values()] for row in range(count))]


def as_csv(rows: Sequence[Sequence[str]], delimiter: str = ",") -> bytes:
    """Rows as a text file, quoted where need be."""
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def as_parquet(rows: Sequence[Sequence[str]]) -> bytes:
    """Rows as Parquet, every cell text."""
    header, *lines = rows
    columns = {name: pa.array([line[i] or None for line in lines], pa.string()) for i, name in enumerate(header)}
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


FORMS: Mapping[str, Callable[[Rows], bytes]] = {
    "csv": as_csv,
    "tsv": lambda rows: as_csv(rows, "\t"),
    "csv.gz": lambda rows: gzip.compress(as_csv(rows)),
    "parquet": as_parquet,
}


def write_study(folder: Path, formats: Sequence[str], count: int, **sections: Mapping[str, Any]) -> None:
    """A study with good extracts of some formats, each in a folder of its own."""
    for format in formats:
        place = folder / "extracts" / format
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{format}.csv").write_bytes(as_csv(rows_of(format, count)))
    write_toml(folder, formats, **sections)


def write_toml(folder: Path, formats: Sequence[str], **sections: Any) -> None:
    """study.toml: every file of each format's folder is its extract."""
    settings = sections.pop("settings", {})
    sources = [{"format": one, "files": f"extracts/{one}/*", **settings.get(one, {})} for one in formats]
    today = date.today()
    for one in sources:
        if one["format"] == "opt_outs":
            one.setdefault("as_of", today)
    facts = {"name": "spoilt", "sources": sources, "engine": {"threads": 1, "memory_limit_gb": 0.5}, **sections}
    (folder / "study.toml").write_text(tomli_w.dumps(facts), encoding="utf-8")
