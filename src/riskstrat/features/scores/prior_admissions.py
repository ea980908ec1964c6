"""Define the simplest rule: the most emergency admissions in the last 12 months first.

Decision
--------
This is what a practice can do without a model, and what a model must beat. It was never published as a score. The only
paper to cite is Billings 2013, where most patients whom models find had a prior admission. The points are the column
``emergency_admissions_12m`` itself, and ties are kept.

>>> PRIOR_ADMISSIONS.derived_from
('emergency_admissions_12m',)
"""

from riskstrat.features.scores.score import ClinicalScore, Term

PRIOR_ADMISSIONS = ClinicalScore(
    listed=False,
    name="prior_admissions",
    title="Emergency admissions in the last 12 months",
    citation="a rule, not a published score; see Billings 2013",
    dois=("10.1136/bmjopen-2013-003352",),
    terms=(Term("emergency admissions in the last 12 months", "emergency_admissions_12m", each=1),),
    tables=("spells",),
    unit="admissions",
    window="365 days",
    caution="Finds no patient before their first emergency admission.",
)
