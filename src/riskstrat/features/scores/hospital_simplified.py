"""Define the simplified HOSPITAL score: haemoglobin, oncology, sodium, index type, admissions, length of stay.

Decision
--------
This is the simplified variant of 2017, not the score of 2013. The score of 2013 needs discharge from an oncology
service and any procedure in the stay, and a snapshot has neither. The simplified score leaves out the procedure and
uses a diagnosis of cancer instead of the service; its authors found it nearly as good. Admissions are 0-1, 2-5 and over
5, as in the validation of 2016 and later; one public implementation has 0, 1-5 and over 5.

The score was developed for the day of discharge. At an index date it is calculated for the latest stay that ended in
the last 12 months, and is NULL for patients without one (`definitions.latest_stay`). Admissions are all others of the
last 12 months, planned or not, without day cases. Haemoglobin and sodium are the latest values of the GP record in 36
months, not those of the day of discharge; a patient without a value counts as normal, as in calculators. Cancer
is a diagnosis of the last five years.

No published risk is given. Those of 2016 (5.8 %, 11.9 % and 22.8 % for 0-4, 5-6 and 7 or more points) belong to the
score with the procedure row. The two risk groups of the simplified paper could not be read, so there are no bands.

Sources: Aubert and others, BMJ Qual Saf 2017;26:799; Donzé and others, JAMA Intern Med 2013;173:632 and 2016;176:496.
Points as a validation of the simplified score in Brazil prints them (Society of Hospital Medicine abstracts).
"""

from riskstrat.features.scores.score import ClinicalScore, Term

HOSPITAL_SIMPLIFIED = ClinicalScore(
    listed=False,
    name="hospital_simplified",
    title="Simplified HOSPITAL score",
    citation="Aubert 2017, after Donzé 2013",
    dois=("10.1136/bmjqs-2016-006239", "10.1001/jamainternmed.2013.3023", "10.1001/jamainternmed.2015.8462"),
    terms=(
        Term("H: haemoglobin below 120 g/L", "haemoglobin_latest", ((0, 1), (120, 0)), unknown=0),
        Term("O: cancer", "has_cancer", ((1, 2),)),
        Term("S: sodium below 135 mmol/L", "sodium_latest", ((0, 1), (135, 0)), unknown=0),
        Term("IT: index type of admission, urgent", "latest_stay_emergency", ((1, 1),)),
        Term("A: other admissions in 12 months", "other_admissions_12m", ((2, 2), (6, 5))),
        Term("L: length of stay of five days or more", "latest_stay_nights", ((5, 2),)),
    ),
    tables=("spells", "gp_events", "diagnoses"),
    window="latest stay of 365 days",
    caution=(
        "Developed for avoidable readmission within 30 days of discharge. Here it scores the latest stay that ended in "
        "the last 12 months, with blood tests from the GP record; it does not apply to patients without such a stay. "
        "It has no bands, because the published risk groups could not be checked."
    ),
)
