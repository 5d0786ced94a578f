"""Choice states: their rules and the operators of JSONPath rules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from localcloud.states.language.scope import Json
from localcloud.states.validation.context import Context
from localcloud.states.validation.expressions import is_expression, is_path, is_timestamp
from localcloud.states.validation.templates import check_jsonata, check_payload, check_roots, warn_of_path
from localcloud.states.validation.values import (
    exactly_one,
    filled,
    of_language,
    required,
    supported,
    typed,
)
from localcloud.states.validation.variables import check_assign

_ORDER: Final = ("Equals", "LessThan", "GreaterThan", "LessThanEquals", "GreaterThanEquals")
_KINDS: Final = {"String": "String", "Numeric": "Double", "Timestamp": "String"}
# Each operator and the type of its value; "Path" for those that compare with another field.
OPERATORS: Final[dict[str, str]] = {
    **{f"{kind}{order}": value for kind, value in _KINDS.items() for order in _ORDER},
    **{f"{kind}{order}Path": "Path" for kind in _KINDS for order in _ORDER},
    "BooleanEquals": "Boolean",
    "BooleanEqualsPath": "Path",
    "StringMatches": "String",
    **dict.fromkeys(("IsNull", "IsPresent", "IsNumeric", "IsString", "IsBoolean", "IsTimestamp"), "Boolean"),
}
_SELECTORS: Final = ("And", "Or", "Not", "Variable")
_JSONATA_RULE: Final = frozenset({"Condition", "Next", "Assign", "Output", "Comment"})
_REFERENCE: Final = "Value is not a Reference Path"


def check_choices(context: Context, state: Mapping[str, Json]) -> None:
    """Check the rules of a Choice state."""
    typed(context, state, "Default", "String")
    if not required(context, state, "Choices") or not filled(context, state, "Choices", "Array"):
        return
    for index, rule in enumerate(state["Choices"]):
        place = context.below(f"Choices[{index}]")
        if not isinstance(rule, dict):
            place.schema("Expected value of type Object")
            continue
        required(place, rule, "Next")
        typed(place, rule, "Next", "String")
        check_assign(place, rule)
        of_language(place, rule)
        if context.is_jsonata:
            _check_condition(place, rule)
        else:
            _check_rule(place, rule, nested=False)


def _check_condition(context: Context, rule: Mapping[str, Json]) -> None:
    if not any(name in rule for name in _SELECTORS):
        required(context, rule, "Condition")
    supported(context, rule, {*_JSONATA_RULE, *_SELECTORS})
    check_payload(context, rule, "Output")
    condition = rule.get("Condition")
    if isinstance(condition, str) and not is_expression(condition):
        context.schema("JSONata string must start with {% and end with %}", "Condition")
    elif isinstance(condition, str):
        check_jsonata(context.below("Condition"), condition)
    elif "Condition" in rule and not isinstance(condition, bool):
        context.schema("Expected value of type Boolean", "Condition")


def _check_rule(context: Context, rule: Mapping[str, Json], *, nested: bool) -> None:
    if "Condition" in rule:
        return  # refused as a field of the other language
    selectors = [name for name in _SELECTORS if name in rule]
    if len(selectors) != 1:
        names = ", ".join((*_SELECTORS, "Condition"))
        context.schema(f"The object must have only one of the following fields, [{names}]")
        return
    own = {"Comment", selectors[0]} if nested else {"Comment", selectors[0], "Next", "Assign", "Output"}
    match selectors[0]:
        case "Variable":
            supported(context, rule, own | OPERATORS.keys())
            _check_comparison(context, rule)
        case "Not":
            supported(context, rule, own)
            if typed(context, rule, "Not", "Object"):
                _check_rule(context.below("Not"), rule["Not"], nested=True)
        case name:
            supported(context, rule, own)
            _check_all(context, rule, name)


def _check_all(context: Context, rule: Mapping[str, Json], name: str) -> None:
    if not filled(context, rule, name, "Array"):
        return
    for index, inner in enumerate(rule[name]):
        place = context.below(f"{name}[{index}]")
        if isinstance(inner, dict):
            _check_rule(place, inner, nested=True)
        else:
            place.schema("Expected value of type Object")


def _check_comparison(context: Context, rule: Mapping[str, Json]) -> None:
    _check_operand(context, rule, "Variable")
    operators = [name for name in OPERATORS if name in rule]
    if len(operators) != 1:
        exactly_one(context, rule, operators or tuple(OPERATORS))
        return
    name = operators[0]
    if OPERATORS[name] == "Path":
        _check_operand(context, rule, name)
    elif (
        typed(context, rule, name, OPERATORS[name])
        and name.startswith("Timestamp")
        and not is_timestamp(rule[name])
    ):
        context.schema("String does not match RFC3339 timestamp", name)
    elif f"{name}Path" in OPERATORS:
        warn_of_path(context, rule, name)


def _check_operand(context: Context, rule: Mapping[str, Json], name: str) -> None:
    if not typed(context, rule, name, "String"):
        return
    value = rule[name]
    if not value.startswith("$"):
        context.schema(f"{_REFERENCE}: Reference path didn't start with '$'", name)
    elif not is_path(value):
        context.schema(_REFERENCE, name)
    else:
        check_roots(context.below(name), value)
