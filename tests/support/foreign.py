"""Extracts in a foreign shape: the synthetic ones with other headings, dates, codes, delimiters and encodings."""

from __future__ import annotations

import csv
import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

Rows = list[dict[str, str]]
PHRASES: Mapping[str, Mapping[str, Sequence[str]]] = {
    "patients": {
        "patient_id": ("patient id", "pseudo nhs number", "person id", "patient pseudonym"),
        "practice_code": ("practice code", "gp practice", "ODS code", "GP practice code"),
        "sex": ("sex", "gender", "patient gender"),
        "birth_month": ("month of birth", "birth month", "year month of birth"),
        "ethnicity": ("ethnicity", "ethnic group", "ethnic category"),
        "imd_decile": ("imd decile", "deprivation decile"),
        "lsoa": ("lsoa", "lsoa code"),
        "care_home": ("care home", "care home flag", "care home resident"),
        "care_home_id": ("care home id", "care home code"),
        "date_of_death": ("date of death", "death date", "DOD"),
    },
    "registrations": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "practice_code": ("practice code", "gp practice", "organisation code"),
        "start_date": ("registration date", "registration start date", "date registered"),
        "end_date": ("deregistration date", "registration end date", "date left", "deduction date"),
    },
    "gp_events": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "date": ("event date", "effective date", "date"),
        "code": ("snomed code", "code", "clinical code", "concept id"),
        "code_system": ("code system", "coding system", "terminology"),
        "value": ("value", "numeric value", "result"),
        "unit": ("unit", "units", "unit of measure"),
        "recorded_date": ("date recorded", "recorded date", "date entered"),
    },
    "prescriptions": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "date": ("issue date", "date prescribed", "prescription date"),
        "code": ("bnf code", "drug code", "product code"),
        "code_system": ("code system", "code type"),
        "name": ("drug name", "medication name", "product name", "medicine"),
        "quantity": ("quantity", "qty", "quantity issued"),
        "duration_days": ("duration days", "duration", "course duration"),
        "repeat": ("repeat", "repeat flag", "is repeat"),
    },
    "consultations": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "date": ("consultation date", "contact date", "appointment date"),
        "staff_role": ("staff role", "clinician role", "job role"),
        "mode": ("mode", "consultation type", "contact type"),
    },
    "deaths": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "date_of_death": ("date of death", "death date", "DOD"),
        "cause_1": ("underlying cause", "cause of death", "underlying cause of death"),
    },
    "opt_outs": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "kind": ("opt out type", "type", "objection type"),
        "recorded_date": ("opt out date", "date recorded", "recorded date"),
        "withdrawn": ("withdrawn", "withdrawn flag"),
    },
    "caseload": {
        "patient_id": ("patient id", "pseudo nhs number", "person id"),
        "role": ("team", "service", "caseload"),
        "enrolled_on": ("enrolment date", "start date", "date accepted"),
        "left_on": ("discharge date", "end date", "date closed"),
        "outcome": ("outcome", "discharge reason"),
    },
    "hes_apc": {
        "TOKEN_PERSON_ID": ("patient id", "pseudo nhs number", "person id"),
        "EPIKEY": ("episode id", "episode key"),
        "PROCODE5": ("provider code", "hospital provider code", "trust code"),
        "ADMIDATE": ("admission date", "date of admission", "hospital provider spell start date"),
        "ADMIMETH": ("admission method", "method of admission", "admission method code"),
        "ADMISORC": ("admission source", "source of admission"),
        "DISDATE": ("discharge date", "date of discharge", "hospital provider spell discharge date"),
        "DISDEST": ("discharge destination", "destination on discharge"),
        "DISMETH": ("discharge method", "method of discharge"),
        "EPISTART": ("episode start date", "start of episode", "consultant episode start date"),
        "EPIEND": ("episode end date", "end of episode", "consultant episode end date"),
        "EPIORDER": ("episode order", "episode number"),
        "EPISTAT": ("episode status",),
        "CLASSPAT": ("patient classification", "patient class"),
        "TRETSPEF": ("treatment function code", "treatment specialty"),
        "GPPRAC": ("gp practice", "practice code", "gp practice code"),
        "SUBDATE": ("submission date", "date submitted"),
        "DIAG": ("diagnosis", "diag", "icd10", "diagnosis code"),
    },
    "hes_op": {
        "TOKEN_PERSON_ID": ("patient id", "pseudo nhs number", "person id"),
        "APPTDATE": ("appointment date", "appt date", "date of appointment"),
        "ATTENDED": ("attended", "attendance status", "attended or did not attend"),
        "FIRSTATT": ("first attendance", "first attendance code"),
        "TRETSPEF": ("treatment function code", "treatment specialty"),
        "PROCODE5": ("provider code", "trust code"),
    },
    "ecds": {
        "TOKEN_PERSON_ID": ("patient id", "pseudo nhs number", "person id"),
        "Arrival_Date": ("arrival date", "attendance date"),
        "Arrival_Time": ("arrival time", "attendance time"),
        "EC_AttendanceCategory": ("attendance category", "ED attendance category"),
        "EC_Department_Type": ("department type", "ED department type"),
        "EC_Chief_Complaint_SNOMED_CT": ("chief complaint", "presenting complaint"),
        "EC_Arrival_Mode_SNOMED_CT": ("arrival mode", "mode of arrival"),
        "Discharge_Destination_SNOMED_CT": ("discharge destination", "attendance disposal"),
        "PROCODE5": ("provider code", "trust code"),
        "GPPRAC": ("gp practice", "practice code"),
    },
}
DATES = (
    "date", "recorded_date", "start_date", "end_date", "date_of_death", "enrolled_on", "left_on", "ADMIDATE", "DISDATE",
    "EPISTART", "EPIEND", "SUBDATE", "APPTDATE", "Arrival_Date",
)  # fmt: skip
DATE_STYLES = (
    "%Y-%m-%d", "%d/%m/%Y", "%Y%m%d", "%d-%b-%y", "%d-%b-%Y", "%Y-%m-%d 00:00:00", "%d/%m/%Y 00:00", "%m/%d/%Y",
    "%d.%m.%Y", "%d-%m-%Y",
)  # fmt: skip
BIRTH_STYLES = ("%Y-%m", "%m/%Y", "%b-%Y", "%Y%m", "day")
SEXES = ({}, {"M": "Male", "F": "Female"}, {"M": "MALE", "F": "FEMALE"}, {"M": "1", "F": "2"}, {"M": "m", "F": "f"})
FLAGS = ({}, {"1": "Y", "0": "N"}, {"1": "Yes", "0": "No"}, {"1": "TRUE", "0": "FALSE"})
KINDS = ({}, {"type1": "Type 1", "national": "National Data Opt-Out", "local": "Local"})
SYSTEMS = ({}, {"snomed": "SNOMED CT", "bnf": "BNF"}, {"snomed": "Snomed", "bnf": "bnf"})


