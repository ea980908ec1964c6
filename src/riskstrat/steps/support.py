"""Check that the extracts contain the data that study.toml needs.

Decision
--------
Each command says once which data the extracts do not contain, and which features are absent because of that. An outcome
that the data cannot show, or a role's rule that names an absent column, is refused before anything is built.
"""

from riskstrat.errors import StudyError
from riskstrat.features import Plan, outcome_faults
from riskstrat.lists import absent_faults
from riskstrat.study import Study


def check_supported(study: Study, chosen: Plan) -> None:
    """Refuse an outcome or a role's rule that needs data that no extract contains.

    Raises
    ------
    StudyError
        With every problem, and what is missing.
    """
    unseen = outcome_faults(study.outcome.event, chosen.carried, study.outcome.competing_death)
    faults = [*unseen, *absent_faults(study.roles, chosen)]
    if faults:
        do = "Add an extract that contains it, or change [outcome] or [roles] in study.toml. Nothing was changed."
        raise StudyError("study.toml needs data that no extract of this snapshot contains:", faults, do)
