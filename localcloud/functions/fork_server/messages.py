"""What the local cloud and its prepared parent say to each other, as one packet each."""

from __future__ import annotations

import json
from typing import NamedTuple

# A packet holds a function's environment variables, which AWS limits to 4 KB in all.
PACKET_BYTES = 1 << 17


class Fork(NamedTuple):
    """Asks for a fork; with it come the descriptors of its output and of its working directory.

    Attributes
    ----------
    number : int
        Names the question in its answer.
    command : list of str
        What a fresh interpreter is started by.
    environment : dict
        Every environment variable.
    import_path : list of str
        What comes before the standard library.
    bundled : list of str
        Provided packages of which the function brings the very same files.
    """

    number: int
    command: list[str]
    environment: dict[str, str]
    import_path: list[str]
    bundled: list[str]


class Prepared(NamedTuple):
    """Says that everything is loaded; forks are at their cheapest from now on."""


class Forked(NamedTuple):
    """Says that a fork runs: it does so itself."""

    number: int
    pid: int


class Failed(NamedTuple):
    """Says that there is none, with the system's error."""

    number: int
    errno: int
    reason: str


class Exited(NamedTuple):
    """Says that a fork has ended; the code is negative for a signal."""

    number: int
    code: int


Message = Fork | Prepared | Forked | Failed | Exited
_KINDS: tuple[type[Message], ...] = (Fork, Prepared, Forked, Failed, Exited)


def encode(message: Message) -> bytes:
    """Return the packet of a message.

    Examples
    --------
    >>> decode(encode(Exited(number=12, code=-9)))
    Exited(number=12, code=-9)
    """
    return json.dumps([_KINDS.index(type(message)), *message]).encode()


def decode(packet: bytes) -> Message:
    """Return the message in a packet."""
    kind, *fields = json.loads(packet)
    message: Message = _KINDS[kind](*fields)
    return message
