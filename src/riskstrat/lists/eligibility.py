"""Who may be listed: a small expression over documented columns, checked before the run; no code can run.

Decision
--------
The expression is parsed by Python's own parser and walked by this module: names of columns, numbers, texts, ``and``,
``or``, ``not``, comparisons and ``in`` are known, and everything else (calls, attributes, subscripts, arithmetic) is
refused with the place of the word. A column that was not assessed makes a comparison false, never an error.
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
    ["'aeg' at character 1 is not a column", "at character 13: only comparisons, and, or, not and in may be used"]
    """
    try:
        tree = ast.parse(expression, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        return [f"not an expression, at character {getattr(error, 'offset', None) or 1}"]
    return _faults(tree.body, columns)


def _faults(node: ast.expr, columns: Collection[str]) -> list[str]:
    at = f"at character {node.col_offset + 1}"
    if isinstance(node, ast.Name):
        return [] if node.id in columns else [f"{node.id!r} {at} is not a column"]
    if isinstance(node, ast.Constant):
        return (
            [] if isinstance(node.value, bool | int | float | str) else [f"{at}: only numbers, texts, True and False"]
        )
    if isinstance(node, ast.BoolOp):
        parts: list[ast.expr] = node.values
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not | ast.USub):
        parts = [node.operand]
    elif isinstance(node, ast.Compare) and all(isinstance(op, (*COMPARISONS, ast.In, ast.NotIn)) for op in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.Tuple | ast.List):
        parts = node.elts
    else:
        return [f"{at}: only comparisons, and, or, not and in may be used"]
    return [fault for part in parts for fault in _faults(part, columns)]


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
    value = _value(ast.parse(expression, mode="eval").body, rows)
    return _truth(value, len(rows))


def _truth(value: Any, rows: int) -> np.ndarray:
    """A value as true or false for each row; what was not assessed is false."""
    if isinstance(value, pd.Series):
        return np.asarray(value.notna() & value.fillna(0).astype(object).map(bool), bool)
    return np.full(rows, bool(value)) if np.isscalar(value) else np.asarray(value, bool)


def _value(node: ast.expr, rows: pd.DataFrame) -> Any:
    if isinstance(node, ast.Name):
        return rows[node.id]
    if isinstance(node, ast.Constant):
        return node.value
    if isinstance(node, ast.Tuple | ast.List):
        return [_value(part, rows) for part in node.elts]
    if isinstance(node, ast.BoolOp):
        parts = [_truth(_value(part, rows), len(rows)) for part in node.values]
        return np.logical_and.reduce(parts) if isinstance(node.op, ast.And) else np.logical_or.reduce(parts)
    if isinstance(node, ast.UnaryOp):
        inner = _value(node.operand, rows)
        return -inner if isinstance(node.op, ast.USub) else ~_truth(inner, len(rows))
    assert isinstance(node, ast.Compare)
    sides = [_value(side, rows) for side in (node.left, *node.comparators)]
    found = [_compared(op, a, b, rows) for op, a, b in zip(node.ops, sides, sides[1:], strict=False)]
    return np.logical_and.reduce(found)


def _compared(op: ast.cmpop, left: Any, right: Any, rows: pd.DataFrame) -> np.ndarray:
    if isinstance(op, ast.In | ast.NotIn):
        inside = left.isin(right) if isinstance(left, pd.Series) else np.full(len(rows), left in right)
        known = left.notna() if isinstance(left, pd.Series) else True
        return np.asarray((inside if isinstance(op, ast.In) else ~inside) & known, bool)
    known = np.ones(len(rows), bool)
    for side in (left, right):
        if isinstance(side, pd.Series):
            known &= side.notna().to_numpy()
    try:
        result = COMPARISONS[type(op)](left, right)
    except TypeError:
        raise StudyError(
            "An eligibility rule compares a number with a text.", do="Correct `eligible` in study.toml."
        ) from None
    return np.asarray(result, bool) & known
