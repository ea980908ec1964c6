"""The guard: which headers and which values are direct identifiers, which are not, and what is said of them."""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.tablespec import cells

from riskstrat.governance.birth_dates import is_birth_date
from riskstrat.governance.guard import IdentifierFound, is_nhs_number, kind_of_values, screen_columns
from riskstrat.governance.identifiers import FORENAMES, SURNAMES, header_kind
from riskstrat.tables.schema import TABLES

DRAW = random.Random(20250101)
Cells = Sequence[str | None]


def nhs_number(first_nine: int) -> str | None:
    """The NHS number that begins with nine digits; None where there is none."""
    digits = f"{first_nine:09}"
    check = 11 - sum(int(digit) * weight for digit, weight in zip(digits, range(10, 1, -1), strict=True)) % 11
    return None if check == 10 else f"{digits}{check % 11}"


def nhs_numbers(n: int) -> list[str]:
    drawn = (nhs_number(DRAW.randrange(400_000_000, 800_000_000)) for _ in iter(int, 1))
    return [number for number, _ in zip((one for one in drawn if one), range(n), strict=False)]


def not_nhs_numbers(n: int) -> list[str]:
    """The same with a wrong check digit."""
    return [number[:9] + str((int(number[9]) + 1) % 10) for number in nhs_numbers(n)]


def parted(number: str, by: str = " ") -> str:
    return f"{number[:3]}{by}{number[3:6]}{by}{number[6:]}"


def many(make: Callable[[], str], n: int = 400) -> list[str]:
    return [make() for _ in range(n)]


def day(first: int = 1925, last: int = 2010) -> str:
    return f"{DRAW.randint(first, last)}-{DRAW.randint(1, 12):02}-{DRAW.randint(1, 28):02}"


def letters(alphabet: str, n: int) -> str:
    return "".join(DRAW.choice(alphabet) for _ in range(n))


def a_word() -> str:
    return letters("aeioulmnrst", 9).title()


# --- Headers -----------------------------------------------------------------------------------------------------

NAMED = """
kind                      | headers
NHS number                | NHS_NUMBER nhs-no NhsNumber NHSNumber nhsno NHSNO NHSNo NHSno
NHS number                | NEWNHSNO nhs_num nhs.number patient_nhs_number
CHI number                | CHI_NUMBER chi_no
hospital number           | local_patient_id LocalPatientId LOPATID LOCAL_PATIENT_IDENTIFIER
hospital number           | hospital_no HospitalNumber MRN
national insurance number | NINO NI_number NationalInsuranceNumber
social security number    | SSN social_security_number
passport number           | PASSPORT passport_no
driving licence number    | DRIVERS driving_licence
email address             | email EmailAddress e_mail E-MAIL patient_email
telephone number          | telephone phone PHONE HomePhone MobilePhone mobile mobile_no
telephone number          | tel TelNo phone_number home_tel phone1
postcode                  | postcode POST_CODE PostCode Postcode_of_usual_address zip ZIPCode pcds PCD2
address                   | ADDRESS address1 AddressLine1 address_2 HOMEADD HouseNameFlatNumber
address                   | NumberAndStreet Village street UPRN
coordinates               | LAT LON latitude Longitude easting
place of birth            | BIRTHPLACE place_of_birth
name                      | surname SURNAME Surname forename forename_1 GivenName MiddleNames first_name
name                      | FirstName FIRST LAST
name                      | MAIDEN maidenName patient_name PATIENTNAME full-name CarerName fname
name                      | lname next_of_kin initials
contact details           | contact ContactComments contact_details
date of birth             | dob DOB date_of_birth DateOfBirth DATEOFBIRTH birthdate BIRTHDATE DOBBABY
date of birth             | birth_datetime BENE_BIRTH_DT
date of birth             | PersonBirthDate day_of_birth patient_dob
"""
INNOCENT = """
    NHS_NUMBER_DEID Der_Pseudo_NHS_Number PSEUDO_HESID ENCRYPTED_HESID TOKEN_PERSON_ID PERSON_ID_DEID person_id patid
    nhs_number_status NHSNumberStatus NHSNOIND nhs_no_ind HAS_POSTCODE has_postcode address_type address_id
    hashed_nhs_number email_consent mobile_flag first_contact_date telephone_consultations postcode_district
    name NAME practice_name OrganisationName NameOfMedication drug_name NationalSlotCategoryName
    LSOA11 LSOA01 lsoa msoa_code imd_decile IMD04_DECILE RESCTY Town County CITY STATE COUNTY FIPS Title PREFIX SUFFIX
    firstreg FIRSTREG FIRSTATT first_attendance first_seen LASTREVDATE last_review LastReviewDate
    MYDOB mydob year_of_birth YEAR_MONTH_OF_BIRTH birth_month yob mob birth_weight BIRORDR_1 BIRTHORDER
    patient_id patient_no PatientGuid PatientNumber PracticeCode GPPRAC PROCODE5 SITETRET ADMIMETH DISDATE EPIKEY AEKEY
    SUSRECID ATTENDKEY HRGNHS DIAG_01 OPERTN_3_24 CCG_RESIDENCE AT_GP_PRACTICE NHS_INDICATOR HRGNHSVN
    ModeOfContact contact_type staff_role provider_id care_site_id visit_source_value person_source_value
    UsualGpUserInRoleGuid ExternalUsualGPOrganisation CarerRelation PatientMessage NumericRangeLow NumberOfIssues
    regstartdate emis_ddate cprd_ddate BENE_DEATH_DT DEATHDATE date_of_death start_date medcodeid numunitid
    latest latency elongation lateral longitudinal_id streetwise telemetry shipping_zip3
"""


