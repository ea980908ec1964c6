"""What the codes of several formats look like, and how a dm+d identifier becomes a BNF code.

Decision
--------
Groups of medicines are defined by BNF codes, and most records hold dm+d. Where the NHSBSA's mapping lies among the
files of a source, saved as CSV, an item has the BNF code of its dm+d identifier; without it, or where the mapping does
not know the identifier, it keeps its own code. The same column of a store then has two systems, never two codes for
one item.

Source: SNOMED CT Identifiers (a concept has 0 as the last but one digit, and 0 or 1 before it; 6 to 18 digits); NHSBSA,
*BNF SNOMED mapping*, columns ``SNOMED Code`` and ``BNF Code``.
"""

from riskstrat.ingest.formats.layout import ColumnMapping, LookupFile, coded, in_cell

NA = ("NA",)
SNOMED = "[1-9][0-9]{5,17}"
CONCEPT = "[1-9][0-9]{2,14}[01]0[0-9]"
ICD10 = r"[A-Z][0-9]{2}(?:[0-9]|\.[0-9]{1,4}[A-Z]?|\.?X)?"
BNF = "[0-9]{2}[0-9A-Z]{2,13}"
LOINC = "[0-9]{1,7}-[0-9]"
BNF_MAPPING = ("*bnf*snomed*mapping*", "*bnf*dmd*")


def bnf_of(dmd: str) -> LookupFile:
    """The NHSBSA mapping, on the column in which a file has its dm+d identifiers; known as ``bnf``.

    >>> bnf_of("dmd_code").columns
    {'bnf': 'BNF Code'}
    """
    return LookupFile(BNF_MAPPING, (dmd, "SNOMED Code"), {"bnf": "BNF Code"})


def medicine(names: tuple[str, ...], dmd: str, own: str) -> tuple[ColumnMapping, ColumnMapping]:
    """Code and system of an item: BNF where it was mapped, else dm+d, else the code of its record system.

    Parameters
    ----------
    dmd : str
        The dm+d identifier: a header, or what a lookup calls it.
    own : str
        What the record system's codes, under `names`, are called.

    Examples
    --------
    >>> code, system = medicine(("prodcodeid",), "dmd", "prodcode")
    >>> [pattern for _, pattern in system.patterns]
    ['bnf', 'dmd', 'prodcode']
    """
    shapes = ((in_cell(2, 3, BNF), "bnf"), (in_cell(1, 3, SNOMED), "dmd"), (in_cell(0, 3), own))
    return coded(names, shapes, (dmd, "bnf"), NA)
