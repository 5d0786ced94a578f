"""What Step Functions adds to JSONata."""

from __future__ import annotations

import json
import random
import uuid
from collections.abc import Callable
from typing import Final, NoReturn

from localcloud.states.language.functions import DIGESTS
from localcloud.states.language.jsonata_library import JException, Utils
from localcloud.states.language.scope import Json

# AWS refuses one item more.
_LONGEST_RANGE: Final = 360_145
_MEMORY: Final = "Expression evaluation memory limit exceeded"


def _fail(message: str) -> NoReturn:
    raise JException("D3141", -1, message)


def partition(items: Json = None, size: Json = None) -> Json:
    """Return `items` in arrays of `size`; nothing where there are none."""
    if items is None or size is None or int(size) < 1:
        return None
    values = items if isinstance(items, list) else [items]
    length = int(size)
    parts = [list(values[start : start + length]) for start in range(0, len(values), length)]
    return parts or None


def number_range(start: Json = None, end: Json = None, step: Json = None) -> Json:
    """Return the integers from `start` to `end`, a sequence as JSONata has it."""
    if start is None or end is None or step is None or int(step) == 0:
        return None
    first, last, stride = int(start), int(end), int(step)
    values = range(first, last + (1 if stride > 0 else -1), stride)
    if len(values) > _LONGEST_RANGE:
        _fail(_MEMORY)
    return Utils.create_sequence_from_iter(values) if values else None


def digest(content: Json = None, algorithm: Json = None) -> Json:
    """Return the digest of `content` in hexadecimal digits."""
    if content is None or algorithm is None:
        return None
    if not isinstance(content, str) or algorithm not in DIGESTS:
        _fail(f"Unsupported hash algorithm: {algorithm}")
    return DIGESTS[algorithm](content.encode(), usedforsecurity=False).hexdigest()


def random_number(seed: Json = None) -> Json:
    """Return a number from 0 up to but not including 1, the same for the same `seed`."""
    return random.random() if seed is None else random.Random(int(seed)).random()  # noqa: S311


def new_uuid() -> Json:
    """Return a random UUID."""
    return str(uuid.uuid4())


def parse(text: Json = None) -> Json:
    """Return what `text` means as JSON."""
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (TypeError, ValueError):
        _fail("Malformed JSON passed to function parse")
    return Utils.NULL_VALUE if value is None else value


# `eval` is nothing: to call it is to call no function.
FUNCTIONS: Final[dict[str, Callable[..., Json]]] = {
    "partition": partition,
    "range": number_range,
    "hash": digest,
    "random": random_number,
    "uuid": new_uuid,
    "parse": parse,
}