@pytest.mark.parametrize(
    ("kind", "header"), [(kind, header) for kind, headers in cells(NAMED)[1] for header in headers.split()]
)
def test_a_header_that_names_an_identifier(kind: str, header: str) -> None:
    assert header_kind(header) == kind
    assert header_kind(header.lower() if "_" in header else header.upper()) == kind


@pytest.mark.parametrize("header", INNOCENT.split())
def test_a_header_that_names_none(header: str) -> None:
    assert header_kind(header) is None


def test_headers_with_spaces() -> None:
    headers = ("NHS Number", "Date of birth", "First Name", "Post Code", "Health and so on")
    found = [header_kind(header) for header in headers]
    assert found == ["NHS number", "date of birth", "name", "postcode", None]


@pytest.mark.parametrize("table", TABLES)
def test_no_canonical_column_is_named_like_an_identifier(table: str) -> None:
    assert {header_kind(column.name) for column in TABLES[table].columns} <= {None, "date of birth"}


# --- Values ------------------------------------------------------------------------------------------------------

TOWNS = ["Leeds", "York", "Bath", "Ely", "Hull", "Derby", "Truro", "Exeter", "Ripon", "Luton", "Crewe", "Poole", "Bury"]
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November"]
DISORDERS = ("Chronic", "Acute", "mild", "Disorder of", "kidney", "Wilson disease", "Bell palsy", "(finding)", "E.coli")
NOTE = "Seen today, feels better, to review in two weeks number"
STREETS = ("High Street", "Church Road", "St Mary's Close", "Kings Avenue", "Mill Lane", "THE GREEN")


def a_postcode(space: str = " ") -> str:
    area = DRAW.choice(("B", "TQ", "EX", "SW"))
    return f"{area}{DRAW.randint(1, 19)}{space}{DRAW.randint(1, 9)}{letters('ABDEFGHJ', 2)}"


def a_note_with(text: str) -> list[str]:
    """A thousand notes, of which five hold a text with a digit of its own."""
    notes = [f"{NOTE} {i}" for i in range(1000)]
    for i in range(5):
        notes[200 * i + 7] += f". {text.replace('#', str(i))}, thanks"
    return notes


def tell(number: str) -> str:
    return f"{NOTE} {number}."


