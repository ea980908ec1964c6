"""Write a rule and an order in plain English for the readers of a list.

Decision
--------
The words are made from the parsed rule, so they always match it. "; and" separates conditions that must all be true,
"either ..., or ..." are alternatives, and anything nested deeper is in square brackets, because labels contain round
ones. ``not risk_pct >= 15`` is written "not [risk of 15 % or more]" and never "risk of less than 15 %": the first is
true of a patient whose risk is not recorded, the second is not. A column has the same label as on the list; a label
that contains a joining word or sign is quoted, so that nobody reads part of it as part of the rule.
"""

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from riskstrat.features import FeatureColumn
from riskstrat.lists.rules import COMPARISONS, parse_rule

JOINING = re.compile(r"\b(and|or|not|either)\b|[,;\[\]\"]", re.IGNORECASE)


@dataclass(frozen=True)
class Label:
    """Label of a column in a rule.

    Parameters
    ----------
    text : str
        A noun ("age"); for a flag, what is true of the patient ("in a care home").
    kind : {"number", "count", "text", "flag"}
        Counts read "2 or more ED attendances", other numbers "age of 65 or more".
    without : str
        The negation of a flag; "not" and the text where this is blank.
    noun : str
        The word before a value, where it differs from the text.
    """

    text: str
    unit: str = ""
    kind: Literal["number", "count", "text", "flag"] = "number"
    without: str = ""
    noun: str = ""


_LABELS: Mapping[str, Label] = {
    "patient_id": Label("pseudonym", kind="text"),
    "practice_code": Label("practice", kind="text"),
    "risk_pct": Label("risk", " %"),
    "percentile": Label("percentile of risk"),
    "band": Label("risk band", kind="text"),
    "age": Label("age"),
    "sex": Label("sex", kind="text"),
    "emergency_admissions_12m": Label("emergency admissions (12 m)", kind="count"),
    "acsc_admissions_12m": Label("avoidable admissions (12 m)", kind="count"),
    "emergency_bed_days_12m": Label("emergency bed days (12 m)", kind="count"),
    "ed_attendances_12m": Label("ED attendances (12 m)", kind="count"),
    "ltc_count": Label("long-term conditions", kind="count"),
    "medicines": Label("medicines", kind="count"),
    "medicine_alerts": Label("medicine alerts", kind="count"),
    "end_of_life_register": Label("on the end-of-life register", kind="flag"),
    "housebound": Label("housebound", kind="flag"),
    "care_home": Label("in a care home", kind="flag"),
    "rising": Label("risen fast", kind="flag"),
    "care_home_id": Label("care home", kind="text"),
    "on_caseload": Label("on a caseload", kind="text", noun="caseload"),
}


def column_labels(columns: Iterable[FeatureColumn]) -> dict[str, Label]:
    """Map the columns that a rule may name to labels: those of the list first, then the meanings of the catalogue.

    >>> column = FeatureColumn("sodium_latest", "mmol/L", "36 months", "latest sodium", "value", lambda seen: None)
    >>> column_labels([column])["sodium_latest"]
    Label(text='latest sodium in 36 months', unit=' mmol/L', kind='number', without='', noun='')
    """
    return {**{column.name: _label(column) for column in columns}, **_LABELS}


def _label(column: FeatureColumn) -> Label:
    window = "" if column.window in ("ever", "at the index date") else f" in {column.window}"
    if column.kind == "flag":
        recorded = column.meaning.removesuffix(" recorded")
        without = f"no record of {_quoted(recorded + window)}" if recorded != column.meaning else ""
        return Label(_quoted(column.meaning + window), kind="flag", without=without)
    unit: dict[str, Any] = {"kind": "count"} if column.kind == "count" else {"unit": f" {column.unit}"}
    return Label(_quoted(column.meaning + window), **unit)


def _quoted(text: str) -> str:
    """Quote a label that a reader could take for part of the rule."""
    return json.dumps(text, ensure_ascii=False) if JOINING.search(text) else text


QUANTITIES: Mapping[type[ast.cmpop], str] = {
    ast.GtE: "{} or more", ast.Gt: "more than {}", ast.Lt: "less than {}", ast.LtE: "{} or less",
    ast.Eq: "exactly {}", ast.NotEq: "any number except {}",
}  # fmt: skip
BETWEEN: Mapping[type[ast.cmpop], str] = {
    ast.GtE: "no less than", ast.Gt: "more than", ast.Lt: "less than", ast.LtE: "no more than",
    ast.Eq: "the same as", ast.NotEq: "other than",
}  # fmt: skip
_TURNED: Mapping[type[ast.cmpop], type[ast.cmpop]] = {
    ast.GtE: ast.LtE, ast.Gt: ast.Lt, ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Eq: ast.Eq, ast.NotEq: ast.NotEq,
}  # fmt: skip


def rule_in_words(expression: str, labels: Mapping[str, Label] = _LABELS) -> str:
    """Write a valid rule in words; a column without a label appears by its name.

    >>> rule_in_words("(medicines >= 10 or ltc_count >= 3) and risk_pct >= 15 and not care_home")
    'either 10 or more medicines, or 3 or more long-term conditions; and risk of 15 % or more; and not in a care home'
    >>> rule_in_words("True")
    'everyone'
    """
    tree = _flat(parse_rule(expression))
    parts = tree.values if isinstance(tree, ast.BoolOp) and isinstance(tree.op, ast.And) else [tree]
    return "; and ".join(_clause(part, labels) for part in parts)


