"""The members of a request are checked, and AWS's words about those that are wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from localcloud.streams.kinesis.errors import Serialization, Validation
from localcloud.streams.kinesis.members import MEMBERS, MOST_DATA, OWN, Kind, Member

Json = Mapping[str, Any]
MOST_ERRORS: Final = 10
# Seconds since 1970 beyond which there is no moment.
FARTHEST: Final = 2**40
_TYPES: Final = {str: "String", int: "Integer", float: "Timestamp", bytes: "Blob", bool: "Boolean"}
_PATTERNS: Final[dict[str, Callable[[str], object]]] = {}


def check(operation: str, required: tuple[str, ...], request: Json) -> None:
    """Check the members of a request.

    Raises
    ------
    Serialization
        One has another type than it must have.
    Validation
        One is missing, or has a value that it may not have.

    Examples
    --------
    >>> check("SplitShard", ("StreamName",), {"StreamName": "orders"})
    >>> check("SplitShard", ("StreamName",), {"StreamName": "a b"})  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    localcloud.streams.kinesis.errors.Validation: 1 validation error detected: Value 'a b' at 'streamName' ...
    """
    errors: list[str] = []
    members = {
        name: OWN.get((operation, name)) or MEMBERS.get(name)
        for name in {**request, **dict.fromkeys(required)}
    }
    _structure("", request, members, required, errors)
    if errors:
        count = len(errors[:MOST_ERRORS])
        plural = "s" if count > 1 else ""
        raise Validation(f"{count} validation error{plural} detected: {'; '.join(errors[:MOST_ERRORS])}")


def _structure(
    path: str,
    values: Json,
    members: Mapping[str, Member | None],
    required: tuple[str, ...],
    errors: list[str],
) -> None:
    for name, member in members.items():
        value = values.get(name)
        at = f"{path}{name[0].lower()}{name[1:]}"
        if value is None:
            if name in required:
                errors.append(_wrong("null", at, "Member must not be null"))
        elif member is not None:
            _value(at, value, member, errors)


def _value(at: str, value: Any, member: Member, errors: list[str]) -> None:
    _type(value, member.kind)
    numeric = member.kind is int
    size = value if numeric else len(value) if member.kind not in {float, bool} else 0
    noun = "value" if numeric else "length"
    if member.choices and value not in member.choices:
        listed = ", ".join(member.choices)
        errors.append(_wrong(_printed(value), at, f"Member must satisfy enum value set: [{listed}]"))
    if member.high is not None and size > member.high:
        errors.append(
            _wrong(_printed(value), at, f"Member must have {noun} less than or equal to {member.high}")
        )
    if member.low is not None and size < member.low:
        errors.append(
            _wrong(_printed(value), at, f"Member must have {noun} greater than or equal to {member.low}")
        )
    if member.pattern and not _matches(member.pattern, value):
        pattern = f"Member must satisfy regular expression pattern: {member.pattern}"
        errors.append(_wrong(_printed(value), at, pattern))
    if member.each is not None:
        _texts(at, value, member, errors)
    if member.inside is None:
        return
    if member.kind is list:
        for number, item in enumerate(value, start=1):
            if _is_plain(item):
                continue
            _type(item, dict)
            _structure(f"{at}.{number}.member.", item, member.inside, member.required, errors)
    else:
        _structure(f"{at}.", value, member.inside, member.required, errors)


def _texts(at: str, value: Any, member: Member, errors: list[str]) -> None:
    """Check the texts of a list, or the names and texts of a map."""
    texts = value.values() if isinstance(value, dict) else value
    noun = "Map value" if isinstance(value, dict) else "Member"
    for items, lengths, what in ((value, member.names, "Map keys"), (texts, member.each, noun)):
        if lengths is None:
            continue
        for text in items:
            _type(text, str)
        low, high = lengths
        if not all(low <= len(text) <= high for text in items):
            limits = (
                f"Member must have length less than or equal to {high}, "
                f"Member must have length greater than or equal to {low}"
            )
            errors.append(_wrong(_printed(value), at, f"{what} must satisfy constraint: [{limits}]"))


def _is_plain(entry: Any) -> bool:
    """Say whether an entry is a record with a key and data alone, as most are, and has the right form."""
    if type(entry) is not dict or len(entry) != 2:
        return False
    key, data = entry.get("PartitionKey"), entry.get("Data")
    return type(key) is str and 0 < len(key) <= 256 and type(data) is bytes and len(data) <= MOST_DATA


def _type(value: Any, kind: Kind) -> None:
    if kind is float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < FARTHEST
    elif kind is int:
        fits = isinstance(value, int) and not isinstance(value, bool)
    else:
        fits = isinstance(value, kind)
    if fits:
        return
    if kind is list:
        raise Serialization("Expected list or null")
    if kind is dict:
        raise Serialization("Expected map or null")
    if isinstance(value, list):
        raise Serialization("Start of list found where not expected")
    if isinstance(value, dict):
        raise Serialization("Start of structure or map found where not expected.")
    token = "TRUE_VALUE" if value is True else "FALSE_VALUE" if value is False else "NUMBER_VALUE"
    token = "STRING_VALUE" if isinstance(value, str) else token
    raise Serialization(
        f"{token} can not be converted to {'a' if kind in {str, bytes} else 'an'} {_TYPES[kind]}"
    )


def _matches(pattern: str, value: str) -> bool:
    compiled = _PATTERNS.get(pattern)
    if compiled is None:
        compiled = _PATTERNS[pattern] = re.compile(pattern, re.ASCII).fullmatch
    return compiled(value) is not None


def _printed(value: Any) -> str:
    if isinstance(value, bytes):
        return f"'java.nio.HeapByteBuffer[pos=0 lim={len(value)} cap={len(value)}]'"
    if isinstance(value, list):
        names = ("PutRecordsRequestEntry" if isinstance(item, dict) else str(item) for item in value)
        return f"'[{', '.join(names)}]'"
    if isinstance(value, dict):
        return "'{" + ", ".join(f"{name}={item}" for name, item in value.items()) + "}'"
    return f"'{value}'"


def _wrong(printed: str, at: str, constraint: str) -> str:
    return f"Value {printed} at '{at}' failed to satisfy constraint: {constraint}"