TELLING: dict[str, tuple[str, Cells]] = {
    "NHS numbers": ("NHS number", nhs_numbers(200)),
    "NHS numbers, most cells empty": ("NHS number", [None] * 9000 + nhs_numbers(40)),
    "NHS numbers in cells with spaces around": ("NHS number", [f" {number} " for number in nhs_numbers(40)]),
    "NHS numbers as a spreadsheet's decimals": ("NHS number", [f"{number}.0" for number in nhs_numbers(40)]),
    "NHS numbers, a third of them mistyped": ("NHS number", nhs_numbers(40) + not_nhs_numbers(20)),
    "NHS numbers among local numbers of eight digits": ("NHS number", nhs_numbers(40) + ["19500317"] * 90),
    "NHS numbers with spaces, three": ("NHS number", [parted(number) for number in nhs_numbers(3)]),
    "NHS numbers with hyphens, three": ("NHS number", [parted(number, "-") for number in nhs_numbers(3)]),
    "NHS numbers, five": ("NHS number", nhs_numbers(5)),
    "ten of twenty": ("NHS number", nhs_numbers(10) + not_nhs_numbers(10)),
    "NHS numbers in notes": ("NHS number", a_note_with("")[:900] + [tell(parted(number)) for number in nhs_numbers(4)]),
    "NHS numbers in notes, bare": ("NHS number", a_note_with("")[:900] + [tell(number) for number in nhs_numbers(20)]),
    "more than are looked at": ("NHS number", nhs_numbers(30_000)),
    "emails": ("email address", [f"someone{i}@example.nhs.uk" for i in range(3)]),
    "emails in notes": ("email address", a_note_with("Write to jo.bloggs+#@example.org")),
    "telephone numbers": ("telephone number", many(lambda: f"01632 96{DRAW.randint(1000, 9999)}", 3)),
    "telephone numbers of London": ("telephone number", ["020 7946 0001", "020 7946 0002", "(020) 7946 0003"]),
    "telephone numbers of Leeds": ("telephone number", ["0113 496 0001", "0113-496-0002", "(0113) 496 0003"]),
    "mobile telephones": ("telephone number", ["07700 900001", "07700 900 002", "+44 7700 900003", "+447700900004"]),
    "bare telephone numbers": ("telephone number", many(lambda: f"07700{DRAW.randint(900_000, 999_999)}")),
    "telephone numbers in notes": ("telephone number", a_note_with("Ring 07700 90000#")),
    "bare telephone numbers in notes": ("telephone number", a_note_with("Ring 0770090000#")),
    "postcodes": ("postcode", many(a_postcode)),
    "postcodes, three": ("postcode", ["BS1 1AA", "BS34 6BQ", "EX1 2BB"]),
    "postcodes in lower case": ("postcode", many(lambda: a_postcode().lower())),
    "postcodes without a space": ("postcode", many(lambda: a_postcode(""))),
    "postcodes without a space but around": ("postcode", many(lambda: f" {a_postcode('')}  ")),
    "postcodes of seven characters": ("postcode", [f"{a_postcode('')[:-3]:4}{a_postcode()[-3:]}" for _ in range(60)]),
    "postcodes in notes": ("postcode", a_note_with("Moved to BS1 #AA")),
    "addresses": ("address", [f"{i} {street}" for i, street in enumerate(STREETS)]),
    "addresses with a town": ("address", [f"Flat {i}, {i}A {street}, Leeds" for i, street in enumerate(STREETS)]),
    "addresses of houses with names too": ("address", [f"{i} Mill Lane" for i in range(9)] + ["Rose House", *TOWNS]),
    "titles": ("name", ["Mr Bloggs", "Mrs J Bloggs", "Miss Joanna Bloggs"]),
    "doctors": ("name", [f"DR {letters('ABCDE', 5)}" for _ in range(30)]),
    "titles in notes": ("name", a_note_with("")[:900] + [tell(f"Mrs {name}") for name in ("Bloggs", "A Doe", "Roe")]),
    "forenames": ("name", [name.title() for name in sorted(FORENAMES)[:40]]),
    "surnames in capitals": ("name", [name.upper() for name in sorted(SURNAMES)[:40]]),
    "surnames, most of them rare": ("name", sorted(SURNAMES)[:12] + many(a_word, 60)),
    "a great many surnames": ("name", sorted(SURNAMES)[:40] + many(a_word, 9000)),
    "full names": ("name", [f"{first.title()} {a_word()}" for first in sorted(FORENAMES)[:40]]),
    "full names, half of them rare": ("name", [f"{first} {a_word()}" for first in [*sorted(FORENAMES)[:20], *TOWNS]]),
    "full names, surname first": ("name", [f"{a_word().upper()}, {first}" for first in sorted(FORENAMES)[:40]]),
    "full names, surname first, no space": ("name", [f"{a_word()},{first}" for first in sorted(FORENAMES)[:40]]),
}  # fmt: skip
INNOCENT_VALUES: dict[str, Cells] = {
    "nothing": [],
    "nothing but empty cells": [None, "", "  "],
    "ten-digit numbers that are no NHS numbers": not_nhs_numbers(400),
    "nine of twenty": nhs_numbers(9) + not_nhs_numbers(11),
    "four NHS numbers might be four of anything": nhs_numbers(4),
    "one number in eleven": nhs_numbers(36) + not_nhs_numbers(364),
    "numbers written 3-3-4, few of them valid": [parted(n) for n in nhs_numbers(36) + not_nhs_numbers(364)],
    "one digit ten times": [str(digit) * 10 for digit in range(10)],
    "twelve-digit keys": many(lambda: str(DRAW.randrange(10**11, 10**12))),
    "18-digit codes": many(lambda: str(DRAW.randrange(10**17, 10**18))),
    "eleven digits from nought": many(lambda: f"{DRAW.randrange(10**9):011}"),
    "LSOA": many(lambda: f"E0{DRAW.choice('12')}{DRAW.randrange(10**6):06}"),
    "practices": many(lambda: f"{DRAW.choice('ABCDEFGHJKLMNPY')}8{DRAW.randrange(10**4):04}"),
    "providers": many(lambda: f"R{letters('ABCDEFGHJKLMNPQRTVWXY', 2)}{DRAW.randrange(100):02}"),
    "provider sites": many(lambda: f"R{letters('ABCDEF0123456789', 4)}"),
    "ICD-10": many(lambda: f"{letters('ABCDEFGIJKM', 1)}{DRAW.randrange(1000):03}"),
    "ICD-10 with marks": many(lambda: f"{letters('ABCDEFGIJKM', 1)}{DRAW.randrange(100):02}.{letters('0123', 1)}D"),
    "Read v2": many(lambda: letters("0123456789ABCDEFGHJabcdefgh.", 4) + "."),
    "CTV3": many(lambda: "X" + letters("abcdefghABCDEFGH0123456789", 4)),
    "OPCS": many(lambda: f"{letters('ABCDEFGHJKLMX', 1)}{DRAW.randrange(1000):03}"),
    "HRG": many(lambda: f"{letters('ABCDE', 2)}{DRAW.randrange(100):02}{letters('ABCZ', 1)}"),
    "BNF": many(lambda: f"{DRAW.randrange(10**7):07}{letters('ABCDEF', 2)}AA{letters('ABC', 4)}"),
    "UUID": many(lambda: str(uuid.UUID(int=DRAW.getrandbits(128)))),
    "hexadecimal": many(lambda: f"{DRAW.getrandbits(128):032x}"),
    "integers": [str(i) for i in range(1, 400)],
    "prices": many(lambda: f"{DRAW.uniform(0, 900):.2f}"),
    "coordinates with ten decimals": many(lambda: f"{DRAW.uniform(0, 900):.10f}"),
    "times": many(lambda: f"{DRAW.randrange(24):02}:{DRAW.randrange(60):02}"),
    "times without a colon, and from to": many(lambda: f"08{DRAW.randrange(60):02}-17{DRAW.randrange(60):02}"),
    "dates": many(day),
    "dates with a time": many(lambda: f"{day()} 10:{DRAW.randrange(60):02}:00"),
    "dates without separators": many(lambda: day().replace("-", "")),
    "sexes": ["F", "M", "U"] * 100,
    "ethnic groups": ["White", "Black", "Asian", "Mixed", "Other", "Unknown"] * 50,
    "towns": [*TOWNS, "Preston", "Wells", "Lincoln", "Dover", "Stafford", "Kirkby", "Ashford", "Newport"],
    "months": MONTHS,
    "practice names": [f"{town} Health Centre" for town in TOWNS * 2] + ["Dr Bloggs & Partners", "Victoria Surgery"],
    "medicines": many(lambda: f"{a_word()} {DRAW.randint(1, 500)}mg MR capsules"),
    "doses": ["Take one twice a day", "1 TDS", "2 puffs as needed", "Vitamin B12 1mg", "B12 5 MG", "Miss one if sick"],
    "disorders": many(lambda: " ".join(DRAW.choice(DISORDERS) for _ in range(3))),
    "notes": a_note_with("BP 120/80 on 01-02-2024 at 1030, HbA#c 48, MR scan of L4/5, call 111"),
    "codes of which some read like postcodes": many(lambda: a_postcode(""), 30) + [f"{code:05}" for code in range(90)],
    "wards, some at an address": [*STREETS, "1 High Street", "2 Mill Lane", "3 The Green", *many(a_word)],
    "notes with one telephone": a_note_with("Ring us on 0113 496 0001"),
}  # fmt: skip


