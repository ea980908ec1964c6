"""What our columns are called elsewhere: words of headings as NHS extracts have them.

A name is a set of words, so that their order does not matter. `table.column` overrides `column`. Names that other
tables use for something else, such as "date", stand with their table alone.
"""

from collections.abc import Mapping

NOISE = frozenset({"of", "the", "for", "in", "at", "by", "is", "a", "an", "and", "on", "was"})

ABBREVIATIONS: Mapping[str, str] = {
    "pt": "patient", "pat": "patient", "pts": "patient", "patients": "patient", "prac": "practice",
    "surgery": "practice", "dt": "date", "datetime": "date", "cd": "code", "num": "number", "no": "number",
    "nbr": "number", "adm": "admission", "admi": "admission", "admit": "admission", "admitted": "admission",
    "disch": "discharge", "dis": "discharge", "discharged": "discharge", "epi": "episode", "fce": "episode",
    "diag": "diagnosis", "dx": "diagnosis", "diagnoses": "diagnosis", "meth": "method", "org": "organisation",
    "organization": "organisation", "pseudonymised": "pseudo", "pseudonymized": "pseudo", "pseudonym": "pseudo",
    "deid": "pseudo", "encrypted": "pseudo", "hashed": "pseudo", "hash": "pseudo", "masked": "pseudo",
    "ident": "id", "identifier": "id", "reg": "registration", "regn": "registration", "registered": "registration",
    "dereg": "deregistration", "deregistered": "deregistration", "from": "start", "begin": "start", "began": "start",
    "to": "end", "until": "end", "stop": "end", "finish": "end", "gender": "sex", "dob": "birth date",
    "yob": "birth year", "dod": "death date", "died": "death", "deceased": "death", "appt": "appointment",
    "appts": "appointment", "attend": "attendance", "att": "attendance", "cat": "category", "dept": "department",
    "qty": "quantity", "rx": "prescription", "prescribed": "prescription", "issued": "issue", "med": "medication",
    "meds": "medication", "drug": "medication", "medicine": "medication", "desc": "description", "flg": "flag",
    "ind": "flag", "indicator": "flag", "yn": "flag", "ethnos": "ethnicity", "ethnic": "ethnicity", "seq": "sequence",
    "order": "sequence", "spec": "specialty", "spef": "specialty", "orc": "source", "dest": "destination",
    "disp": "disposal", "arr": "arrival", "consult": "consultation", "optout": "opt out", "objection": "opt out",
    "enrolled": "enrolment", "recorded": "record", "entered": "entry", "stat": "status", "prov": "provider",
    "pro": "provider", "trust": "provider", "ae": "ed", "person": "patient", "subject": "patient", "client": "patient",
    "recording": "record", "withdrawal": "withdrawn", "revoked": "withdrawn", "classification": "class",
    "loc": "location", "val": "value", "uom": "unit", "units": "unit", "tret": "treatment", "treat": "treatment",
    "func": "function", "submission": "submitted", "sub": "submitted", "attended": "attendance",
}  # fmt: skip


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(";") if name.strip())


