"""How far a mapping has come in a shard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast, get_args

from localcloud.functions.mappings.backlog import Backlog
from localcloud.functions.mappings.windows import Window
from localcloud.functions.model import JSON
from localcloud.functions.streams import IteratorKind


@dataclass
class Position:
    """A mapping's place in a shard. It outlives a poller: a changed mapping goes on from it.

    Attributes
    ----------
    start
        Where to begin, as long as nothing was read.
    started_at
        When LATEST was, in seconds since 1970.
    again
        The sequence number of the record to begin with: the oldest one that was not done with.
    last_read
        The sequence number of the last record that was read.
    pending
        What was read and is not done with.
    more
        The last page was full.
    closed
        The shard is closed, and everything in it has been read.
    windows
        Tumbling windows that are open, with the states that the records so far have come to: the last
        of them is at work. There are several only while records of an earlier window come late.
    """

    start: IteratorKind
    started_at: float | None = None
    again: str | None = None
    last_read: str | None = None
    iterator: str | None = None
    pending: Backlog = field(default_factory=Backlog)
    more: bool = False
    closed: bool = False
    windows: list[Window] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Whether nothing will ever be left to do."""
        return self.closed and not self.pending and not self.windows

    @classmethod
    def of(cls, record: Sequence[JSON]) -> Position:
        """Return the position that :meth:`record` describes.

        Raises
        ------
        ValueError
            It describes none.
        """
        match record:
            case [str(start), started, again, last_read, *more] if start in get_args(IteratorKind):
                windows = more[0] if more and isinstance(more[0], list) else []
                return cls(
                    cast("IteratorKind", start),
                    float(started) if isinstance(started, int | float) else None,
                    again if isinstance(again, str) else None,
                    last_read if isinstance(last_read, str) else None,
                    windows=[Window.of(window) for window in windows],
                )
        raise ValueError(f"this is no position in a shard: {record}")

    def checkpoint(self) -> tuple[IteratorKind, str | None]:
        """Return from where another reader would have to go on, so that nothing is left out.

        What came after the oldest record that is not done with may come again, as after a crash on AWS.

        Examples
        --------
        >>> Position("LATEST", last_read="41").checkpoint()
        ('AFTER_SEQUENCE_NUMBER', '41')
        """
        oldest = self.pending.oldest()
        if oldest is not None:
            return "AT_SEQUENCE_NUMBER", oldest
        if self.last_read is not None:
            return "AFTER_SEQUENCE_NUMBER", self.last_read
        return ("AT_SEQUENCE_NUMBER", self.again) if self.again is not None else (self.start, None)

    def record(self) -> list[JSON]:
        """Return what makes the position of another reader, who goes on from :meth:`checkpoint`.

        Examples
        --------
        >>> position = Position("TRIM_HORIZON", last_read="41")
        >>> Position.of(position.record()).checkpoint()
        ('AFTER_SEQUENCE_NUMBER', '41')
        """
        kind, sequence = self.checkpoint()
        again = sequence if kind == "AT_SEQUENCE_NUMBER" else None
        last_read = sequence if kind == "AFTER_SEQUENCE_NUMBER" else None
        return [self.start, self.started_at, again, last_read, [window.record() for window in self.windows]]