@pytest.mark.parametrize("name", TELLING)
def test_values_that_tell(name: str) -> None:
    kind, values = TELLING[name]
    assert kind_of_values(values) == kind
    assert kind_of_values(values, codes=True) is None


@pytest.mark.parametrize("name", INNOCENT_VALUES)
def test_values_that_do_not_tell(name: str) -> None:
    assert kind_of_values(INNOCENT_VALUES[name]) is None


def test_check_digits() -> None:
    numbers = nhs_numbers(500)
    assert all(is_nhs_number(number) for number in numbers)
    slips = [number[:i] + str((int(number[i]) + 1) % 10) + number[i + 1 :] for number in numbers for i in range(10)]
    assert not any(is_nhs_number(slip) for slip in slips)


@settings(deadline=None)
@given(st.integers(0, 2**32), st.integers(200, 600))
def test_random_pseudonyms_of_ten_digits_are_let_pass(seed: int, n: int) -> None:
    drawn = random.Random(seed)
    assert kind_of_values([str(drawn.randrange(10**9, 10**10)) for _ in range(n)]) is None


@settings(deadline=None)
@given(st.lists(st.integers(100_000_000, 999_999_998), min_size=30, unique=True), st.sampled_from(["", " ", "-"]))
def test_nhs_numbers_are_not(beginnings: list[int], by: str) -> None:
    numbers = [number for one in beginnings if (number := nhs_number(one)) and is_nhs_number(number)]
    if len(numbers) >= 5:
        assert kind_of_values([parted(number, by) for number in numbers]) == "NHS number"


