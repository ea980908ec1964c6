"""Comparisons to make reports of: people who do not exist, judged as any are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from riskstrat.evaluation.assess import judge
from riskstrat.evaluation.compare.results import (
    ChoiceEffect,
    ComparedModel,
    Comparison,
    Horizon,
    Importance,
    Optimism,
    Shape,
)
from riskstrat.evaluation.paired import differences, overlaps
from riskstrat.evaluation.people import People
from riskstrat.evaluation.recalibration import recalibrated
from riskstrat.evaluation.results import (
    FITTED_ON,
    PRACTICE_HELD_OUT,
    Basis,
    Estimate,
    FigureRow,
    FigureTable,
    among_everyone,
    as_published,
    recalibrated_name,
)
from riskstrat.evaluation.standard_errors import share
from riskstrat.evaluation.subgroups import judge_groups

SEED, REPEATS = 20_250_101, 30
VARIANTS = {
    "boosting": ("Gradient boosting (LightGBM)", 0.55, 131),
    "hist_boosting": ("Gradient boosting (scikit-learn)", 0.58, 131),
    "ensemble": ("Stacked ensemble", 0.54, 131),
    "random_forest": ("Random forest", 0.8, 131),
    "logistic": ("Logistic regression, elastic net", 0.6, 128),
    "age_sex": ("Age and sex", 1.5, 2),
}
SCORES = {
    "charlson": ("Charlson comorbidity index", 1.25, None),
    "hfrs": ("Hospital Frailty Risk Score", 1.4, None),
    "parr30": ("PARR-30", 1.5, "readmission within 30 days"),
    "lace": ("LACE index", 1.7, "death or readmission within 30 days"),
    "prior_admissions": ("Emergency admissions in the last 12 months", 1.3, None),
}
TOPICS = (
    ("age", "age", 0.61),
    ("emergency_admissions", "emergency admissions", 0.42),
    ("ltc_count", "long-term conditions", 0.21),
    ("hfrs", "hospital frailty", 0.19),
    ("gp_contacts", "GP contacts", 0.15),
    ("ed_attendances", "ED attendances", 0.14),
    ("medicines", "repeat medicines", 0.09),
    ("egfr", "kidney function", 0.07),
    ("smoking", "smoking", 0.05),
)
ABOUT = (
    ("Outcome", "unplanned admission in 365 days"),
    ("Fitted", "2022-01-01, 2023-01-01: 21,480 person-dates"),
    ("Calibrated", "2024-01-01"),
    ("Tested", "2025-01-01: 12,000 people"),
    ("Made by riskstrat", "0.4.0"),
)


def sigmoid(log_odds: np.ndarray) -> np.ndarray:
    """Risk of log odds."""
    return 1 / (1 + np.exp(-log_odds))


def people(rows: int = 12_000, level: float = -3.1, seed: int = SEED) -> tuple[People, np.ndarray]:
    """People of twelve practices and several groups, and their true log odds."""
    rng = np.random.default_rng(seed)
    age = rng.uniform(18, 95, rows)
    true = level + 0.032 * (age - 55) + rng.normal(0, 0.9, rows)
    y = (rng.random(rows) < sigmoid(true)).astype(int)
    practice = np.array([f"A81{number:03d}" for number in range(1, 13)])[rng.choice(12, rows, p=np.arange(3, 15) / 102)]
    fifths = np.array(["1 (most deprived)", "2", "3", "4", "5 (least deprived)"], object)[rng.integers(0, 5, rows)]
    ethnic = np.array(["White", "Asian", "Black", "Mixed", "Other", None], object)
    groups = {
        "age": np.array(["under 50", "50 to 64", "65 to 74", "75 to 84", "85 and over"], object)[
            np.searchsorted((50, 65, 75, 85), age, side="right")
        ],
        "sex": np.where(rng.random(rows) < 0.51, "female", "male").astype(object),
        "ethnicity": ethnic[rng.choice(6, rows, p=(0.62, 0.14, 0.06, 0.02, 0.01, 0.15))],
        "deprivation": np.where(rng.random(rows) < 0.03, None, fifths),
        "care home": np.where(rng.random(rows) < 0.01, "in a care home", "not in a care home").astype(object),
    }
    sizes = {"gp_mdt": rows // 50, "top 0.5 %": rows // 200, "top 1 %": rows // 100, "top 2 %": rows // 50}
    made = People(
        y=y,
        admissions=y * (1 + rng.poisson(0.5, rows)),
        sizes=sizes,
        practice=practice,
        per_practice={"gp_mdt": 0.02},
        no_prior=rng.random(rows) > sigmoid(true + 0.5),
        groups=groups,
    )
    return made, true


def risks_of(true: np.ndarray, y: np.ndarray) -> dict[str, np.ndarray]:
    """What each model says: the truth with more or less noise, calibrated on the whole."""
    rng = np.random.default_rng(SEED + 1)
    made = {}
    for name, (_, noise, _) in {**VARIANTS, **SCORES, "age alone": ("", 1.6, 1)}.items():
        blurred = true + rng.normal(0, noise, len(true))
        slope = true.var() / blurred.var()
        log_odds = true.mean() + slope * (blurred - blurred.mean())
        for _ in range(20):
            risk = sigmoid(log_odds)
            log_odds += (y.mean() - risk.mean()) / (risk * (1 - risk)).mean()
        made[name] = sigmoid(log_odds)
    return made


def about(value: float, half: float = 0.012) -> Estimate:
    """An estimate with an interval of some width."""
    return Estimate(value, value - half, value + half)


def contestants(judged: FigureTable, published: dict[str, tuple[FigureRow, ...]]) -> tuple[ComparedModel, ...]:
    """Variants and scores as they took part."""
    found = []
    for place, (name, (title, _, columns)) in enumerate(VARIANTS.items()):
        later = judged.estimate(name, "auroc").value or 0.5
        importance = tuple(Importance(topic, says, value * (1 - 0.03 * place)) for topic, says, value in TOPICS)
        loss = 0.07 if name == "random_forest" else 0.011
        found.append(
            ComparedModel(
                name,
                title,
                "variant",
                columns,
                {"learning_rate": 0.05, "leaves": 31.0} if "boost" in name else {"c": 0.1},
                8,
                Optimism(about(later + loss + 0.004), about(later + 0.004), about(later)),
                importance,
                shapes(),
            )
        )
    for name, (title, _, outcome) in SCORES.items():
        found.append(
            ComparedModel(
                name,
                title,
                "score",
                1,
                as_published=published.get(name, ()),
                published_outcome=outcome or "",
                citation=f"The paper of {title}, J Example 2011;1:1.",
                caution="Made for another population.",
                applicable=3_204,
            )
        )
    return tuple(found)


def shapes() -> tuple[Shape, ...]:
    """How the risk goes with six columns."""
    grid = np.arange(12.0)
    many = np.full(12, 1_000)
    return (
        Shape("age", "age on the index date", "years", 22 + 6.4 * grid, 0.16 * (grid - 5), many),
        Shape(
            "emergency_admissions_12m",
            "emergency admissions in the last 12 months",
            "admissions",
            np.arange(5.0),
            0.9 * np.log1p(np.arange(5.0)) - 0.1,
            np.array([9_800, 1_500, 480, 170, 6]),
        ),
        Shape(
            "ltc_count",
            "long-term conditions",
            "conditions",
            np.arange(7.0),
            0.12 * np.arange(7.0) - 0.2,
            np.full(7, 900),
        ),
        Shape(
            "egfr_latest",
            "latest eGFR in the last 3 years",
            "mL/min/1.73 m²",
            np.r_[np.linspace(20, 95, 8), np.nan],
            np.r_[np.linspace(0.5, -0.1, 8), -0.05],
            np.full(9, 700),
        ),
        Shape(
            "gp_contacts_12m",
            "GP practice contacts in the last 12 months",
            "contacts",
            2 * grid,
            0.05 * (grid - 4),
            many,
        ),
        Shape(
            "days_since_last_admission",
            "days since the latest emergency admission",
            "days",
            np.r_[np.linspace(10, 1_000, 9), np.nan],
            np.r_[np.linspace(0.8, 0.05, 9), -0.3],
            np.full(10, 300),
        ),
    )


def renamed(rows: tuple[FigureRow, ...], model: str) -> tuple[FigureRow, ...]:
    """The same figures of another model."""
    return tuple(replace(row, model=model) for row in among_everyone(rows))


def effects(of: str, choices: tuple[str, ...], figures: tuple[FigureRow, ...], size: int) -> tuple[ChoiceEffect, ...]:
    """What came of each choice, the first being the study's."""
    found = []
    for place, choice in enumerate(choices):
        model = f"boosting, {of}: {choice}"
        basis = Basis(model)
        shares = {
            "same_listed": share(size - place, size),
            "deaths_listed": share(max(0, 11 - place) * size // 240, size),
            "managed_listed": share(24 * size // 240, size),
        }
        rows = (
            *renamed(figures, model),
            basis.count("fitted on", 21_480 - 200 * place),
            basis.count("with the outcome, fitted on", 1_650 + 90 * place),
            *(basis.share(name, one, size, "gp_mdt") for name, one in shares.items()),
        )
        found.append(ChoiceEffect(choice, not place, model, rows))
    return tuple(found)


def comparison(rows: int = 12_000, *, level: float = -3.1) -> Comparison:
    """Six variants and five scores on people of twelve practices."""
    who, true = people(rows, level)
    risks = risks_of(true, who.y)
    titles = {name: title for name, (title, _, _) in {**VARIANTS, **SCORES}.items()}
    judged = judge(who, risks, titles, repeats=REPEATS, seed=1)
    table = FigureTable(tuple(row for one in judged for row in one.figures))
    claims = {"parr30": sigmoid(true - 1.1), "lace": sigmoid(0.6 * true - 0.2)}
    published = {
        one.model: renamed(one.figures, as_published(one.model))
        for one in judge(who, claims, {}, repeats=2, seed=1, full=())
    }
    practice = who.practice if who.practice is not None else true
    held = judge_groups(who, risks["boosting"], {PRACTICE_HELD_OUT: practice}, "boosting")
    size = who.sizes["gp_mdt"]
    own = next(one.figures for one in judged if one.model == "boosting")
    return Comparison(
        "Comparison of models",
        "Example study",
        ABOUT,
        "boosting",
        contestants(table, published),
        tuple(judged),
        differences=tuple(differences(who, risks, "boosting", repeats=REPEATS, seed=1)),
        overlaps=tuple(overlaps(who, risks, "boosting")),
        learning=tuple(
            row
            for of in (16, 8, 4, 2, 1)
            for basis in [Basis("boosting", f"{FITTED_ON}: {21_480 // of}", 21_480 // of, 1_650 // of)]
            for row in (
                basis.measure("auroc", about(0.75 - 0.012 * np.log2(of), 0.01 * of**0.5)),
                basis.measure("average_precision", about(0.24 - 0.011 * np.log2(of), 0.015 * of**0.5)),
            )
        ),
        practices=tuple(row for row in held if not row.why_none and row.figure in ("auroc", "o_e")),
        deaths=effects("death", ("ignore", "composite", "weight"), own, size),
        management=effects("case-managed", ("include", "exclude", "flag", "weight"), own, size),
        horizons=tuple(
            Horizon(days, "2025-01-01", f"boosting, {days} days", renamed(own, f"boosting, {days} days"))
            for days in (30, 90, 180, 365)
        ),
        notes=(
            "efi is not compared: its columns are absent.",
            "random_forest does not support monotone constraints and is fitted without them.",
        ),
    )


def validation(rows: int = 12_000, shift: float = 0.62) -> Comparison:
    """One model on later people, whose risks it puts too high."""
    who, true = people(rows)
    risk = sigmoid(1.05 * true + shift + np.random.default_rng(3).normal(0, 0.5, len(true)))
    (found,) = judge(who, {"default": risk}, {"default": "Gradient boosting (LightGBM)"}, repeats=REPEATS, seed=1)
    mended = recalibrated(who.y, risk, np.arange(rows) % 5)
    after = judge(who, mended, {}, repeats=2, seed=1, full=())
    rows = (row for one in after for row in renamed(one.figures, recalibrated_name("default", one.model)))
    found = replace(found, figures=(*found.figures, *rows))
    one = ComparedModel("default", "Gradient boosting (LightGBM)", "variant", 131)
    about = (
        ("Model", "default (boosting), tested before on 2024-01-01"),
        *ABOUT[:1],
        ("Validated", "2025-01-01: 12,000 people"),
    )
    return Comparison(
        "Validation of a model", "Example study, default at 2025-01-01", about, "default", (one,), (found,)
    )
