"""The simplest rule: people with the most emergency admissions in the last 12 months first.

Decision
--------
It is what a practice does without a model, and what a model must beat. Nobody published it as a score, so that there
is no paper to cite but Billings 2013, where most people that models find had a prior admission. The points are the
column ``emergency_admissions_12m`` itself; ties stay ties.

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
