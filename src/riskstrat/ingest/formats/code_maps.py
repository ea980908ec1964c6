"""Define the form of codes that several formats share, and map dm+d identifiers to BNF codes.

Decision
--------
Groups of medicines are defined by BNF codes, but most records have dm+d codes. If the NHSBSA's mapping, saved as CSV,
is among the files of a source, each item gets the BNF code of its dm+d identifier. Without the mapping, or if it does
not list the identifier, the item keeps its own code. A column may then have codes of two systems, but an item never has
two codes.

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
    """Return the lookup of the NHSBSA mapping for a column of dm+d identifiers; its column is named ``bnf``.

    >>> bnf_of("dmd_code").columns
    {'bnf': 'BNF Code'}
    """
    return LookupFile(BNF_MAPPING, (dmd, "SNOMED Code"), {"bnf": "BNF Code"})


def medicine(names: tuple[str, ...], dmd: str, own: str) -> tuple[ColumnMapping, ColumnMapping]:
    """Map code and system of an item: BNF if it is mapped, else dm+d, else the code of its record system.

    Parameters
    ----------
    dmd : str
        Header or lookup column of the dm+d identifier.
    own : str
        Name of the record system's own codes, in the columns `names`.

    Examples
    --------
    >>> code, system = medicine(("prodcodeid",), "dmd", "prodcode")
    >>> [pattern for _, pattern in system.patterns]
    ['bnf', 'dmd', 'prodcode']
    """
    shapes = ((in_cell(2, 3, BNF), "bnf"), (in_cell(1, 3, SNOMED), "dmd"), (in_cell(0, 3), own))
    return coded(names, shapes, (dmd, "bnf"), NA)