def _snake(words: Sequence[str]) -> str:
    return "_".join(words).lower()


STYLES: Mapping[str, Callable[[Sequence[str]], str]] = {
    "snake": _snake,
    "upper": lambda words: "_".join(words).upper(),
    "camel": lambda words: "".join(word[:1].upper() + word[1:] for word in words),
    "spaces": lambda words: " ".join(word[:1].upper() + word[1:] for word in words),
    "prefix": lambda words: "src_" + _snake(words),
    "lower": lambda words: " ".join(words).lower(),
}


@dataclass
class Shape:
    """How foreign extracts are written.

    Parameters
    ----------
    headings : dict
        Format -> our heading -> theirs, as far as it was renamed.
    """

    seed: int
    style: str
    dates: str
    births: str
    delimiter: str
    encoding: str
    folders: str
    sex: Mapping[str, str]
    flags: Mapping[str, str]
    kinds: Mapping[str, str]
    systems: Mapping[str, str]
    missing: str
    junk: bool
    identifying: bool
    headings: dict[str, dict[str, str]] = field(default_factory=dict)

    @property
    def says(self) -> str:
        return f"{self.seed} {self.style} {self.dates} {self.births} {self.delimiter!r} {self.encoding} {self.folders}"


def shape_of(seed: int) -> Shape:
    """A shape, the same for the same seed."""
    pick = random.Random(seed)
    return Shape(
        seed,
        list(STYLES)[seed % len(STYLES)],
        DATE_STYLES[seed % len(DATE_STYLES)],
        pick.choice(BIRTH_STYLES),
        pick.choice(",\t|;"),
        pick.choice(("utf-8", "utf-8", "latin-1", "utf-8-sig")),
        pick.choice(("own", "flat", "renamed")),
        pick.choice(SEXES), pick.choice(FLAGS), pick.choice(KINDS), pick.choice(SYSTEMS),
        pick.choice(("", "", "NULL")),
        pick.random() < 0.6,
        pick.random() < 0.6,
    )  # fmt: skip


def format_of(path: Path) -> str:
    """The format of one of the synthetic extracts."""
    return re.sub(r"_\d+$", "", path.name.split(".")[0])