def is_only_a_birth(values: Cells) -> bool:
    return kind_of_values(values) is None and is_birth_date(values, "dob")


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=60))
def test_any_text_can_be_judged(values: list[str | None]) -> None:
    found = screen_columns({"anything": values, "dob": values}, people=True)
    assert len(found) == (kind_of_values(values) is not None) * 2 + is_only_a_birth(values)


# --- Dates of birth ----------------------------------------------------------------------------------------------

BORN: dict[str, tuple[str, Cells]] = {
    "ISO": ("DOB", ["1950-03-17", "1948-11-02"]),
    "one person": ("DOB", ["1950-03-17"]),
    "with a time": ("birth_datetime", many(lambda: f"{day()} 00:00:00")),
    "with a T": ("birth_datetime", many(lambda: f"{day()}T00:00:00Z")),
    "YYYYMMDD": ("BENE_BIRTH_DT", many(lambda: day().replace("-", ""))),
    "DDMMYYYY": ("DOB", ["17031950", "02111948"]),
    "dd/mm/yyyy": ("DateOfBirth", ["17/03/1950", "02/11/1948"]),
    "dd/mm/yy": ("DateOfBirth", ["17/03/50", "02/11/48"]),
    "dd-Mon-yyyy": ("dob", ["17-Mar-1950", "2-NOV-1948"]),
    "in words": ("dob", ["17 March 1950", "2 November 1948"]),
    "days of a spreadsheet": ("dob", ["18339", "17839", "22222"]),
    "six digits": ("dob", ["170350", "021148", "280561"]),
    "some to the month, one to the day": ("dob", ["1950-03"] * 50 + ["1948-11-02"]),
    "most of them unknown": ("dob", [None] * 50 + ["1948-11-02", "1950-03-17"]),
    "under a header of a month": ("MYDOB", ["1950-03-17", "1948-11-02"]),
    "under a header of a year": ("year_of_birth", ["1950-03-17", "1948-11-02"]),
    "the day in a column of its own": ("day_of_birth", ["17", "2", "28"]),
    "birthdays": ("birthday", ["1950-03-17", "1948-11-02"]),
}
NOT_BORN: dict[str, tuple[str, Cells]] = {
    "no rows": ("dob", []),
    "all unknown": ("dob", [None, "", "unknown"]),
    "years": ("dob", ["1950", "1948", "1948.0"]),
    "months": ("date_of_birth", ["1950-03", "1948-11", "195003", "03/1950", "Mar 1950", "March-1950"]),
    "months as HES has them": ("MYDOB", ["031950", "111948"]),
    "firsts of the month": ("date_of_birth", ["1950-03-01", "1948-11-01"]),
    "firsts of the month, YYYYMMDD": ("BENE_BIRTH_DT", ["19500301", "19481101"]),
    "firsts of the month, dd/mm/yyyy": ("dob", ["01/03/1950", "01/11/1948"]),
    "middle of the month": ("dob", ["1950-03-15", "1948-11-15"]),
    "the 28th of 60 months": ("dob", [f"{year}-{month:02}-28" for year in range(1950, 1955) for month in range(1, 13)]),
    "day of birth left at 1": ("day_of_birth", ["1", "1"]),
    "month of birth": ("month_of_birth", ["3", "11"]),
    "order of birth": ("birth_order", ["3", "1"]),
    "weight at birth": ("birth_weight", ["3210", "2950"]),
    "another date": ("start_date", many(day)),
}


