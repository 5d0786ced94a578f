"""The scalars that AppSync adds to GraphQL, checked on the way in and on the way out.

Source of the forms: AppSync's developer guide, "Scalar types in GraphQL". The wording of a refusal
(``Unable to parse `x` as a valid phone number.``) follows answers of the real service.
"""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, ValueNode, value_from_ast_untyped

from localcloud.appsync.definition import JSON
from localcloud.appsync.execution.conversions import CONVERSIONS
from localcloud.appsync.execution.java import java_class

# Java's offsets end at 18 hours.
_OFFSET: Final = r"(?:Z|[+-](?:(?:0\d|1[0-7]):[0-5]\d(?::[0-5]\d)?|18:00(?::00)?))"
_TIME: Final = r"(\d{2}:\d{2}(?::\d{2})?)(?:\.\d{1,9})?"
_DATE_FORM: Final = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}}){_OFFSET}?")
_TIME_FORM: Final = re.compile(rf"{_TIME}{_OFFSET}?")
# A date-time must say its offset; a date or a time may leave it out.
_DATE_TIME_FORM: Final = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})T{_TIME}{_OFFSET}")
_EMAIL_FORM: Final = re.compile(r"[^@\s]+@[^@\s]+")
_ADDRESS_FORM: Final = re.compile(r"[0-9A-Fa-f:.]+(?:/\d{1,3})?")
_PHONE_FORM: Final = re.compile(r"\+?[\d\s().-]{3,30}")
_NORTH_AMERICA: Final = re.compile(r"[2-9]\d{2}[2-9]\d{6}")


@lru_cache(maxsize=64)  # a moment that is published is checked in the input, the answer and each payload
def _date_time(text: str) -> bool:
    form = _DATE_TIME_FORM.fullmatch(text)
    if form is None:
        return False
    datetime.fromisoformat(f"{form[1]}T{form[2]}")
    return True


def _date(text: str) -> bool:
    form = _DATE_FORM.fullmatch(text)
    return form is not None and bool(date.fromisoformat(form[1]))


def _time(text: str) -> bool:
    form = _TIME_FORM.fullmatch(text)
    if form is None:
        return False
    time.fromisoformat(form[1])
    return True


def _email(text: str) -> bool:
    return _EMAIL_FORM.fullmatch(text) is not None


def _url(text: str) -> bool:
    parts = urlsplit(text)
    # The guide: a URL has a scheme, and no two slashes in its path.
    return (
        bool(parts.scheme and (parts.netloc or parts.path))
        and not re.search(r"\s", text)
        and ("//" not in parts.path)
    )


def _phone(text: str) -> bool:
    # A number without a country's code is North American (the guide), and 1110004444 is none (seen on AWS).
    # The service knows every country's plan; here another country's number has 3 to 15 digits (E.164).
    if _PHONE_FORM.fullmatch(text) is None:
        return False
    digits = re.sub(r"\D", "", text)
    if text.startswith("+") and not digits.startswith("1"):
        return 3 <= len(digits) <= 15
    return _NORTH_AMERICA.fullmatch(digits.removeprefix("1")) is not None


def _ip_address(text: str) -> bool:
    if _ADDRESS_FORM.fullmatch(text) is None:
        return False
    ipaddress.ip_interface(text)  # an address, or a block in CIDR form
    return True


@dataclass(frozen=True)
class ScalarForm:
    """A scalar whose values are strings of one form, and what AppSync calls it in a refusal."""

    description: str
    matches: Callable[[str], bool]


TEXT_SCALARS: Final = {
    "AWSDateTime": ScalarForm("DateTime Object", _date_time),
    "AWSDate": ScalarForm("date", _date),
    "AWSTime": ScalarForm("time", _time),
    "AWSEmail": ScalarForm("email", _email),
    "AWSURL": ScalarForm("URL", _url),
    "AWSPhone": ScalarForm("phone number", _phone),
    "AWSIPAddress": ScalarForm("IP address", _ip_address),
}
SCALAR_NAMES: Final = (*TEXT_SCALARS, "AWSTimestamp", "AWSJSON")
LONG: Final = "Long"
"""A scalar that AppSync takes from graphql-java, although its guide does not name it."""


def _checked(form: ScalarForm, value: object, verb: str) -> str:
    if isinstance(value, str):
        try:
            if form.matches(value):
                return value
        except ValueError:
            pass  # the right shape but no such day, hour or address
    raise GraphQLError(f"Unable to {verb} `{printed(value)}` as a valid {form.description}.")


def printed(value: object) -> str:
    """Return a value as a refusal quotes it."""
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _timestamp(value: object, verb: str) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and value.is_integer():
        return int(value)
    # The sentence that follows is AWS's as well (amplify-category-api 354).
    raise GraphQLError(
        f"Unable to {verb} `{printed(value)}` as a valid timestamp. Ensure that the value provided is an "
        "Integer that lies within the limits specified in this scalar's description."
    )


def _json_in(value: object) -> JSON:
    """AWSJSON arrives as a string and is given to resolvers as what it says."""
    if isinstance(value, str):
        try:
            parsed: JSON = json.loads(value)
        except ValueError:
            pass
        else:
            return parsed
    raise GraphQLError(f"Unable to parse `{printed(value)}` as a valid JSON.")


def _json_out(value: object) -> str:
    """AWSJSON leaves as a string: a document is encoded, a string that is JSON already stays as it is.

    AWS was seen to encode it once more in what subscribers get (aws-mobile-appsync-sdk-js 533, amplify-cli
    4371, both of 2020). Whether it still does is not known, and a client could not want it. [?]
    """
    if isinstance(value, str):
        try:
            json.loads(value)
        except ValueError:
            return json.dumps(value)
        return value
    return json.dumps(value, separators=(",", ":"))


def _long(value: object) -> int:
    if type(value) is int and -(2**63) <= value < 2**63:
        return value
    raise GraphQLError(f"Expected type 'Long' but was '{java_class(value)}'.")


Coercion = Callable[[object], object]


def _install(scalar: GraphQLScalarType, into: Coercion, out: Coercion) -> None:
    def literal(node: ValueNode, *_variables: object) -> object:
        try:
            return into(value_from_ast_untyped(node))
        except GraphQLError as problem:
            raise GraphQLError(problem.message, node) from None  # now it says where

    scalar.parse_value = into  # type: ignore[method-assign, assignment]
    scalar.parse_literal = literal  # type: ignore[method-assign, assignment]
    scalar.serialize = out  # type: ignore[method-assign, assignment]
    scalar.coerce_input_value = into
    scalar.coerce_output_value = out


def install_scalars(schema: GraphQLSchema) -> None:
    """Give the AWS scalars of a built schema their checks."""
    for name, form in TEXT_SCALARS.items():
        scalar = schema.type_map.get(name)
        if isinstance(scalar, GraphQLScalarType):
            _install(
                scalar,
                lambda value, form=form: _checked(form, value, "parse"),  # type: ignore[misc]
                lambda value, form=form: _checked(form, value, "serialize"),  # type: ignore[misc]
            )
    long = schema.type_map.get(LONG)
    if isinstance(long, GraphQLScalarType):
        _install(long, _long, CONVERSIONS[LONG])  # type: ignore[arg-type]
    timestamp, document = schema.type_map.get("AWSTimestamp"), schema.type_map.get("AWSJSON")
    if isinstance(timestamp, GraphQLScalarType):
        _install(timestamp, lambda v: _timestamp(v, "parse"), lambda v: _timestamp(v, "serialize"))
    if isinstance(document, GraphQLScalarType):
        _install(document, _json_in, _json_out)