def write_foreign(plain: Path, into: Path, seed: int) -> Shape:
    """Write the plain extracts in a foreign shape, under `into`/extracts."""
    shape, pick = shape_of(seed), random.Random(seed + 1)
    for path in sorted(plain.rglob("*.csv")):
        name = format_of(path)
        if name not in PHRASES:
            target = into / "extracts" / path.relative_to(plain)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            continue
        with path.open(encoding="utf-8", newline="") as stream:
            rows: Rows = list(csv.DictReader(stream))
        headings = shape.headings.setdefault(name, _headings(name, list(rows[0]), shape, pick))
        _write(_target(plain, path, into, shape), _foreign_rows(name, rows, headings, shape, pick), shape)
    return shape


def _target(plain: Path, path: Path, into: Path, shape: Shape) -> Path:
    place = into / "extracts"
    if shape.folders == "flat":
        return place / path.name
    if shape.folders == "renamed":
        return place / "from the DSCRO" / f"Extract {path.stem} final.txt"
    return place / path.relative_to(plain)


def _headings(name: str, headers: Sequence[str], shape: Shape, pick: random.Random) -> dict[str, str]:
    chosen: dict[str, str] = {}
    diagnosis = pick.choice(PHRASES[name].get("DIAG", ("diag",)))
    for header in headers:
        if match := re.fullmatch(r"DIAG_(\d\d)", header):
            words = [*diagnosis.split(), str(int(match[1]))]
        elif header in PHRASES[name]:
            words = pick.choice(PHRASES[name][header]).split()
        else:
            continue
        chosen[header] = STYLES[shape.style](words)
    return chosen


def _day(iso: str, style: str) -> str:
    return date.fromisoformat(iso).strftime(style) if iso else ""


def _foreign_rows(name: str, rows: Rows, headings: Mapping[str, str], shape: Shape, pick: random.Random) -> Rows:
    days = [row[h] for row in rows for h in DATES if row.get(h)]
    style = "%d-%b-%Y" if shape.dates == "%d-%b-%y" and min(days) < "1970" else shape.dates
    found: Rows = []
    for number, row in enumerate(rows):
        theirs = {headings.get(h, h): _cell(name, h, value, style, shape, pick) for h, value in row.items()}
        if shape.missing:
            theirs = {h: value or shape.missing for h, value in theirs.items()}
        found.append({**theirs, **_others(name, number, shape, pick)})
    return found


def _cell(name: str, header: str, value: str, style: str, shape: Shape, pick: random.Random) -> str:
    if header in DATES:
        return _day(value, style)
    if header == "birth_month":
        day = date.fromisoformat(value + "-01") + timedelta(days=pick.randrange(28))
        return day.strftime(shape.dates.replace("%y", "%Y") if shape.births == "day" else shape.births)
    if name == "patients" and header == "sex":
        return shape.sex.get(value, value)
    if header in ("care_home", "repeat", "withdrawn"):
        return shape.flags.get(value, value)
    if header == "kind":
        return shape.kinds.get(value, value)
    return shape.systems.get(value, value) if header == "code_system" else value


def _others(name: str, number: int, shape: Shape, pick: random.Random) -> dict[str, str]:
    """Columns that nothing reads: of the warehouse, and such as identify people."""
    say, others = STYLES[shape.style], dict[str, str]()
    if shape.junk:
        others[say(["extract", "run", "number"])] = str(1000 + number)
        others[say(["load", "date"])] = _day("2026-01-14", shape.dates)
        others[say(["comments"])] = pick.choice(("", "checked", "caf\u00e9 visit"))
    if shape.identifying and name in ("patients", "hes_apc", "deaths"):
        others[say(["surname"])] = pick.choice(("Smith", "Jones", "Taylor", "Brown", "Khan", "Patel", "Evans"))
        others[say(["NHS", "number"])] = _nhs_number(pick)
    return others


def _nhs_number(pick: random.Random) -> str:
    while True:
        digits = [pick.randrange(10) for _ in range(9)]
        check = -sum(digit * (10 - i) for i, digit in enumerate(digits)) % 11
        if check < 10:
            return "".join(map(str, [*digits, check]))


def _write(target: Path, rows: Rows, shape: Shape) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding=shape.encoding, newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), delimiter=shape.delimiter, lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(rows)


def paste(study: Path, toml: str) -> None:
    """Write sections in study.toml in place of all its [[sources]], as a person would."""
    kept: list[str] = []
    inside, pasted = False, False
    for line in study.read_text(encoding="utf-8").splitlines():
        if line.startswith("[[sources]]"):
            inside = True
            kept += [] if pasted else [toml, ""]
            pasted = True
        elif inside and re.match(r"\[|# ---", line):
            inside = False
        if not inside:
            kept.append(line)
    assert pasted
    study.write_text("\n".join(kept) + "\n", encoding="utf-8")