def order_in_words(order: Sequence[str], labels: Mapping[str, Label] = _LABELS) -> str:
    """Write the order of a list in words.

    >>> order_in_words(["-risk_pct", "age"])
    'risk, highest first; then age, lowest first'
    """
    return "; then ".join(_placed(_called(term.lstrip("-"), labels), term.startswith("-")) for term in order)


def _placed(label: Label, down: bool) -> str:
    if label.kind == "flag":
        return f"{label.text} {'first' if down else 'last'}"
    return f"{label.noun or label.text}, {'highest' if down else 'lowest'} first"


def _flat(node: ast.expr) -> ast.expr:
    """Split chained comparisons, and merge an ``and`` within an ``and`` and an ``or`` within an ``or``."""
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        return ast.UnaryOp(node.op, _flat(node.operand))
    if isinstance(node, ast.Compare) and len(node.ops) > 1:
        sides = zip([node.left, *node.comparators], node.ops, node.comparators, strict=False)
        return ast.BoolOp(ast.And(), [ast.Compare(left, [op], [right]) for left, op, right in sides])
    if not isinstance(node, ast.BoolOp):
        return node
    parts = [_flat(part) for part in node.values]
    inner = [p.values if isinstance(p, ast.BoolOp) and type(p.op) is type(node.op) else [p] for p in parts]
    return ast.BoolOp(node.op, [one for several in inner for one in several])


def _clause(node: ast.expr, labels: Mapping[str, Label]) -> str:
    """Write a clause between semicolons."""
    if isinstance(node, ast.BoolOp):
        return "either " + ", or ".join(_part(part, labels) for part in node.values)
    return _part(node, labels)


def _part(node: ast.expr, labels: Mapping[str, Label]) -> str:
    """Write a part that needs no further brackets."""
    if isinstance(node, ast.BoolOp):
        join = ", and " if isinstance(node.op, ast.And) else ", or "
        return f"[{join.join(_part(part, labels) for part in node.values)}]"
    if isinstance(node, ast.UnaryOp):
        return _negated(node.operand, labels)
    if isinstance(node, ast.Name):
        return _called(node.id, labels).text
    if isinstance(node, ast.Compare):
        return _compared(node, labels)
    return "everyone" if ast.literal_eval(node) else "nobody"


def _negated(node: ast.expr, labels: Mapping[str, Label]) -> str:
    if isinstance(node, ast.Name):
        label = _called(node.id, labels)
        return label.without or f"not {label.text}"
    inner = _part(node, labels)
    return f"not {inner}" if isinstance(node, ast.BoolOp) else f"not [{inner}]"


def _called(name: str, labels: Mapping[str, Label]) -> Label:
    return labels.get(name, Label(name))


def _compared(node: ast.Compare, labels: Mapping[str, Label]) -> str:
    """Write a comparison, with the column first."""
    left, op, right = node.left, node.ops[0], node.comparators[0]
    if isinstance(right, ast.Name) and not isinstance(left, ast.Name):
        left, op, right = right, _TURNED[type(op)](), left
    said = _called(left.id, labels) if isinstance(left, ast.Name) else Label(_as_text(ast.literal_eval(left)))
    noun = said.noun or said.text
    if isinstance(right, ast.Name):
        other = _called(right.id, labels)
        return f"{noun} {BETWEEN[type(op)]} {other.noun or other.text}"
    value = ast.literal_eval(right)
    if not isinstance(left, ast.Name):
        return "everyone" if _meets(ast.literal_eval(left), op, value) else "nobody"
    if said.kind == "flag":
        return _flag_compared(said, op, value)
    if isinstance(op, ast.In | ast.NotIn):
        return f"{noun} {'one' if isinstance(op, ast.In) else 'none'} of [{', '.join(_as_text(one) for one in value)}]"
    if isinstance(value, str):
        return f"{noun} {'other than ' if isinstance(op, ast.NotEq) else ''}{_as_text(value)}"
    quantity = QUANTITIES[type(op)].format(f"{_as_text(value)}{said.unit}")
    return f"{quantity.replace('less', 'fewer')} {noun}" if said.kind == "count" else f"{noun} of {quantity}"


def _flag_compared(said: Label, op: ast.cmpop, value: Any) -> str:
    """Write the comparison of a flag with a number, for patients whose flag was assessed."""
    words = {
        (True, True): f"assessed whether {said.text}",
        (True, False): said.text,
        (False, True): f"{said.without or f'not {said.text}'} (assessed)",
        (False, False): "nobody",
    }
    return words[_meets(1, op, value), _meets(0, op, value)]


def _meets(one: Any, op: ast.cmpop, value: Any) -> bool:
    if isinstance(op, ast.In | ast.NotIn):
        return (one in value) is isinstance(op, ast.In)
    return bool(COMPARISONS[type(op)](one, value))


def _as_text(value: Any) -> str:
    """Write a value: a text in quotes, a number with commas."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else f"{value + 0:,}".removesuffix(".0")
