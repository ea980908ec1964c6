"""Who may be listed: a small expression over documented columns, checked before the run; no code can run.

Decision
--------
The expression is parsed by Python's own parser and walked by this module: names of columns, numbers, texts, ``and``,
``or``, ``not``, comparisons, and ``in`` with a list of values are known, and everything else (calls, attributes,
subscripts, arithmetic) is refused with the place of the word. A column that was not assessed makes a comparison false,
never an error.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Collection, Mapping
from typing import Any

import numpy as np
import pandas as pd

from riskstrat.errors import StudyError

COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
LONGEST, DEEPEST, LARGEST = 4_000, 50, 10**15


def faults_in(expression: str, columns: Collection[str]) -> list[str]:
    """What is wrong with an expression; nothing where it may be used.

    Parameters
    ----------
    expression : str
    columns : collection of str
        What it may name.

    Examples
    --------
    >>> faults_in("age >= 65 and not care_home", ["age", "care_home"])
    []
    >>> faults_in("aeg > 65 or open('x')", ["age"])
    ["'aeg' at character 1 is not a column", 'at character 13: only comparisons, and, or, not and in may be used']
    """
    if len(expression) > LONGEST:
        return [f"longer than {LONGEST:,} characters"]
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"not an expression, at character {getattr(error, 'offset', None) or 1}"]
    return _faults(tree.body, columns, DEEPEST)


def _faults(node: ast.expr, columns: Collection[str], deeper: int) -> list[str]:
    at = f"at character {node.col_offset + 1}"
    if not deeper:
        return [f"{at}: nested too deeply"]
    if isinstance(node, ast.Name):
        return [] if node.id in columns else [f"{node.id!r} {at} is not a column"]
    if _is_value(node):
        return []
    if isinstance(node, ast.BoolOp):
        return [fault for part in node.values for fault in _faults(part, columns, deeper - 1)]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return _faults(node.operand, columns, deeper - 1)
    if isinstance(node, ast.Compare):
        return _faults_in_comparison(node, columns, deeper - 1)
    return [f"{at}: only comparisons, and, or, not and in may be used"]


def _faults_in_comparison(node: ast.Compare, columns: Collection[str], deeper: int) -> list[str]:
    faults = _faults(node.left, columns, deeper)
    for op, side in zip(node.ops, node.comparators, strict=True):
        at = f"at character {side.col_offset + 1}"
        if isinstance(op, ast.In | ast.NotIn):
            listed = isinstance(side, ast.Tuple | ast.List) and all(_is_value(one) for one in side.elts)
            faults += [] if listed else [f"{at}: `in` needs a list of values, such as ('F', 'M')"]
        elif type(op) in COMPARISONS:
            faults += _faults(side, columns, deeper)
        else:
            faults.append(f"{at}: only comparisons, and, or, not and in may be used")
    return faults


def _is_value(node: ast.expr) -> bool:
    """Whether it is a number, a text, True or False."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        node = node.operand
        return isinstance(node, ast.Constant) and isinstance(node.value, int | float) and _is_value(node)
    if not isinstance(node, ast.Constant):
        return False
    return isinstance(node.value, str) or (isinstance(node.value, int | float) and abs(node.value) <= LARGEST)


def eligible(expression: str, rows: pd.DataFrame) -> np.ndarray:
    """Which rows satisfy an expression.

    Parameters
    ----------
    expression : str
    rows : pandas.DataFrame

    Returns
    -------
    array of bool, shape (rows,)

    Raises
    ------
    StudyError
        If the expression may not be used, with the place of each fault.

    Examples
    --------
    >>> eligible("age >= 65 and not care_home", pd.DataFrame({"age": [70, 80, 40], "care_home": [0, 1, 0]})).tolist()
    [True, False, False]
    """
    faults = faults_in(expression, list(rows.columns))
    if faults:
        raise StudyError(
            "An eligibility rule cannot be used:", faults, "Correct `eligible` of that role in study.toml."
        )
    return _truth(_value(ast.parse(expression.strip(), mode="eval").body, rows), len(rows))


def _truth(value: Any, rows: int) -> np.ndarray:
    """A value as true or false for each row; what was not assessed is false."""
    if isinstance(value, pd.Series):
        return np.array([bool(one) for one in value.astype(object).where(value.notna(), False)], bool)
    return value if isinstance(value, np.ndarray) else np.full(rows, bool(value))


def _value(node: ast.expr, rows: pd.DataFrame) -> Any:
    """A column, a number or a text; or, of and, or, not and comparisons, true or false for each row."""
    if isinstance(node, ast.Name):
        return rows[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.BoolOp):
        parts = [_truth(_value(part, rows), len(rows)) for part in node.values]
        return np.logical_and.reduce(parts) if isinstance(node.op, ast.And) else np.logical_or.reduce(parts)
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, rows)
        return ~_truth(inner, len(rows)) if isinstance(node.op, ast.Not) else -inner
    assert isinstance(node, ast.Compare)
    sides = [node.left, *node.comparators]
    found = [_compared(op, a, b, rows) for op, a, b in zip(node.ops, sides, sides[1:], strict=False)]
    return np.logical_and.reduce(found)


def _compared(op: ast.cmpop, left: ast.expr, right: ast.expr, rows: pd.DataFrame) -> np.ndarray:
    """One comparison, row by row; false where either side was not assessed."""
    a = _column(_value(left, rows), rows)
    if isinstance(op, ast.In | ast.NotIn):
        assert isinstance(right, ast.Tuple | ast.List)
        inside = a.isin([_value(one, rows) for one in right.elts])
        return np.asarray((inside if isinstance(op, ast.In) else ~inside) & a.notna(), bool)
    b = _column(_value(right, rows), rows)
    known = (a.notna() & b.notna()).to_numpy()
    try:
        found = COMPARISONS[type(op)](a[known].to_numpy(object), b[known].to_numpy(object))
    except TypeError:
        raise StudyError(
            "An eligibility rule compares a number with a text.", do="Correct `eligible` in study.toml."
        ) from None
    result = np.zeros(len(rows), bool)
    result[known] = found
    return result


def _column(value: Any, rows: pd.DataFrame) -> pd.Series:
    return value if isinstance(value, pd.Series) else pd.Series([value] * len(rows), rows.index)
