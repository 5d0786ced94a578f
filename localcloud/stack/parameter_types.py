"""What a parameter of a template takes, and why it does not take a value.

Source: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
Types of other services (``AWS::EC2::VPC::Id``) take any text here: no such things exist on one machine.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from localcloud.stack.document import Json

LOOKED_UP: Final = "AWS::SSM::Parameter::Value<"
_NUMBER: Final = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def kind_of(body: Mapping[str, Json]) -> str:
    """Return a parameter's type."""
    return str(body.get("Type", "String"))


def is_list(kind: str) -> bool:
    """Say whether a parameter of a type is a list, whose items are parted by commas.

    Examples
    --------
    >>> [is_list(kind) for kind in ("CommaDelimitedList", "String", "List<AWS::EC2::Subnet::Id>")]
    [True, False, True]
    """
    return kind.removeprefix(LOOKED_UP).startswith(("CommaDelimitedList", "List<"))


def problem(body: Mapping[str, Json], value: str) -> str | None:
    """Return what a parameter wants instead of a value; None when it takes it.

    Examples
    --------
    >>> problem({"Type": "Number", "MaxValue": 5}, "7")
    'wants at most 5'
    >>> problem({"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]}, "b,a")
    """
    kind = kind_of(body)
    if kind.startswith(LOOKED_UP):
        return None if value else "wants the name of a stored parameter"
    items = [item.strip() for item in value.split(",")] if is_list(kind) else [value]
    constraint = next((constraint for item in items if (constraint := _constraint(kind, body, item))), None)
    description = body.get("ConstraintDescription")
    return (
        f"fails its constraint: {description}" if constraint and isinstance(description, str) else constraint
    )


def _constraint(kind: str, body: Mapping[str, Json], item: str) -> str | None:
    allowed, pattern = body.get("AllowedValues"), body.get("AllowedPattern")
    if isinstance(allowed, list) and item not in [plain(each) for each in allowed]:
        return f"wants one of {', '.join(plain(each) for each in allowed)}"
    if kind in {"Number", "List<Number>"}:
        return _number_wanted(body, item)
    if isinstance(pattern, str) and not _matches(pattern, item):
        return f"must match {pattern}"
    if kind == "String":
        shortest, longest = _number(body.get("MinLength")), _number(body.get("MaxLength"))
        if shortest is not None and len(item) < shortest:
            return f"wants at least {shortest:g} characters"
        if longest is not None and len(item) > longest:
            return f"wants at most {longest:g} characters"
    return None


def _number_wanted(body: Mapping[str, Json], item: str) -> str | None:
    if _NUMBER.fullmatch(item) is None:
        return "wants a number"
    least, most = _number(body.get("MinValue")), _number(body.get("MaxValue"))
    if least is not None and float(item) < least:
        return f"wants at least {least:g}"
    if most is not None and float(item) > most:
        return f"wants at most {most:g}"
    return None


def _matches(pattern: str, item: str) -> bool:
    try:
        return re.fullmatch(pattern, item) is not None
    except re.error:  # it is Java's, of which Python reads most
        return True


def _number(value: Json) -> float | None:
    text = plain(value)
    return float(text) if value is not None and _NUMBER.fullmatch(text) else None


def plain(value: Json) -> str:
    """Return a value as CloudFormation's texts have it.

    Examples
    --------
    >>> plain(True), plain(1), plain("a")
    ('true', '1', 'a')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


def described(body: Mapping[str, Json]) -> str:
    """Return what a parameter takes, for who must name a value.

    Examples
    --------
    >>> described({"Type": "String", "AllowedValues": ["dev", "prod"], "Description": "Which stage."})
    'String, one of dev, prod: Which stage.'
    """
    words = [kind_of(body)]
    allowed, pattern = body.get("AllowedValues"), body.get("AllowedPattern")
    if isinstance(allowed, list):
        words.append(f"one of {', '.join(plain(each) for each in allowed)}")
    if isinstance(pattern, str):
        words.append(f"matching {pattern}")
    for name, text in (("MinValue", "at least"), ("MaxValue", "at most")):
        if name in body:
            words.append(f"{text} {plain(body[name])}")
    description = body.get("Description")
    return ", ".join(words) + (f": {' '.join(description.split())}" if isinstance(description, str) else "")


def example(body: Mapping[str, Json]) -> str:
    """Return a value that a parameter might take: the first that is allowed, or ``VALUE``."""
    allowed = body.get("AllowedValues")
    return plain(allowed[0]) if isinstance(allowed, list) and allowed else "VALUE"
