"""An example, not a published score."""

from __future__ import annotations

from riskstrat.extending import ClinicalScore, Weight

HEART_AND_LUNG = ClinicalScore(
    name="example_heart_and_lung",
    title="Heart and lung score",
    citation="made up for this example",
    weights=(Weight("heart_failure", 2, "I50"), Weight("copd", 1, "J43 J44")),
    months=24,
)
