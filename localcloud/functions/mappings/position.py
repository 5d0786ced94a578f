"""How far a mapping has come in a shard."""

from __future__ import annotations

from dataclasses import dataclass, field

from localcloud.functions.mappings.backlog import Backlog
from localcloud.functions.ports import IteratorKind


@dataclass
class Position:
    """A mapping's place in a shard. It outlives a poller: a changed mapping goes on from it.

    Attributes
    ----------
    start
        Where to begin, as long as nothing was read.
    began
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
    """

    start: IteratorKind
    began: float | None = None
    again: str | None = None
    last_read: str | None = None
    iterator: str | None = None
    pending: Backlog = field(default_factory=Backlog)
    more: bool = False
    closed: bool = False

    @property
    def done(self) -> bool:
        """Whether nothing will ever be left to do."""
        return self.closed and not self.pending

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

    def record(self) -> list[str | float | None]:
        """Return what makes the position of another reader, who goes on from :meth:`checkpoint`.

        Examples
        --------
        >>> position = Position("TRIM_HORIZON", last_read="41")
        >>> Position(*position.record()).checkpoint()
        ('AFTER_SEQUENCE_NUMBER', '41')
        """
        kind, sequence = self.checkpoint()
        again = sequence if kind == "AT_SEQUENCE_NUMBER" else None
        last_read = sequence if kind == "AFTER_SEQUENCE_NUMBER" else None
        return [self.start, self.began, again, last_read]
