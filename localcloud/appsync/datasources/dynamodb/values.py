"""Attribute values: AppSync's typed JSON out to DynamoDB, DynamoDB's items in as plain JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping

from localcloud.appsync.datasources.failures import RequestInvalid
from localcloud.appsync.definition import JSON

Item = dict[str, JSON]


def _number(value: JSON) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        msg = f"a DynamoDB number is a number or a string, not {value!r}"
        raise RequestInvalid(msg)
    if isinstance(value, float) and value.is_integer() and math.fabs(value) < 1e15:
        return str(int(value))
    return str(value)


def typed(value: JSON) -> Item:  # noqa: PLR0911 - one for each of DynamoDB's types
    """Return one attribute value as DynamoDB's API takes it: AppSync has numbers for N, and null for NULL.

    Examples
    --------
    >>> typed({"L": [{"N": 12}, {"NULL": None}]})
    {'L': [{'N': '12'}, {'NULL': True}]}
    """
    if not isinstance(value, dict) or len(value) != 1:
        msg = f'a typed DynamoDB value such as {{"S": "text"}} is expected, not {value!r}'
        raise RequestInvalid(msg)
    ((kind, inner),) = value.items()
    match kind, inner:
        case (("S" | "B"), str()):
            return {kind: inner}
        case "N", _:
            return {"N": _number(inner)}
        case "BOOL", bool():
            return {"BOOL": inner}
        case "NULL", _:
            return {"NULL": True}
        case "L", list():
            return {"L": [typed(member) for member in inner]}
        case "M", dict():
            return {"M": typed_map(inner)}
        case (("SS" | "BS"), list()):
            return {kind: [str(member) for member in inner]}
        case "NS", list():
            return {"NS": [_number(member) for member in inner]}
        case _:
            msg = f"not a DynamoDB value: {kind}: {inner!r}"
            raise RequestInvalid(msg)


def typed_map(value: Mapping[str, JSON]) -> Item:
    """Return a map of attribute values, such as an item or a key."""
    return {name: typed(inner) for name, inner in value.items()}


def plain(value: JSON) -> JSON:  # noqa: PLR0911 - one for each of DynamoDB's types
    """Return an attribute value of DynamoDB's as plain JSON; sets become lists.

    Examples
    --------
    >>> plain({"M": {"n": {"N": "1.50"}, "tags": {"SS": ["a"]}}})
    {'n': 1.5, 'tags': ['a']}
    """
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    match kind, inner:
        case "N", str():
            return _read_number(inner)
        case "NS", list():
            return [_read_number(str(member)) for member in inner]
        case "NULL", _:
            return None
        case "L", list():
            return [plain(member) for member in inner]
        case "M", dict():
            return plain_item(inner)
        case _:
            return inner


def _read_number(text: str) -> int | float:
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return int(number) if number.is_integer() and math.fabs(number) < 2**53 else number


def plain_item(item: Mapping[str, JSON]) -> Item:
    """Return an item as a plain JSON object."""
    return {name: plain(value) for name, value in item.items()}
