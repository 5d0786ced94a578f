"""The rules of a Choice state: in JSONPath's form, and conditions in JSONata's."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from localcloud.states.language.errors import DefinitionError, EvaluationError
from localcloud.states.language.jsonata import compile_jsonata
from localcloud.states.language.paths import compile_path
from localcloud.states.language.scope import Evaluator, Json, Scope
from localcloud.states.language.timestamps import parse_timestamp

Condition: TypeAlias = Callable[[Scope], bool]
_Compare: TypeAlias = Callable[[Json, Json], bool]

_ORDERS: Final[dict[str, _Compare]] = {
    "Equals": operator.eq,
    "LessThan": operator.lt,
    "GreaterThan": operator.gt,
    "LessThanEquals": operator.le,
    "GreaterThanEquals": operator.ge,
}
_PATH: Final = "Path"
# What a rule may hold beside its operator.
_OTHER_FIELDS: Final = frozenset({"Variable", "Next", "Comment", "Assign", "Output", "QueryLanguage"})


def _as_string(value: Json) -> Json:
    return value if isinstance(value, str) else None


def _as_number(value: Json) -> Json:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _as_boolean(value: Json) -> Json:
    return value if isinstance(value, bool) else None


# Each kind of operator: what turns a value into one of its kind, or into None.
_KINDS: Final[dict[str, Callable[[Json], Json]]] = {
    "String": _as_string,
    "Numeric": _as_number,
    "Boolean": _as_boolean,
    "Timestamp": parse_timestamp,
}
_COMPARISONS: Final = {
    kind + name: (convert, compare)
    for kind, convert in _KINDS.items()
    for name, compare in _ORDERS.items()
    if kind != "Boolean" or name == "Equals"
}
_TYPES: Final[dict[str, Callable[[Json], bool]]] = {
    "IsNull": lambda value: value is None,
    "IsString": lambda value: isinstance(value, str),
    "IsNumeric": lambda value: _as_number(value) is not None,
    "IsBoolean": lambda value: isinstance(value, bool),
    "IsTimestamp": lambda value: parse_timestamp(value) is not None,
}


def compile_condition(text: str, *, field: str = "Condition") -> Condition:
    """Return what evaluates a JSONata condition.

    Parameters
    ----------
    text
        With its ``{%`` and ``%}``.
    field
        Where it is, such as ``Choices[0]/Condition``.

    Raises
    ------
    DefinitionError
        `text` is no expression.
    """
    evaluate = compile_jsonata(text, field=field, expects="boolean")
    return lambda scope: evaluate(scope) is True


def compile_rule(rule: Mapping[str, Json]) -> Condition:
    """Return what evaluates a JSONPath rule.

    Parameters
    ----------
    rule
        One of Choices, or a rule within another's And, Or or Not.

    Raises
    ------
    DefinitionError
        It has no operator or several, or a path that is none.

    Examples
    --------
    >>> matches = compile_rule({"Variable": "$.total", "NumericGreaterThan": 100})
    >>> matches(Scope({"total": 120}, {}, {})), matches(Scope({"total": "120"}, {}, {}))
    (True, False)
    """
    names = [name for name in rule if name not in _OTHER_FIELDS]
    if len(names) != 1:
        raise DefinitionError("A Choice Rule must have exactly one operator")
    name = names[0]
    operand = rule[name]
    if name in ("And", "Or"):
        return _combine(name, operand)
    if name == "Not":
        inner = compile_rule(operand)
        return lambda scope: not inner(scope)
    variable = rule.get("Variable")
    if not isinstance(variable, str):
        raise DefinitionError("A Choice Rule must have a Variable")
    if name == "IsPresent":
        return _is_present(compile_path(variable), operand is True)
    return _operator(name, _lookup(variable), operand)


def _combine(name: str, operand: Json) -> Condition:
    if not isinstance(operand, list) or not operand:
        raise DefinitionError(f"{name} must be an array of Choice Rules")
    rules = [compile_rule(rule) for rule in operand]
    if name == "And":
        return lambda scope: all(rule(scope) for rule in rules)
    return lambda scope: any(rule(scope) for rule in rules)


def _lookup(path: str) -> Evaluator:
    """Return what reads `path`, and fails in a Choice state's own words."""
    read = compile_path(path)

    def lookup(scope: Scope) -> Json:
        try:
            return read(scope)
        except EvaluationError:
            raise EvaluationError(
                "States.Runtime",
                f"Invalid path '{path}': The choice state's condition path references an invalid value.",
            ) from None

    return lookup


def _is_present(read: Evaluator, expected: bool) -> Condition:
    def test(scope: Scope) -> bool:
        try:
            read(scope)
        except EvaluationError:
            return not expected
        return expected

    return test


def _operator(name: str, read: Evaluator, operand: Json) -> Condition:
    if name in _TYPES:
        return _type_test(_TYPES[name], read, operand is True)
    if name == "StringMatches":
        return _matches(read, operand)
    if name in _COMPARISONS:
        convert, compare = _COMPARISONS[name]
        return _comparison(convert, compare, read, convert(operand))
    convert_compare = _COMPARISONS.get(name.removesuffix(_PATH))
    if convert_compare is None or not isinstance(operand, str):
        raise DefinitionError(f"No such operator: {name}")
    return _path_comparison(*convert_compare, read, _lookup(operand))


def _type_test(test: Callable[[Json], bool], read: Evaluator, expected: bool) -> Condition:
    return lambda scope: test(read(scope)) is expected


def _comparison(
    convert: Callable[[Json], Json], compare: _Compare, read: Evaluator, expected: Json
) -> Condition:
    def test(scope: Scope) -> bool:
        value = convert(read(scope))
        return value is not None and expected is not None and compare(value, expected)

    return test


def _path_comparison(
    convert: Callable[[Json], Json], compare: _Compare, read: Evaluator, read_expected: Evaluator
) -> Condition:
    def test(scope: Scope) -> bool:
        value, expected = convert(read(scope)), convert(read_expected(scope))
        return value is not None and expected is not None and compare(value, expected)

    return test


def _matches(read: Evaluator, pattern: Json) -> Condition:
    if not isinstance(pattern, str):
        raise DefinitionError("StringMatches takes a string")
    matches = wildcard_pattern(pattern).fullmatch

    def test(scope: Scope) -> bool:
        value = read(scope)
        return isinstance(value, str) and matches(value) is not None

    return test


def wildcard_pattern(text: str) -> re.Pattern[str]:
    r"""Return the regular expression for a StringMatches pattern; a backslash takes a star literally.

    Examples
    --------
    >>> bool(wildcard_pattern(r"a*\*").fullmatch("abc*"))
    True
    """
    parts: list[str] = []
    letters = iter(text)
    for letter in letters:
        if letter == "*":
            parts.append(".*")
        elif letter == "\\":
            parts.append(re.escape(next(letters, "\\")))
        else:
            parts.append(re.escape(letter))
    return re.compile("".join(parts), re.DOTALL)
