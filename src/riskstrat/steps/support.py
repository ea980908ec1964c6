"""Whether a study can be served: what it asks for, against what the extracts carry.

Decision
--------
What the extracts do not carry is said once a command, with the features that are absent for it. An outcome that cannot
be seen, or a role's rule that names an absent column, is refused before anything is built.
"""

from riskstrat.errors import StudyError
from riskstrat.features import Plan, outcome_faults
from riskstrat.lists import absent_faults
from riskstrat.study import Study


def check_supported(study: Study, chosen: Plan) -> None:
    """Refuse an outcome or a role's rule that asks for what no extract carries.

    Raises
    ------
    StudyError
        With every fault, and what is missing.
    """
    unseen = outcome_faults(study.outcome.event, chosen.carried, study.outcome.competing_death)
    faults = [*unseen, *absent_faults(study.roles, chosen)]
    if faults:
        do = "Add an extract that contains it, or change [outcome] or [roles] in study.toml. Nothing was changed."
        raise StudyError("study.toml needs data that no extract of this snapshot contains:", faults, do)