@pytest.mark.parametrize("name", BORN)
def test_days_of_birth_under_a_header(name: str) -> None:
    header, values = BORN[name]
    assert is_birth_date(values, header)
    (found,) = screen_columns({header: values})
    assert found.kind == "date of birth"
    assert screen_columns({header: values}, coarsened=[header]) == []


@pytest.mark.parametrize("name", NOT_BORN)
def test_what_is_no_day_of_birth(name: str) -> None:
    header, values = NOT_BORN[name]
    assert not is_birth_date(values, header, people=True)
    assert screen_columns({header: values}, people=True) == []


FORMATS: dict[str, Callable[[str], str]] = {
    "ISO": str,
    "YYYYMMDD": lambda text: text.replace("-", ""),
    "with a time": lambda text: f"{text} 00:00:00",
    "dd/mm/yyyy": lambda text: "/".join(reversed(text.split("-"))),
    "dd-Mon-yyyy": lambda text: f"{text[8:]}-Jan-{text[:4]}",
}


@pytest.mark.parametrize("form", FORMATS)
def test_births_of_a_file_of_people_under_any_header(form: str) -> None:
    births = [FORMATS[form](day()) for _ in range(400)]
    assert is_birth_date(births, "d1", people=True)
    assert not is_birth_date(births, "d1")
    assert is_birth_date([None] * 30 + births, "", people=True)
    assert is_birth_date([FORMATS[form](day(1940, 1990)) for _ in range(400)], "d1", people=True)
    (found,) = screen_columns({"d1": births}, people=True)
    assert str(found) == "d1: 100 % of the values checked look like dates of birth"


OTHER_DATES: dict[str, tuple[str, Cells]] = {
    "known of a minority": ("d1", [None] * 300 + many(day, 400)),
    "of the last forty years": ("d1", many(lambda: day(1986, 2024))),
    "old ones are few": ("d1", many(lambda: day(1985, 2024)) + many(lambda: day(1930, 1984), 15)),
    "one day for all": ("d1", ["1950-03-17"] * 400),
    "a few days for all": ("d1", ["1930-03-17", "1950-04-05", "1990-12-11", "2010-06-23"] * 100),
    "to the month": ("d1", [f"{one[:7]}-01" for one in many(day)]),
    "sentinels": ("d1", ["1801-01-01"] * 150 + many(lambda: day(2015, 2024))),
    "too few to tell": ("d1", many(day, 19)),
    "numbers": ("d1", many(lambda: str(DRAW.randrange(30_000_000, 99_999_999)))),
    **{header: (header, many(day)) for header in (
        "regstartdate", "regenddate", "emis_ddate", "cprd_ddate", "date_of_death", "DEATHDATE", "BENE_DEATH_DT", "DOD",
        "DateOfRegistration", "DateofDeactivation", "crd", "frd", "tod", "lcd", "first_seen", "LastReviewDate",
    )},
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER_DATES)
def test_other_dates_of_people(name: str) -> None:
    header, values = OTHER_DATES[name]
    assert not is_birth_date(values, header, people=True)


# --- A file ------------------------------------------------------------------------------------------------------

PEOPLE: dict[str, Cells] = {
    "patient_id": many(lambda: f"{DRAW.getrandbits(64):016x}", 40),
    "ref": nhs_numbers(40),
    "DOB": many(day, 40),
    "clinician": [f"{first.title()} {a_word()}" for first in sorted(FORENAMES)[:40]],
    "SURNAME": [last.title() for last in sorted(SURNAMES)[:40]],
    "notes": [tell(f"mailto:p{i}@example.org") for i in range(40)],
    "sex": ["F", "M"] * 20,
}  # fmt: skip


