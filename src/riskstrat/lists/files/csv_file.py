"""Write lists as CSV for programs, with a JSON file that describes the list.

Decision
--------
The CSV follows RFC 4180 in UTF-8 without a byte-order mark, with the contract's column names. Text that a spreadsheet
would read as a formula gets a single quote in front (CWE-1236); numbers and dates need none. The JSON file is written
first and holds the SHA-256 of the CSV, so that an incomplete pair can be recognised after an interruption. Each file is
written under another name and then renamed, so that an incomplete file never has the final name.
"""

import csv
import json
from datetime import date
from hashlib import sha256
from io import StringIO
from pathlib import Path

from riskstrat.lists.columns import Value, held_columns, values_of
from riskstrat.lists.files.output import CaseList, Output
from riskstrat.tables import whole_file

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def formula_guarded(text: str) -> str:
    """Guard a text so that no spreadsheet reads it as a formula.

    >>> formula_guarded("=1+1"), formula_guarded("COPD")
    ("'=1+1", 'COPD')
    """
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _field(value: Value) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return formula_guarded(value)
    return value.isoformat() if isinstance(value, date) else f"{value:.10g}"


def _csv(cases: CaseList) -> bytes:
    text = StringIO(newline="")
    lines = csv.writer(text, lineterminator="\r\n")
    columns = held_columns(cases.rows.columns)
    lines.writerow([column.name for column in columns])
    values = [values_of(column, cases.rows[column.name]) for column in columns]
    lines.writerows([_field(value) for value in row] for row in zip(*values, strict=True))
    return text.getvalue().encode()


def _sidecar(cases: CaseList, name: str, content: bytes) -> bytes:
    file = {"name": name, "rows": len(cases.rows), "sha256": sha256(content).hexdigest()}
    said = {"practice": cases.practice, "role": cases.role, **cases.header}
    columns = [column.name for column in held_columns(cases.rows.columns)]
    document = {**said, "decisions": cases.decisions, "effects": dict(cases.effects), "columns": columns, "file": file}
    return (json.dumps(document, ensure_ascii=False, indent=2) + "\n").encode()


def write_csv(cases: CaseList, path: Path) -> None:
    """Write a list as CSV, and its header as JSON under the same name with the suffix ``.json``."""
    content = _csv(cases)
    with whole_file(path.with_suffix(".json")) as part:
        part.write_bytes(_sidecar(cases, path.name, content))
    with whole_file(path) as part:
        part.write_bytes(content)


CSV = Output("csv", ".csv", "CSV, with a JSON file that describes the list", write_csv)
