"""Define the latest completed stay in hospital, and the other admissions.

Decision
--------
Scores such as LACE, HOSPITAL and PARR-30 are meant for the day of discharge. A list is made at an index date, when the
latest discharge may be months ago. Here the rows of a score about "this admission" use the latest stay that ended in
the last 12 months, and the rows about earlier admissions count all others up to the index date. A stay is an admission
as elsewhere (`spells`), of the ordinary or mother-and-baby class, emergency or planned; a day case is not a stay. A
stay that has not ended counts among the others. For patients without a stay in the year these columns are NULL, so that
the scores do not apply to them.

A more recent discharge and more emergencies never lower the risk. A longer stay can raise or lower it, so that column
has no constraint.
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
