"""What the local cloud and its prepared parent say to each other, as one packet each.

Both sides are the same interpreter, so a packet is what `marshal` makes of a message: nothing of it is
Python code, which would write to memory that a template's forks could share.
"""

from __future__ import annotations

import marshal
from typing import NamedTuple

# A packet holds a function's environment variables, which AWS limits to 4 KB in all.
PACKET_BYTES = 1 << 17
# Each packet begins with its message's number: the parent need not read the rest of it.
HEAD_BYTES = 8


class Fork(NamedTuple):
    """Asks for a fork; with it come the descriptors of its output and of its working directory.

    Attributes
    ----------
    number : int
        Names the question in its answer.
    command : list of str
        What a fresh interpreter is started by; empty for what the parent has already.
    environment : dict
        The environment variables that differ from the parent's.
    unset : list of str, optional
        Those that the parent alone has; None stands for all of the parent's.
    import_path : list of str
        What comes before the standard library.
    bundled : list of str
        Provided packages of which the function brings the very same files.
    """

    number: int
    command: list[str]
    environment: dict[str, str]
    unset: list[str] | None
    import_path: list[str]
    bundled: list[str]


class Prepared(NamedTuple):
    """Says that everything is loaded; forks are at their cheapest from now on."""

    number: int = 0


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
    number, *fields = message
    return number.to_bytes(HEAD_BYTES, "big") + marshal.dumps((_KINDS.index(type(message)), *fields))


def decode(packet: bytes) -> Message:
    """Return the message in a packet."""
    kind, *fields = marshal.loads(packet[HEAD_BYTES:])  # noqa: S302 - from the other end of a socket pair
    message: Message = _KINDS[kind](number_of(packet), *fields)
    return message


def number_of(packet: bytes) -> int:
    """Return the number in the packet's head."""
    return int.from_bytes(packet[:HEAD_BYTES], "big")
