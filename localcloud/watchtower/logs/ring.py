"""What functions print, until it is read: a ring for each log group, of bounded size."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Final

# [milliseconds since 1970, stream, message], as it travels to who reads it.
Line = tuple[int, str, str]
# Of each group, once it has been read; the oldest lines go first.
MOST_LINES: Final = 5_000
# Of each group, and of the unread lines.
MOST_UNREAD: Final = 3_000
MOST_CHARACTERS: Final = 500_000


class Ring:
    """The newest lines of one log group.

    Attributes
    ----------
    dropped : int
        How many lines went unread.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._lines: deque[Line] = deque()
        self._characters = 0

    def add(self, line: Line) -> None:
        """Add a line; the oldest ones go when there is no room."""
        lines = self._lines
        lines.append(line)
        self._characters += len(line[2])
        while len(lines) > MOST_UNREAD or (self._characters > MOST_CHARACTERS and len(lines) > 1):
            self._characters -= len(lines.popleft()[2])
            self.dropped += 1

    def drain(self) -> list[Line]:
        """Return the lines, oldest first, and keep none."""
        lines, self._lines, self._characters = list(self._lines), deque(), 0
        return lines


class LogStream:
    """One log stream: an execution environment's.

    Examples
    --------
    >>> rings = Rings(clock=lambda: 1.5)
    >>> rings.stream("/aws/lambda/pay", "2026/01/31/[$LATEST]0f").add("hello")
    >>> rings.drain("/aws/lambda/pay")
    [(1500, '2026/01/31/[$LATEST]0f', 'hello')]
    """

    __slots__ = ("_clock", "_group", "_name", "_rings")

    def __init__(self, rings: dict[str, Ring], group: str, name: str, clock: Callable[[], float]) -> None:
        self._rings, self._group, self._name, self._clock = rings, group, name, clock

    def add(self, message: str) -> None:
        """Add a line, as of now."""
        ring = self._rings.get(self._group)
        if ring is None:
            ring = self._rings[self._group] = Ring()
        ring.add((int(self._clock() * 1000), self._name, message))


class Rings:
    """The log groups of this process."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._rings: dict[str, Ring] = {}
        self._clock = clock

    def stream(self, group: str, name: str) -> LogStream:
        """Return a stream to write to; its group appears with its first line."""
        return LogStream(self._rings, group, name, self._clock)

    def groups(self) -> list[str]:
        """Return the names of the groups that were written to."""
        return list(self._rings)

    def drain(self, group: str) -> list[Line]:
        """Return a group's unread lines, and keep none of them."""
        ring = self._rings.get(group)
        return ring.drain() if ring is not None else []
