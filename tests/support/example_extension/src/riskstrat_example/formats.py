"""Community nursing contacts, as another system exports them."""

from __future__ import annotations

from riskstrat.extending import ColumnMapping, one_table

COMMUNITY = one_table(
    "community_contacts",
    "consultations",
    "community nursing contacts",
    (
        ColumnMapping("patient_id", ("Pseudo_ID",), required=True),
        ColumnMapping("event_date", ("Contact_Date",), required=True),
        ColumnMapping("mode", ("Contact_Type",), recode={"HV": "home_visit"}),
    ),
)