_TEXTS: Mapping[str, str] = {
    "patient_id": "patient id; patient key; patient pseudo id; pseudo id; pseudo; patient pseudo; token patient id"
    "; token; pseudo nhs number; pseudo nhs id; nhs number pseudo id; study id; link id; linkage key; linkage id"
    "; link key; pseudo patient key; hesid; pseudo hesid; patid; patient number; patient reference; pseudo key",
    "practice_code": "practice code; gp practice code; practice; gp practice; gp practice id; practice id; gp code"
    "; gp organisation code; practice organisation code; practice ods code; ods code; organisation code; gpprac"
    "; registration practice; registration practice code; practice national code; registration gp practice code",
    "sex": "sex; patient sex; sex code; sex description; administrative sex; patient sex code",
    "birth_date": "birth date; birth month; birth year; birth year month; patient birth date; patient birth month"
    "; patient birth year; month year birth",
    "ethnicity": "ethnicity; ethnicity group; ethnicity category; ethnicity code; ethnicity origin"
    "; ethnicity group code; ethnicity category code; patient ethnicity",
    "imd_decile": "imd decile; imd; deprivation decile; decile; index multiple deprivation decile; imd 2019 decile"
    "; imd 04 decile; index multiple deprivation",
    "lsoa": "lsoa; lsoa code; lsoa 11; lsoa 2011; lsoa 21; lsoa 2021; lower super output area; lsoa 11 code",
    "care_home": "care home; care home flag; care home resident; nursing home; residential home; lives care home"
    "; care home status; resident care home",
    "care_home_id": "care home id; care home code; care home pseudo; care home pseudo id; care home key; home id",
    "death_date": "death date; date patient death; patient death date; registered death date",
    "registrations.start_date": "registration date; registration start; registration start date; start date"
    "; joined date; date joined; joined; registration practice start date; practice start date",
    "registrations.end_date": "registration end; registration end date; end date; deregistration date; deregistration"
    "; left date; date left; deducted date; deduction date; left practice date; practice end date; leaving date",
    "gp_events.event_date": "date; event date; observation date; effective date; clinical date; code date"
    "; clinical effective date; date event; activity date",
    "gp_events.recorded_date": "record date; entry date; system date; date entry; date record; created date"
    "; recording date; input date",
    "gp_events.code": "code; snomed code; snomed ct code; snomed; read code; readcode; clinical code; concept id"
    "; snomed concept id; snomed ct concept id; event code; observation code; concept code; ctv3 code; snomed id",
    "code_system": "code system; coding system; code type; terminology; code scheme; coding scheme; vocabulary"
    "; code terminology; code set",
    "value": "value; numeric value; result; result value; test result; numeric result; number value; value 1",
    "unit": "unit; unit measure; value unit; result unit; numeric unit; measure unit",
    "prescriptions.event_date": "date; issue date; prescription date; event date; date medication"
    "; issue medication date; medication date; prescription issue date; medication issue date",
    "prescriptions.code": "code; bnf code; dmd code; dm d code; dmd id; medication code; product code; snomed code"
    "; prescription code; item code; bnf; dmd",
    "name": "name; medication name; medication; product name; item name; medication description; item description"
    "; product description; prescription name; item; product; description",
    "quantity": "quantity; issue quantity; quantity prescription; quantity issue; quantity value",
    "duration_days": "duration days; duration; days supply; course duration; course days; course length days; days"
    "; duration day; supply days; days treatment",
    "repeat": "repeat; repeat flag; repeat prescription; repeat prescription flag; repeat medication; repeat issue"
    "; repeat medication flag",
    "consultations.event_date": "date; consultation date; appointment date; contact date; encounter date; event date"
    "; visit date; gp consultation date",
    "staff_role": "staff role; clinician role; clinician type; job role; hcp type; staff type; professional role"
    "; staff; seen role; staff group; role; clinician; hcp role; staff job role",
    "mode": "mode; consultation mode; consultation type; contact type; contact mode; appointment mode; encounter type"
    "; appointment type; delivery channel; consultation source; visit type; contact method",
    "cause": "cause; death cause; underlying cause; cause 1; underlying death cause; cause code; underlying cause code"
    "; underlying cause icd 10; icd 10 cause; cause death code; primary cause; underlying cause death code",
    "kind": "kind; type; opt out type; opt out; opt out kind; preference type; dissent type; opt out code",
    "opt_outs.recorded_date": "record date; opt out date; date; effective date; opt out record date; start date"
    "; preference date; opt out effective date",
    "withdrawn": "withdrawn; withdrawn flag; opt out withdrawn; opt out withdrawn flag",
    "role": "role; team; service; caseload; team name; service name; caseload team; team role; service role",
    "enrolled_date": "enrolment; enrolment date; accepted date; referral accepted date; start date; joined date"
    "; caseload start date; date enrolment; caseload enrolment date",
    "left_date": "left; left date; discharge date; end date; closed date; caseload end date; date left; date closed"
    "; caseload discharge date; caseload left date; discharge",
    "outcome": "outcome; discharge reason; end reason; outcome code; reason; caseload outcome; left reason",
    "episode_id": "episode id; episode key; epikey; unique episode id; episode record id; record id",
    "provider": "provider; provider code; provider organisation code; hospital provider code; provider id; procode"
    "; hospital code; organisation code provider; provider 3 code; provider 5 code; provider site code; hospital",
    "admission_date": "admission date; spell start date; hospital provider spell start date; spell start"
    "; admission start date; spell admission date; hospital admission date; patient admission date",
    "discharge_date": "discharge date; spell end date; hospital provider spell discharge date; spell end"
    "; spell discharge date; discharge end date; hospital discharge date; hospital provider spell end date",
    "start_date": "episode start date; episode start; epistart; consultant episode start date",
    "end_date": "episode end date; episode end; epiend; consultant episode end date; consultant episode end",
    "episode_order": "episode sequence; episode number; epiorder; episode sequence number; episode sequence spell",
    "episode_status": "episode status; epistat; episode state",
    "admission_method": "admission method; admission method code; admission type; method admission description"
    "; admission method description; hospital admission method; admission method hospital provider spell",
    "admission_source": "admission source; admission source code; source admission hospital provider spell",
    "discharge_method": "discharge method; discharge method code; discharge method hospital provider spell",
    "discharge_destination": "discharge destination; discharge destination code"
    "; discharge destination hospital provider spell",
    "patient_class": "patient class; patient class code; class patient; patient class description; class; patient type",
    "treatment_function": "treatment function; treatment function code; treatment specialty; specialty code; tfc"
    "; specialty; treatment specialty code; tretspef; activity treatment function code",
    "submitted_date": "submitted date; submitted",
    "diagnoses": "diagnosis; diagnosis code; icd 10; icd code; icd 10 code; diagnosis icd; diagnosis icd 10"
    "; diagnosis code icd; icd; diagnosis 4; secondary diagnosis; primary diagnosis; primary diagnosis code"
    "; icd 10 diagnosis; diagnosis icd 10 code; primary diagnosis icd",
    "ed_attendances.event_date": "arrival date; attendance date; ed arrival date; ed attendance date; date"
    "; attendance arrival date; arrival date department",
    "arrival_time": "arrival time; attendance time; ed arrival time; ed attendance time; arrival time department",
    "department_type": "department type; ed department type; ed type; emergency department type; department type code"
    "; site type; department",
    "attendance_category": "attendance category; ed attendance category; ed attendance category code; attendance type"
    "; attendance category code",
    "arrival_mode": "arrival mode; mode arrival; ed arrival mode; arrival mode code; arrival transport"
    "; ambulance arrival; arrival method",
    "disposal": "disposal; attendance disposal; ed attendance disposal; attendance disposal code; disposal code"
    "; discharge destination; ed disposal; discharge destination snomed ct; attendance outcome"
    "; ed discharge destination",
    "diagnosis": "diagnosis; primary diagnosis; first diagnosis; diagnosis 1; ed diagnosis; chief complaint"
    "; ed diagnosis 1; main diagnosis; diagnosis code; presenting complaint; chief complaint snomed ct",
    "op_appointments.event_date": "appointment date; attendance date; clinic date; outpatient appointment date; date"
    "; outpatient date; outpatient attendance date",
    "attended": "attendance; attendance or did not attendance; attendance status; attendance dna; attendance code"
    "; attendance outcome; appointment status; attendance status code; outpatient attendance status",
    "first_attendance": "first attendance; first attendance code; attendance type; appointment type; first follow up"
    "; first attendance type; first or follow up",
}  # fmt: skip

COLUMN_NAMES: Mapping[str, tuple[str, ...]] = {column: _names(text) for column, text in _TEXTS.items()}
