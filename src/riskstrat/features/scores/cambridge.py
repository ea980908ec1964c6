"""Define the Cambridge Multimorbidity Score: general outcome, 20 conditions.

Decision
--------
The weights are those of the general outcome, the average of consultations, unplanned admission and death. The paper's
table could not be read. All 20 weights are those on which two public implementations agree to the last digit, in the
order of the first: Kiddle-group/COPD_survival2018, of a group in Cambridge, and an OpenSAFELY study
(``get_cms_on_date``).

The paper defines some conditions by prescriptions (painful condition, constipation) or by codes and prescriptions
(asthma, epilepsy, anxiety or depression). Here each is the condition column of that name, found by codes alone, as in
the OpenSAFELY study; a condition that a practice treats without coding it is missed. Two columns form one row if the
paper has one row for them, and a row counts once. Cancer is that of the last five years, as in the paper.

Source: Payne and others, CMAJ 2020;192:E107.
"""

from riskstrat.features.scores.score import ClinicalScore, Term

CAMBRIDGE_GENERAL_20 = ClinicalScore(
    listed=False,
    name="cambridge_general_20",
    title="Cambridge Multimorbidity Score",
    citation="Payne 2020, general outcome, 20 conditions",
    dois=("10.1503/cmaj.190757",),
    terms=(
        Term("hypertension", "has_hypertension", each=0.08),
        Term("anxiety or depression", "has_anxiety has_depression", each=0.50),
        Term("painful condition", "has_chronic_pain", each=0.92),
        Term("hearing loss", "has_hearing_loss", each=0.09),
        Term("irritable bowel syndrome", "has_irritable_bowel_syndrome", each=0.21),
        Term("asthma", "has_asthma", each=0.19),
        Term("diabetes", "has_diabetes", each=0.75),
        Term("coronary heart disease", "has_coronary_heart_disease", each=0.49),
        Term("chronic kidney disease", "has_chronic_kidney_disease", each=0.53),
        Term("atrial fibrillation", "has_atrial_fibrillation", each=1.34),
        Term("constipation", "has_constipation", each=1.12),
        Term("stroke or transient ischaemic attack", "has_stroke has_tia", each=0.80),
        Term("chronic obstructive pulmonary disease", "has_copd", each=1.46),
        Term("connective tissue disorder", "has_rheumatoid_arthritis has_connective_tissue_disease", each=0.43),
        Term("cancer", "has_cancer", each=1.53),
        Term("alcohol problem", "has_alcohol_problem", each=0.65),
        Term("heart failure", "has_heart_failure", each=1.18),
        Term("dementia", "has_dementia", each=2.50),
        Term("psychosis or bipolar disorder", "has_severe_mental_illness", each=0.64),
        Term("epilepsy", "has_epilepsy", each=0.92),
    ),
    group="gp",
    tables=("gp_events", "diagnoses"),
    window="ever",
    caution=(
        "Developed in adults registered with English practices. Conditions are found by codes alone; the paper also "
        "uses prescriptions."
    ),
)
