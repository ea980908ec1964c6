"""Define the number of medicines prescribed and the groups of medicines.

Decision
--------
A medicine is a chemical substance: the first nine characters of a BNF code. In another coding system it is the code
itself, so that an extract with dm+d product codes counts products. Dressings, appliances and stoma care (BNF chapters
20 to 23) are not medicines. A BNF section is the first four characters of a BNF code; only BNF codes are counted.
Groups cover six months and match BNF codes. In an extract without BNF codes, sections and groups are absent until its
dm+d codes are mapped. Polypharmacy is five or more, and ten or more, medicines in three months, about one round of
repeat prescriptions. Antiretrovirals have no group of their own, because it would disclose HIV.

Sources: BNF classification of the NHS Business Services Authority; thresholds of the NHSBSA medicines optimisation
polypharmacy comparators; groups based on the Cambridge Multimorbidity Score, SPARRA and STOPP/START.
"""

import narwhals as nw

from riskstrat.features.families.attributes import Attribute
from riskstrat.features.families.medicines import Distinct, MedicineGroup


def _is_bnf_medicine() -> nw.Expr:
    return (nw.col("code_system") == "bnf") & ~nw.col("code").str.starts_with("2")


def _substance() -> nw.Expr:
    other = nw.when(nw.col("code_system") != "bnf").then(nw.col("code")).otherwise(None)
    return nw.when(_is_bnf_medicine()).then(nw.col("code").str.slice(0, 9)).otherwise(other)


def _section() -> nw.Expr:
    return nw.when(_is_bnf_medicine()).then(nw.col("code").str.slice(0, 4)).otherwise(None)


MEDICINES = Distinct(
    name="medicines",
    key=_substance,
    months=(3, 6, 12),
    noun="different medicine",
    meaning="distinct medicines prescribed (BNF chemical substance, else code)",
    unit="medicines",
    phrase_from=5,
)

BNF_SECTIONS = Distinct(
    name="bnf_sections",
    key=_section,
    months=(6, 12),
    noun="BNF section",
    meaning="distinct BNF sections prescribed",
    unit="sections",
    phrase_from=1000,
    code_systems=("bnf",),
)


def _at_least(bound: int) -> Attribute:
    return Attribute(
        name=f"polypharmacy_{bound}",
        unit="0/1",
        window="3 months",
        meaning=f"{bound} or more different medicines",
        kind="flag",
        expression=lambda _: nw.when(nw.col("medicines_3m") >= bound).then(1).otherwise(0).cast(nw.Int32),
        group="gp",
        tables=("prescriptions",),
        derived_from=("medicines_3m",),
    )


POLYPHARMACY = (_at_least(5), _at_least(10))

HEART = (
    MedicineGroup(name="anticoagulants", label="anticoagulant", bnf="0208"),
    MedicineGroup(name="antiplatelets", label="antiplatelet", bnf="0209"),
    MedicineGroup(name="loop_diuretics", label="loop diuretic", bnf="020202"),
    MedicineGroup(name="other_diuretics", label="other diuretic", bnf="020201 020203 020204 020208"),
    MedicineGroup(name="ace_inhibitors_arbs", label="ACE inhibitor or angiotensin blocker", bnf="020505"),
    MedicineGroup(name="beta_blockers", label="beta-blocker", bnf="0204"),
    MedicineGroup(name="calcium_channel_blockers", label="calcium-channel blocker", bnf="020602"),
    MedicineGroup(name="nitrates", label="nitrate", bnf="020601"),
    MedicineGroup(name="digoxin", label="digoxin", bnf="020101"),
    MedicineGroup(name="antiarrhythmics", label="antiarrhythmic", bnf="0203"),
    MedicineGroup(name="statins", label="lipid-lowering medicine", bnf="0212"),
)

MIND_AND_PAIN = (
    MedicineGroup(name="hypnotics_anxiolytics", label="benzodiazepine or hypnotic", bnf="0401"),
    MedicineGroup(name="antipsychotics", label="antipsychotic", bnf="040201 040202"),
    MedicineGroup(
        name="lithium",
        bnf="0402030K0 0402030P0",
        source="BNF classification (NHSBSA): carbonate, citrate",
    ),
    MedicineGroup(name="antidepressants", label="antidepressant", bnf="0403"),
    MedicineGroup(name="opioids", label="opioid", bnf="040702"),
    MedicineGroup(
        name="strong_opioids",
        label="strong opioid",
        bnf="0407020A0 0407020AD 0407020AF 0407020B0 0407020K0 0407020Q0",
        source="BNF classification (NHSBSA): fentanyl, oxycodone, with naloxone, buprenorphine, diamorphine, morphine",
    ),
    MedicineGroup(
        name="gabapentinoids",
        label="gabapentin or pregabalin",
        bnf="0408010G0 0408010AE",
        source="BNF classification (NHSBSA): gabapentin, pregabalin",
    ),
    MedicineGroup(name="antiepileptics", label="antiepileptic", bnf="0408"),
    MedicineGroup(name="parkinsons_medicines", label="medicine for Parkinson's disease", bnf="0409"),
    MedicineGroup(name="dementia_medicines", label="medicine for dementia", bnf="0411"),
    MedicineGroup(name="dependence_medicines", label="treatment of alcohol or opioid dependence", bnf="041001 041003"),
)

LUNGS_AND_HORMONES = (
    MedicineGroup(name="bronchodilators", label="bronchodilator", bnf="0301"),
    MedicineGroup(name="inhaled_steroids", label="inhaled steroid", bnf="0302"),
    MedicineGroup(name="oral_steroids", label="oral steroid", bnf="060302"),
    MedicineGroup(name="insulin", label="insulin", bnf="060101"),
    MedicineGroup(name="antidiabetics", label="medicine for diabetes other than insulin", bnf="060102"),
    MedicineGroup(name="thyroid_hormones", label="thyroid hormone", bnf="060201"),
    MedicineGroup(name="bone_medicines", label="medicine for osteoporosis", bnf="0606"),
)

OTHER_GROUPS = (
    MedicineGroup(name="nsaids", label="NSAID", bnf="100101"),
    MedicineGroup(name="immunosuppressants", label="immunosuppressant or DMARD", bnf="0802 100103"),
    MedicineGroup(name="cytotoxics", label="cytotoxic medicine", bnf="0801"),
    MedicineGroup(name="acid_suppressants", label="acid suppressant", bnf="0103"),
    MedicineGroup(name="laxatives", label="laxative", bnf="0106"),
    MedicineGroup(name="antibacterials", label="antibiotic", bnf="0501"),
    MedicineGroup(name="bladder_medicines", label="medicine for the bladder", bnf="070402"),
    MedicineGroup(name="iron", label="iron", bnf="090101"),
    MedicineGroup(name="oral_nutrition", label="nutrition supplement", bnf="0904 0913"),
)
