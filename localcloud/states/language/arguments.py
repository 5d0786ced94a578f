"""What the intrinsic functions ask of their arguments."""

from __future__ import annotations

import json
import math
from typing import Final

from localcloud.states.language.scope import Json

_LONGEST_TEXT: Final = 10_000


class InvalidArguments(Exception):
    """The arguments are of no use; the text, if any, is AWS's explanation."""


def expect_array(value: Json) -> list[Json]:
    """Return `value`, an array."""
    if not isinstance(value, list):
        raise InvalidArguments
    return value


def expect_text(value: Json) -> str:
    """Return `value`, a string."""
    if not isinstance(value, str):
        raise InvalidArguments
    return value


def expect_short_text(value: Json) -> str:
    """Return `value`, a string that is not too long for a digest or base 64."""
    if len(expect_text(value)) > _LONGEST_TEXT:
        raise InvalidArguments
    return str(value)


def expect_number(value: Json) -> float:
    """Return `value`, a number."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise InvalidArguments
    return value


def truncate(value: Json) -> int:
    """Return `value` without its fraction, as AWS takes sizes, bounds and indexes."""
    return int(expect_number(value))


def round_half_up(value: Json) -> int:
    """Return `value` to the nearest integer, halves up, as Java rounds."""
    number = expect_number(value)
    return number if isinstance(number, int) else math.floor(number + 0.5)


def identity_of(value: Json) -> str:
    """Return a text that is the same for equal values; 1, 1.0 and true differ."""
    return json.dumps(value, sort_keys=True)
