"""Read untyped JSON into typed values: each reader checks, and says where it found something else."""

from __future__ import annotations

import json
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from clients.errors import ServerFault

EnumT = TypeVar("EnumT", bound=StrEnum)


class Unexpected(ServerFault):
    """A value is not what the contract says."""

    def __init__(self, where: str, wanted: str, value: object) -> None:
        super().__init__(f"{where or 'the document'} should be {wanted}, but is {_short(value)}")
        self.where = where


def _short(value: object) -> str:
    if value is None:
        return "missing"
    text = json.dumps(value, ensure_ascii=True, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."


def document(text: str, where: str) -> dict[str, object]:
    """Return a text as the JSON object that it is.

    Examples
    --------
    >>> document('{"type": "ka"}', "the frame")
    {'type': 'ka'}
    """
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise Unexpected(where, "JSON", text[:60]) from None
    return mapping(value, where)


def mapping(value: object, where: str) -> dict[str, object]:
    """Return ``value`` as a JSON object."""
    if not isinstance(value, dict):
        raise Unexpected(where, "an object", value)
    return value


def sequence(value: object, where: str) -> list[object]:
    """Return ``value`` as a JSON array."""
    if not isinstance(value, list):
        raise Unexpected(where, "a list", value)
    return value


def text(value: object, where: str) -> str:
    """Return ``value`` as a string."""
    if not isinstance(value, str):
        raise Unexpected(where, "text", value)
    return value


def optional_text(value: object, where: str) -> str | None:
    """Return ``value`` as a string, or None."""
    return None if value is None else text(value, where)


def whole(value: object, where: str) -> int:
    """Return ``value`` as an integer; ``true`` is none."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Unexpected(where, "a whole number", value)
    return value


def flag(value: object, where: str) -> bool:
    """Return ``value`` when it is true or false."""
    if not isinstance(value, bool):
        raise Unexpected(where, "true or false", value)
    return value


def instant(value: object, where: str) -> datetime:
    """Return an ``AWSDateTime`` as an aware datetime."""
    try:
        moment = datetime.fromisoformat(text(value, where))
    except ValueError as error:
        raise Unexpected(where, "a date and time", value) from error
    if moment.tzinfo is None:
        raise Unexpected(where, "a date and time with its zone", value)
    return moment


def member(kind: type[EnumT], value: object, where: str) -> EnumT:
    """Return ``value`` as a member of ``kind``."""
    try:
        return kind(text(value, where))
    except ValueError as error:
        raise Unexpected(where, f"one of {', '.join(kind)}", value) from error
