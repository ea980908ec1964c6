"""Who may be listed: which rows satisfy an expression (`expression`), column by column.

Decision
--------
A column that was not assessed makes a comparison false, never an error, and is no flag. An expression of several
comparisons costs no more memory than one, whatever it joins.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import pandas as pd

from riskstrat.errors import StudyError
from riskstrat.lists.expression import Kind, faults_in, names_in, parsed

COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
NUMERIC = ("integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty")


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
    columns = {name: _assessed(rows[name]) for name in names_in(expression) & set(rows.columns)}
    faults = faults_in(expression, rows.columns, {name: _kind(column) for name, column in columns.items()})
    if faults:
        raise StudyError(
            "An eligibility rule cannot be used:", faults, "Correct `eligible` of that role in study.toml."
        )
    return np.array(np.broadcast_to(_true(parsed(expression), columns), len(rows)))


def _assessed(column: pd.Series) -> pd.Series:
    """A column as numbers or as texts, missing where it was not assessed."""
    numeric = pd.api.types.is_numeric_dtype(column) or pd.api.types.infer_dtype(column, skipna=True) in NUMERIC
    return column.astype(float if numeric else "str")


def _kind(column: pd.Series) -> Kind | None:
    """What a column of a table can be used as: numbers also as flags, and blanks as anything."""
    if column.isna().all():
        return None
    return "flag" if pd.api.types.is_numeric_dtype(column) else "presence"


def _true(node: ast.expr, columns: Mapping[str, pd.Series]) -> Any:
    """True or false, for each row where it depends on the row; what was not assessed is false."""
    if isinstance(node, ast.BoolOp):
        join = np.logical_and if isinstance(node.op, ast.And) else np.logical_or
        return reduce(join, (_true(part, columns) for part in node.values))
    if isinstance(node, ast.UnaryOp):
        return np.logical_not(_true(node.operand, columns))
    if isinstance(node, ast.Compare):
        sides = [_value(side, columns) for side in (node.left, *node.comparators)]
        pairs = zip(node.ops, sides, sides[1:], strict=False)
        return reduce(np.logical_and, (_compared(op, a, b) for op, a, b in pairs))
    value = _value(node, columns)
    return value if isinstance(value, bool) else (value.notna() & (value != 0) & (value != "")).to_numpy()


def _value(node: ast.expr, columns: Mapping[str, pd.Series]) -> Any:
    """A column, a value or a list of values."""
    return columns[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)


def _compared(op: ast.cmpop, a: Any, b: Any) -> Any:
    """One comparison, row by row; false where either side was not assessed."""
    if isinstance(op, ast.In | ast.NotIn):
        inside = pd.Series(a).isin(list(b))
        return ((inside if isinstance(op, ast.In) else ~inside) & pd.notna(a)).to_numpy()
    known = np.asarray(pd.notna(a) & pd.notna(b))
    return known & np.asarray(COMPARISONS[type(op)](a, b), bool) if known.any() else known
