"""The values in the rules of Lambda: problems, ranges, ARNs and destinations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

Code = Literal["ValidationException", "InvalidParameterValueException"]
INVALID: Final = "InvalidParameterValueException"
EVENT_DESTINATIONS: Final = {
    "OnSuccess": frozenset({"sqs", "sns", "lambda", "events"}),
    "OnFailure": frozenset({"sqs", "sns", "lambda", "events", "s3"}),
}
_ARN: Final = re.compile(r"arn:aws[a-zA-Z0-9-]*:[a-zA-Z0-9-]+:([a-z]+(-[a-z]+)+-\d)?:(\d{12})?:(.*)")


@dataclass(frozen=True)
class Problem:
    """Something that Lambda refuses.

    Attributes
    ----------
    name
        The parameter or property, as ``MaximumRetryAttempts``.
    message
        Why, in AWS's words where they are known.
    code
        The error's code.
    """

    name: str
    message: str
    code: Code = INVALID


class Range(NamedTuple):
    """The least and the greatest value."""

    least: int
    greatest: int


def service_of(arn: str) -> str | None:
    """Return the service that an ARN names; None when it is no ARN.

    Examples
    --------
    >>> service_of("arn:aws:s3:::bucket"), service_of("https://sqs.us-east-1.amazonaws.com/1/queue")
    ('s3', None)
    """
    return arn.split(":")[2] if _ARN.fullmatch(arn) else None


def out_of_range(
    config: Mapping[str, object], ranges: Mapping[str, Range], owner: str = ""
) -> Iterator[Problem]:
    """Yield the numbers that are too small or too great; ``owner`` is the parameter that has them."""
    for name, (least, greatest) in ranges.items():
        value = number(config.get(name))
        if value is not None and not least <= value <= greatest:
            low, bound = value < least, least if value < least else greatest
            constraint = f"Member must have value {'greater' if low else 'less'} than or equal to {bound}"
            yield Problem(owner or name, _violation(name, str(value), constraint), "ValidationException")


def destinations(config: Mapping[str, object]) -> Iterator[tuple[str, str]]:
    """Yield a configuration's destinations: ``OnSuccess`` or ``OnFailure``, and an ARN."""
    both = config.get("DestinationConfig")
    for kind in EVENT_DESTINATIONS if isinstance(both, Mapping) else ():
        side = both.get(kind) if isinstance(both, Mapping) else None
        arn = side.get("Destination") if isinstance(side, Mapping) else None
        if isinstance(arn, str) and arn:
            yield kind, arn


def no_arn(text: str) -> Problem:
    """Return the problem of a destination that is no ARN."""
    constraint = f"Member must satisfy regular expression pattern: ^$|{_ARN.pattern}"
    return Problem("DestinationConfig", _violation("Destination", text, constraint), "ValidationException")


def _violation(name: str, value: str, constraint: str) -> str:
    where = f"Value '{value}' at '{name[0].lower() + name[1:]}'"
    return f"1 validation error detected: {where} failed to satisfy constraint: {constraint}"


def number(value: object) -> int | None:
    """Read a number, which a template may hold as a text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