def test_a_file_is_told_column_by_column() -> None:
    assert [str(found) for found in screen_columns(PEOPLE)] == [
        "ref: 100 % of the values checked look like NHS numbers (mod-11)",
        "DOB: the heading indicates a direct identifier (date of birth)",
        "column 4: 100 % of the values checked look like names",
        "SURNAME: the heading indicates a direct identifier (name)",
        "notes: 100 % of the values checked look like email addresses",
    ]


def test_what_is_dropped_coarsened_or_a_code_is_let_pass() -> None:
    assert screen_columns(PEOPLE, codes=["ref", "clinician"], dropped=["SURNAME", "notes"], coarsened=["DOB"]) == []


def test_coarsening_is_for_dates_of_birth_alone() -> None:
    columns = {"DOB": nhs_numbers(40), "SURNAME": ["Bloggs"]}
    assert [found.kind for found in screen_columns(columns, coarsened=columns)] == ["NHS number", "name"]


def test_a_code_column_is_still_judged_by_a_header_beyond_doubt() -> None:
    headers = ["NHS_NUMBER", "email", "postcode", "telephone", "FIRST", "village", "LAT"]
    found = screen_columns({header: ["x"] for header in headers}, codes=headers)
    assert [one.column for one in found] == headers[:4]


def test_a_pseudonym_by_its_header_is_judged_by_its_values() -> None:
    (found,) = screen_columns({"NHS_NUMBER_DEID": nhs_numbers(100)})
    assert found == IdentifierFound("NHS_NUMBER_DEID", "NHS number", 1.0)
    assert screen_columns({"NHS_NUMBER_DEID": PEOPLE["patient_id"]}) == []


def test_a_small_share_is_told_as_such() -> None:
    (found,) = screen_columns({"note": a_note_with("Write to jo.bloggs+#@example.org") + a_note_with("")})
    assert str(found) == "note: fewer than 1 % of the values checked look like email addresses"


# --- What is said ------------------------------------------------------------------------------------------------

BY_PLACE = re.compile(
    r"column \d+: (the heading indicates a direct identifier \([a-zA-Z ]+\)"
    r"|(\d+|fewer than 1) % of the values checked look like [a-zA-Z ]+( \(mod-11\))?)"
)


@settings(deadline=None)
@given(st.integers(0, 39), st.permutations(list(PEOPLE)))
def test_a_file_without_a_header_is_told_by_place(row: int, order: list[str]) -> None:
    columns = {str(PEOPLE[name][row]): PEOPLE[name][:row] + PEOPLE[name][row + 1 :] for name in order}  # type: ignore[operator]
    found = screen_columns(columns, people=True)
    assert {one.kind for one in found} == {"NHS number", "date of birth", "name", "email address"}
    assert all(BY_PLACE.fullmatch(str(one)) for one in found)


@pytest.mark.parametrize(
    "header",
    ["9434765919", "BS34 6BQ", "jo@example.org", "1950-03-17", "Joan Bloggs", "Mrs Bloggs", "07700 900001", "a" * 32,
     "F", "e9772e35-ab12-4f00-8000-000000000000"],
)  # fmt: skip
def test_one_header_that_may_be_a_cell_silences_all(header: str) -> None:
    found = screen_columns({header: ["F", "M"], "Bloggs": nhs_numbers(30)})
    assert "column 2" in [one.column for one in found]
    assert all(one.column.startswith("column ") for one in found)


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=12), st.lists(st.sampled_from(nhs_numbers(30)), min_size=25), max_size=4))
def test_no_value_is_ever_said(columns: dict[str, list[str]]) -> None:
    said = " ".join(str(found) for found in screen_columns(columns, people=True))
    assert not any(value in said for values in columns.values() for value in values)


def test_a_header_that_is_no_plain_word_is_told_by_place() -> None:
    columns = {"": ["1"], "=HYPERLINK(NHS_NUMBER)": ["x"], "NHS_NUMBER\n": ["x"], "NHS_NUMBER " * 9: ["x"]}
    assert [found.column for found in screen_columns(columns)] == ["column 2", "column 3", "column 4"]
    assert [found.column for found in screen_columns({"": ["1"], "NHS_NUMBER": ["x"]})] == ["NHS_NUMBER"]
