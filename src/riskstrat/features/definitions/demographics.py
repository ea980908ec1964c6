"""Define age, sex and deprivation.

Decision
--------
Age is in whole years at the index date, from the month of birth (or July of the year of birth). Living in a care home,
being housebound and being on the end-of-life register come from dated codes (`conditions`), never from the undated flag
in the patient table: that flag shows the situation when the extract was made, which was not known on an earlier index
date. Deprivation and sex are undated too, and are treated as constant.
"""

import narwhals as nw

from riskstrat.features.families.attributes import Attribute

AGE = Attribute(
    name="age",
    unit="years",
    meaning="age at the index date",
    expression=lambda _: nw.col("age").cast(nw.Int32),
    requires=("patients.birth_date",),
    phrase_of=lambda age: f"aged {age:.0f}" if age >= 75 else None,
)

IS_FEMALE = Attribute(
    name="is_female",
    unit="0/1",
    meaning="female (empty where sex is not recorded)",
    defined_as="female (empty where sex is not known)",
    kind="flag",
    expression=lambda _: (
        nw.when(nw.col("sex") == "F").then(1).when(nw.col("sex") == "M").then(0).otherwise(None).cast(nw.Int32)
    ),
    requires=("patients.sex",),
)

IMD_DECILE = Attribute(
    name="imd_decile",
    unit="decile",
    meaning="deprivation of the area, 1 most to 10 least deprived",
    expression=lambda _: nw.col("imd_decile").cast(nw.Int32),
    requires=("patients.imd_decile",),
    phrase_of=lambda decile: "lives in the most deprived fifth of areas" if decile <= 2 else None,
)
