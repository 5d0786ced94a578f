"""The scalars that GraphQL has itself, on their way out: graphql-java 9 converts more than its kin.

AppSync's messages are those of graphql-java 9, and so are its conversions: text that is a number passes for
an ``Int``, and a ``String`` field that is given an object shows Java's ``{a=1}`` (seen on AWS: react-apollo
1930). Source: ``Scalars.java`` of graphql-java 9. ``Long`` is one of that version's own scalars, which
AppSync takes too although its guide does not name it (aws-appsync-community 21).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

from graphql import GraphQLError

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.java import java_class, java_text

_INT: Final = (-(2**31), 2**31 - 1)
_LONG: Final = (-(2**63), 2**63 - 1)
_MAX_DIGITS: Final = 400  # what has more is beyond every range, and slow to convert
Convert = Callable[[JSON], JSON]


def _unfit(name: str, value: JSON) -> GraphQLError:
    return GraphQLError(f"Expected type '{name}' but was '{java_class(value)}'.")


def _number(value: JSON) -> Decimal | None:
    """Return a number, or text that is one in Java's notation."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value)
    if len(text) > _MAX_DIGITS or "_" in text or text != text.strip():
        return None
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _MAX_DIGITS else None


def _whole(name: str, low: int, high: int) -> Convert:
    def convert(value: JSON) -> JSON:
        if type(value) is int:
            if low <= value <= high:
                return value
        elif (number := _number(value)) is not None and number == number.to_integral_value():
            whole = int(number)
            if low <= whole <= high:
                return whole
        raise _unfit(name, value)

    return convert


def _float(value: JSON) -> JSON:
    if type(value) is float and math.isfinite(value):
        return value
    number = _number(value)
    if number is None or not math.isfinite(float(number)):
        raise _unfit("Float", value)
    return float(number)


def _boolean(value: JSON) -> JSON:
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value.lower() == "true"
    if isinstance(value, int | float):
        return value != 0
    raise _unfit("Boolean", value)


def _id(value: JSON) -> JSON:
    if isinstance(value, str):
        return value
    if type(value) is int and _LONG[0] <= value <= _LONG[1]:
        return str(value)
    raise _unfit("ID", value)


CONVERSIONS: Final[dict[str, Convert]] = {
    "Int": _whole("Int", *_INT),
    "Long": _whole("Long", *_LONG),
    "Float": _float,
    "String": java_text,
    "Boolean": _boolean,
    "ID": _id,
}
"""How each converts a value; they raise ``GraphQLError``."""
