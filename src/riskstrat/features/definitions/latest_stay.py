"""The latest stay in hospital that is over, and the admissions beside it.

Decision
--------
Scores such as LACE, HOSPITAL and PARR-30 are made at the bedside on the day of discharge. A list is made at an index
date, when the latest discharge may be months ago: their rows on "this admission" read the latest stay that ended in the
12 months before the cut, and their rows on earlier admissions count all others up to the cut. A stay is an admission
as elsewhere (`spells`), ordinary or mother-and-baby class, emergency or planned; a day case is not a stay. A stay that
goes on is not over and counts among the others. Nobody's stay is NULL, so that these scores do not apply to people who
were not in hospital in the year.

More recent discharge and more emergencies never lower the risk; a longer stay may go either way, and is left free.
"""

from riskstrat.features.definitions.utilisation import ADMISSION_METHOD, CLASSES, END
from riskstrat.features.families.stays import LatestStay
from riskstrat.features.spells import is_admission, is_unplanned
from riskstrat.study import EMERGENCY_METHODS

LATEST_STAY = LatestStay(
    name="latest_stay",
    counted=lambda: is_admission(CLASSES),
    emergency=lambda: is_unplanned(EMERGENCY_METHODS, CLASSES),
    requires=(ADMISSION_METHOD, END),
)
