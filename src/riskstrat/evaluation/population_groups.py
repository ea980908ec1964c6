"""Population groups for which a model is judged separately: age, sex, ethnicity, deprivation, care home.

Decision
--------
"Not recorded" is a group of its own, because recording is not random: people whose ethnicity is not recorded are seen
less often. Ethnic categories are combined into the five broad groups of the Office for National Statistics (White A to
C, Mixed D to G, Asian H to L, Black M to P, Other S, in the letters of the NHS Data Dictionary; R, Chinese, is with
Asian since the 2011 census). The sixteen categories are too small to judge a model in most places. Deprivation is in
fifths; 1 is the most deprived. The care-home group is what was coded by the index date.

Sources: NHS Data Dictionary, ethnic category code; ONS 2011 census ethnic groups; TRIPOD+AI item 23a (Collins and
others, BMJ 2024;385:e078378) on performance in subgroups.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

AGE_EDGES = (50, 65, 75, 85)
AGE_LABELS = ("under 50", "50 to 64", "65 to 74", "75 to 84", "85 and over")
BROAD = {"White": "ABC", "Mixed": "DEFG", "Asian": "HJKLR", "Black": "MNP", "Other": "S"}
ETHNIC = {letter: group for group, letters in BROAD.items() for letter in letters}
_NOT_STATED = ("Z", "99", "X", "9", "")
SEXES: Mapping[object, str] = {"F": "female", "M": "male"}
FIFTHS = ("1 (most deprived)", "2", "3", "4", "5 (least deprived)")


def groups_of(people: pd.DataFrame) -> dict[str, np.ndarray]:
    """Group people by each dimension that is available; None for not recorded.

    Parameters
    ----------
    people : pandas.DataFrame
        With any of: age, sex, ethnicity, imd_decile, in_care_home.

    Examples
    --------
    >>> found = groups_of(pd.DataFrame({"age": [49, 90], "ethnicity": ["A", "Z"], "imd_decile": [2, None]}))
    >>> {name: values.tolist() for name, values in found.items()}  # doctest: +NORMALIZE_WHITESPACE
    {'age': ['under 50', '85 and over'], 'ethnicity': ['White', None],
     'deprivation': ['1 (most deprived)', None]}
    """
    made: Mapping[str, np.ndarray | None] = {
        "age": _ages(people),
        "sex": _mapped(people, "sex", SEXES),
        "ethnicity": _ethnicity(people),
        "deprivation": _fifths(people),
        "care home": _mapped(people, "in_care_home", {0: "not in a care home", 1: "in a care home"}),
    }
    return {name: values for name, values in made.items() if values is not None}


def _ages(people: pd.DataFrame) -> np.ndarray | None:
    if "age" not in people:
        return None
    age = people["age"].to_numpy(float)
    labels = np.array(AGE_LABELS, object)[np.searchsorted(AGE_EDGES, np.nan_to_num(age), side="right")]
    return np.asarray(np.where(np.isnan(age), None, labels))


def _mapped(people: pd.DataFrame, name: str, labels: Mapping[object, str]) -> np.ndarray | None:
    if name not in people:
        return None
    known = people[name].map(labels)
    return known.astype(object).where(known.notna(), None).to_numpy()


def _ethnicity(people: pd.DataFrame) -> np.ndarray | None:
    """Map NHS categories to broad groups; any other text is a group of its own."""
    if "ethnicity" not in people:
        return None
    written = people["ethnicity"].astype("string").str.strip()
    stated = written.mask(written.isin(_NOT_STATED))
    known = stated.map(lambda text: ETHNIC.get(text[:1], text) if len(text) <= 2 else text, na_action="ignore")
    return known.astype(object).where(known.notna(), None).to_numpy()


def _fifths(people: pd.DataFrame) -> np.ndarray | None:
    if "imd_decile" not in people:
        return None
    decile = people["imd_decile"].to_numpy(float)
    place = np.clip((np.nan_to_num(decile, nan=1) - 1) // 2, 0, 4).astype(int)
    return np.asarray(np.where(np.isnan(decile), None, np.array(FIFTHS, object)[place]))
