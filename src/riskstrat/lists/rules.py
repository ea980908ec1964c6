"""Check and apply eligibility rules, which are short expressions over documented columns.

Decision
--------
Python's own parser parses the expression, and this module reads the result; nothing is executed. Column names, numbers,
texts, ``and``, ``or``, ``not``, comparisons, and ``in`` with a list of values are allowed. Everything else (calls,
attributes, subscripts, arithmetic) is refused with its position. A name must be spelt exactly as the column: Python
would read full-width letters as ``age``, but a reader might not. Texts have no order, because ``band > 'high'`` would
be alphabetical. Escapes and control characters are refused, so that a rule means what it shows.

A comparison with a value that was not assessed is false, never an error, and a flag that was not assessed is false too.
An expression of several comparisons uses no more memory than one.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property, reduce
from itertools import islice
from typing import Any, Literal

import numpy as np
import pandas as pd

from riskstrat.errors import StudyError
from riskstrat.tables import Bools

RuleKind = Literal["number", "text", "flag", "presence"]
"""What a column holds; "presence" is a text whose being there is an answer by itself, such as ``on_caseload``."""
ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_LONGEST, _DEEPEST, LARGEST, MOST_FAULTS = 4_000, 50, 10**15, 20
ONLY = "only columns, values, comparisons, `and`, `or`, `not` and `in` are allowed"


def parse_rule(expression: str) -> ast.expr:
    """Parse an expression without checking it; ValueError with the position if it cannot be parsed."""
    if len(expression) > _LONGEST:
        raise ValueError(f"the rule is longer than {_LONGEST:,} characters")
    strange = [n for n, one in enumerate(expression, 1) if one == "\\" or not (one.isprintable() or one == "\n")]
    if strange:
        raise ValueError(f"character {strange[0]} is not allowed in a rule")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return ast.parse(expression.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError, Warning) as error:
        line, offset = getattr(error, "lineno", None) or 1, getattr(error, "offset", None) or 1
        raise ValueError(f"the rule cannot be read at character {_character(expression, line, offset - 1)}") from None


def names_in(expression: str) -> set[str]:
    """Find the names in an expression; none if it cannot be parsed.

    >>> sorted(names_in("age >= 65 and not care_home")), names_in("age >=")
    (['age', 'care_home'], set())
    """
    try:
        return {node.id for node in ast.walk(parse_rule(expression)) if isinstance(node, ast.Name)}
    except ValueError:
        return set()


def _character(expression: str, line: int, offset: int) -> int:
    """Convert a line and offset of the stripped expression to a character of the whole, counted from 1."""
    before = len(expression) - len(expression.lstrip())
    earlier = expression.strip().split("\n")[: line - 1]
    return before + sum(len(one) + 1 for one in earlier) + max(offset, 0) + 1


def rule_faults(
    expression: str, columns: Iterable[str], kinds: Mapping[str, RuleKind | None] | None = None
) -> list[str]:
    """List the first errors in an expression; a column without a kind may be used in any way.

    >>> rule_faults("age >= 65 and not care_home", ["age", "care_home"], {"age": "number", "care_home": "flag"})
    []
    >>> rule_faults("aeg > 65 or age == 'old'", ["age"], {"age": "number"})
    ["'aeg' at character 1 is not a column; did you mean age?", 'at character 20: compares a number with a text']
    """
    try:
        tree = parse_rule(expression)
    except ValueError as error:
        return [str(error)]
    return list(islice(_Reader(expression, sorted(columns), kinds or {}).condition(tree, _DEEPEST), MOST_FAULTS))


@dataclass(frozen=True)
class _Reader:
    """Finds the errors in an expression, part by part."""

    expression: str
    columns: Collection[str]
    kinds: Mapping[str, RuleKind | None]

    @cached_property
    def _lines(self) -> list[bytes]:
        """The lines in UTF-8, because the parser counts offsets in bytes."""
        return self.expression.strip().encode().split(b"\n")

    def condition(self, node: ast.expr, deeper: int) -> Iterator[str]:
        """Find the errors in a condition."""
        if not deeper:
            yield f"{self._at(node)}: nested too deeply"
        elif isinstance(node, ast.BoolOp):
            for part in node.values:
                yield from self.condition(part, deeper - 1)
        elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            yield from self.condition(node.operand, deeper - 1)
        elif isinstance(node, ast.Compare):
            yield from self.comparison(node)
        elif _is_value(node) and not isinstance(ast.literal_eval(node), bool):
            yield f"{self._at(node)}: a value alone is not a condition"
        else:
            yield from self.operand(node)
            if isinstance(node, ast.Name) and self.kinds.get(node.id) in ("number", "text"):
                yield f"{node.id!r} {self._at(node)} is a {self.kinds[node.id]}: compare it with a value"

    def comparison(self, node: ast.Compare) -> Iterator[str]:
        """Find the errors in a comparison."""
        yield from self.operand(node.left)
        for op, left, right in zip(node.ops, [node.left, *node.comparators], node.comparators, strict=False):
            if isinstance(op, ast.In | ast.NotIn):
                values = right.elts if isinstance(right, ast.Tuple | ast.List) and len(node.ops) == 1 else []
                if not values or not all(_is_value(one) for one in values):
                    yield f"{self._at(right)}: `in` needs one list of values, such as ('F', 'M')"
                    continue
            elif isinstance(op, (*ORDERS, ast.Eq, ast.NotEq)):
                values = [right]
                yield from self.operand(right)
            else:
                yield f"{self._at(right)}: {ONLY}"
                continue
            for one in values:
                yield from self.unlike(left, op, one)

    def operand(self, node: ast.expr) -> Iterator[str]:
        """Find the errors in a column or a value."""
        if isinstance(node, ast.Name):
            spelt = self._lines[node.lineno - 1][node.col_offset : node.end_col_offset].decode()
            if spelt not in self.columns:
                near = get_close_matches(spelt, self.columns, 1)
                yield f"{spelt!r} {self._at(node)} is not a column{f'; did you mean {near[0]}?' if near else ''}"
        elif not _is_value(node):
            yield f"{self._at(node)}: {ONLY}"

    def unlike(self, left: ast.expr, op: ast.cmpop, right: ast.expr) -> Iterator[str]:
        """Find numbers compared with texts, and texts compared by size."""
        a, b = self._holds(left), self._holds(right)
        if a and b and a != b:
            yield f"{self._at(right)}: compares a {a} with a {b}"
        elif "text" in (a, b) and isinstance(op, ORDERS):
            yield f"{self._at(right)}: texts have no order; use ==, != or in"

    def _holds(self, node: ast.expr) -> Literal["number", "text"] | None:
        if isinstance(node, ast.Name):
            kind = self.kinds.get(node.id)
            return None if kind is None else "text" if kind in ("text", "presence") else "number"
        if not _is_value(node):
            return None
        return "text" if isinstance(ast.literal_eval(node), str) else "number"

    def _at(self, node: ast.expr) -> str:
        offset = len(self._lines[node.lineno - 1][: node.col_offset].decode())
        return f"at character {_character(self.expression, node.lineno, offset)}"


def _is_value(node: ast.expr) -> bool:
    """Return whether a node is a number, a text, True or False."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = node.operand
        return isinstance(inner, ast.Constant) and type(inner.value) in (int, float) and _is_value(inner)
    if not isinstance(node, ast.Constant):
        return False
    if isinstance(node.value, str):
        return node.value.isprintable()
    return isinstance(node.value, int | float) and abs(node.value) <= LARGEST


COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt, ast.GtE: operator.ge,
    ast.Eq: operator.eq, ast.NotEq: operator.ne,
}  # fmt: skip
NUMERIC = ("integer", "floating", "mixed-integer-float", "boolean", "decimal", "empty")


def eligible(expression: str, rows: pd.DataFrame) -> Bools:
    """Flag the rows that satisfy an expression.

    Raises
    ------
    StudyError
        If the expression cannot be used, with the position of each error.

    Examples
    --------
    >>> eligible("age >= 65 and not care_home", pd.DataFrame({"age": [70, 80, 40], "care_home": [0, 1, 0]})).tolist()
    [True, False, False]
    """
    columns = {name: _assessed(rows[name]) for name in names_in(expression) & set(rows.columns)}
    faults = rule_faults(expression, rows.columns, {name: _kind(column) for name, column in columns.items()})
    if faults:
        do = "Correct `eligible` of that role in study.toml."
        raise StudyError("An eligibility rule cannot be used:", faults, do)
    return np.array(np.broadcast_to(_true(parse_rule(expression), columns), len(rows)))


def _assessed(column: pd.Series) -> pd.Series:
    """Convert a column to numbers or texts, missing where not assessed."""
    numeric = pd.api.types.is_numeric_dtype(column) or pd.api.types.infer_dtype(column, skipna=True) in NUMERIC
    return column.astype(float if numeric else "str")


def _kind(column: pd.Series) -> RuleKind | None:
    """Return how a column can be used: numbers also as flags, blank columns as anything."""
    if column.isna().all():
        return None
    return "flag" if pd.api.types.is_numeric_dtype(column) else "presence"


def _true(node: ast.expr, columns: Mapping[str, pd.Series]) -> Any:
    """Evaluate a condition, for each row where it depends on the row; a value not assessed is false."""
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
    """Return a column, a value or a list of values."""
    return columns[node.id] if isinstance(node, ast.Name) else ast.literal_eval(node)


def _compared(op: ast.cmpop, a: Any, b: Any) -> Any:
    """Evaluate a comparison row by row; false where either side was not assessed."""
    if isinstance(op, ast.In | ast.NotIn):
        inside = pd.Series(a).isin(list(b))
        return ((inside if isinstance(op, ast.In) else ~inside) & pd.notna(a)).to_numpy()
    known = np.asarray(pd.notna(a) & pd.notna(b))
    return known & np.asarray(COMPARISONS[type(op)](a, b), bool) if known.any() else known
