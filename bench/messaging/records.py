"""What is sent, and what a function wrote down of each attempt."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from clients import reading

Fails = Literal["never", "once", "always"]


@dataclass(frozen=True, slots=True)
class Message:
    """A message: number ``number`` of its key, from 0.

    Attributes
    ----------
    key
        What has to stay in order: a message group, a partition key.
    fails
        How often its handling fails.
    """

    run: str
    key: str
    number: int
    fails: Fails = "never"

    def encode(self) -> str:
        """Return it as it travels.

        Examples
        --------
        >>> Message("r", "a", 3).encode()
        '{"run": "r", "key": "a", "number": 3, "fails": "never"}'
        """
        return json.dumps(
            {"run": self.run, "key": self.key, "number": self.number, "fails": self.fails},
        )


@dataclass(frozen=True, slots=True)
class Attempt:
    """An attempt at a message; ``entered`` is when its invocation began, in seconds since 1970."""

    id: str
    key: str
    number: int
    entered: float
    handled: bool

    @property
    def message(self) -> tuple[str, int]:
        """Which message it was about."""
        return self.key, self.number


def parse_attempt(item: Mapping[str, Mapping[str, object]]) -> Attempt:
    """Read an item of the table.

    Examples
    --------
    >>> parse_attempt({"id": {"S": "attempt:1"}, "key": {"S": "a"}, "number": {"N": "3"},
    ...                "entered": {"N": "5.25"}, "handled": {"BOOL": True}}).message
    ('a', 3)

    Raises
    ------
    clients.reading.Unexpected
        It is no attempt.
    """

    def value(name: str, kind: str) -> object:
        return reading.mapping(item.get(name), name).get(kind)

    return Attempt(
        id=reading.text(value("id", "S"), "id"),
        key=reading.text(value("key", "S"), "key"),
        number=int(reading.text(value("number", "N"), "number")),
        entered=float(reading.text(value("entered", "N"), "entered")),
        handled=value("handled", "BOOL") is True,
    )
