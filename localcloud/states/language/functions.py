"""What the intrinsic functions do.

Each takes JSON values and returns one, or raises
:class:`~localcloud.states.language.arguments.InvalidArguments`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import random
import uuid
from collections.abc import Callable
from typing import Final, NoReturn

from localcloud.states.language.arguments import (
    InvalidArguments,
    expect_array,
    expect_short_text,
    expect_text,
    identity_of,
    round_half_up,
    truncate,
)
from localcloud.states.language.scope import Json
from localcloud.states.language.text import to_display, to_text

_LONGEST_RANGE: Final = 1_000
DIGESTS: Final = {
    "MD5": hashlib.md5,
    "SHA-1": hashlib.sha1,
    "SHA-256": hashlib.sha256,
    "SHA-384": hashlib.sha384,
    "SHA-512": hashlib.sha512,
}


def array(*items: Json) -> Json:
    """Return the arguments."""
    return list(items)


def array_partition(items: Json, size: Json) -> Json:
    """Return `items` in pieces of `size`."""
    length = truncate(size)
    if length < 1:
        raise InvalidArguments
    values = expect_array(items)
    return [values[start : start + length] for start in range(0, len(values), length)]


def array_contains(items: Json, value: Json) -> Json:
    """Return whether `value` is one of `items`."""
    identity = identity_of(value)
    return any(identity_of(item) == identity for item in expect_array(items))


def array_range(start: Json, end: Json, step: Json) -> Json:
    """Return the integers from `start` to `end`, which is among them when `step` meets it."""
    first, last, stride = truncate(start), truncate(end), truncate(step)
    if stride == 0:
        raise InvalidArguments
    values = range(first, last + (1 if stride > 0 else -1), stride)
    if len(values) > _LONGEST_RANGE:
        raise InvalidArguments
    return list(values)


def array_get_item(items: Json, index: Json) -> Json:
    """Return the item at `index`, from 0."""
    values, position = expect_array(items), truncate(index)
    if not 0 <= position < len(values):
        raise InvalidArguments
    return values[position]


def array_length(items: Json) -> Json:
    """Return how many items there are."""
    return len(expect_array(items))


def array_unique(items: Json) -> Json:
    """Return `items` without those that came before."""
    unique: dict[str, Json] = {}
    for item in expect_array(items):
        unique.setdefault(identity_of(item), item)
    return list(unique.values())


def base64_encode(data: Json) -> Json:
    """Return `data` in base 64."""
    return base64.b64encode(expect_short_text(data).encode()).decode()


def base64_decode(data: Json) -> Json:
    """Return the text that `data` is the base 64 of."""
    try:
        return base64.b64decode(expect_short_text(data), validate=True).decode()
    except (binascii.Error, ValueError) as fault:
        raise InvalidArguments from fault


def digest(data: Json, algorithm: Json) -> Json:
    """Return the digest of `data` in hexadecimal digits."""
    if not isinstance(algorithm, str) or algorithm not in DIGESTS:
        raise InvalidArguments
    return DIGESTS[algorithm](expect_short_text(data).encode(), usedforsecurity=False).hexdigest()


def json_merge(first: Json, second: Json, deep: Json) -> Json:
    """Return the members of both; AWS has no deep merge."""
    if not isinstance(first, dict) or not isinstance(second, dict) or deep is not False:
        raise InvalidArguments
    return {**first, **second}


def json_to_string(value: Json) -> Json:
    """Return `value` as JSON text."""
    return to_text(value)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def string_to_json(text: Json) -> Json:
    """Return what `text` means as JSON; null where it is blank."""
    if not expect_text(text).strip():
        return None
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except ValueError as fault:
        raise InvalidArguments from fault


def math_random(start: Json, end: Json, *seed: Json) -> Json:
    """Return an integer from `start` up to but not including `end`."""
    first, last = truncate(start), truncate(end)
    if first >= last:
        raise InvalidArguments
    return random.Random(*map(truncate, seed)).randrange(first, last)  # noqa: S311


def math_add(first: Json, second: Json) -> Json:
    """Return the sum of both, each rounded first."""
    return round_half_up(first) + round_half_up(second)


def string_split(text: Json, delimiters: Json) -> Json:
    """Return the parts of `text` between any of the characters `delimiters`, without empty ones."""
    whole, characters = expect_text(text), expect_text(delimiters)
    if len(characters) > 1:
        whole = whole.translate(dict.fromkeys(map(ord, characters[1:]), characters[0]))
    parts = whole.split(characters[0]) if characters else [whole]
    return [part for part in parts if part]


def new_uuid() -> Json:
    """Return a random UUID."""
    return str(uuid.uuid4())


def split_template(template: str) -> list[str]:
    r"""Return the literal parts of a template of ``States.Format``, between its ``{}``.

    Examples
    --------
    >>> split_template(r"\{{}\}, {}")
    ['{', '}, ', '']
    """
    parts: list[str] = []
    letters: list[str] = []
    position = 0
    while position < len(template):
        letter = template[position]
        if letter == "\\" and position + 1 < len(template):
            position += 1
            letters.append(template[position])
        elif template.startswith("{}", position):
            position += 1
            parts.append("".join(letters))
            letters = []
        elif letter in "{}":
            other = "}" if letter == "{" else "{"
            raise InvalidArguments(
                f"Invalid template in States.Format: matching '{other}' not found for '{letter}'."
            )
        else:
            letters.append(letter)
        position += 1
    return [*parts, "".join(letters)]


def join_template(parts: list[str], values: list[Json]) -> str:
    """Return `parts` with `values` between them."""
    if len(values) + 1 != len(parts):
        raise InvalidArguments(
            "Invalid arguments in States.Format: number of arguments do not match the occurrences of {}."
        )
    text = parts[0]
    for value, part in zip(values, parts[1:], strict=True):
        text += to_display(value) + part
    return text


def format_text(template: Json, *values: Json) -> Json:
    """Return `template` with its ``{}`` filled in."""
    return join_template(split_template(expect_text(template)), list(values))


# Name: what it does, and how few and how many arguments it takes.
FUNCTIONS: Final[dict[str, tuple[Callable[..., Json], int, int | None]]] = {
    "States.Array": (array, 0, None),
    "States.ArrayPartition": (array_partition, 2, 2),
    "States.ArrayContains": (array_contains, 2, 2),
    "States.ArrayRange": (array_range, 3, 3),
    "States.ArrayGetItem": (array_get_item, 2, 2),
    "States.ArrayLength": (array_length, 1, 1),
    "States.ArrayUnique": (array_unique, 1, 1),
    "States.Base64Encode": (base64_encode, 1, 1),
    "States.Base64Decode": (base64_decode, 1, 1),
    "States.Hash": (digest, 2, 2),
    "States.JsonMerge": (json_merge, 3, 3),
    "States.JsonToString": (json_to_string, 1, 1),
    "States.StringToJson": (string_to_json, 1, 1),
    "States.MathRandom": (math_random, 2, 3),
    "States.MathAdd": (math_add, 2, 2),
    "States.StringSplit": (string_split, 2, 2),
    "States.UUID": (new_uuid, 0, 0),
    "States.Format": (format_text, 1, None),
}
