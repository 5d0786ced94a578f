"""SQS's queues as dictionaries and lists that notice what MiniStack does with their messages.

MiniStack's actions, and the mends, put messages into a queue's list, change their fields and replace the
list by a shorter one. Every change is seen here, wherever it comes from.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from localcloud.engine.durable.plain import plain
from localcloud.engine.patching import Record
from localcloud.journal import Journal

MESSAGES, CHANGES = "sqs/messages/", "sqs/changes/"


class Log:
    """Writes what happens to messages; of one message all that happens in a batch at once."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._local = threading.local()

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Write what happens within as one frame."""
        self.begin()
        try:
            yield
        finally:
            self.commit()

    def begin(self) -> None:
        """Begin; as :meth:`localcloud.journal.Journal.begin`."""
        self._journal.begin()
        local = self._local
        local.depth = getattr(local, "depth", 0) + 1
        if local.depth == 1:
            local.touched = {}

    def commit(self) -> None:
        """Write."""
        local = self._local
        local.depth -= 1
        try:
            if not local.depth:
                touched, local.touched = local.touched, None
                for message in touched.values():
                    self._write_change(message)
        finally:
            self._journal.commit()

    def added(self, space: str, message: Message) -> None:
        """Write a new message."""
        message.space = space
        self._journal.put(MESSAGES + space, message["id"], plain(message))

    def touched(self, message: Message) -> None:
        """Write that a message has changed, or note it for the end of the batch."""
        touched = getattr(self._local, "touched", None)
        if touched is None:
            self._write_change(message)
        else:
            touched[id(message)] = message

    def removed(self, message: Message) -> None:
        """Write that a message is in its queue no more."""
        if message.space is not None:
            self._journal.begin()
            self._journal.delete(MESSAGES + message.space, message["id"])
            if message.changed:
                self._journal.delete(CHANGES + message.space, message["id"])
            self._journal.commit()
        message.space = None

    def emptied(self, space: str) -> None:
        """Write that a queue has no messages."""
        self._journal.begin()
        self._journal.clear(MESSAGES + space)
        self._journal.clear(CHANGES + space)
        self._journal.commit()

    def _write_change(self, message: Message) -> None:
        if message.space is not None:
            fields = {name: message[name] for name in message.changed if name in message}
            self._journal.put(CHANGES + message.space, message["id"], plain(fields))


class Message(dict[str, Any]):
    """A message in a queue.

    Attributes
    ----------
    space
        Its queue's, while it is in one.
    changed
        The fields that have changed since it came.
    """

    __slots__ = ("changed", "log", "space")

    def __init__(self, fields: Record, log: Log) -> None:
        super().__init__(fields)
        self.log = log
        self.space: str | None = None
        self.changed: set[str] = set()

    def __setitem__(self, name: str, value: Any) -> None:
        super().__setitem__(name, value)
        if self.space is not None:
            self.changed.add(name)
            self.log.touched(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Messages(list[Message]):
    """The messages of a queue."""

    def __init__(self, messages: Iterable[Message], log: Log, space: str) -> None:
        super().__init__(messages)
        self._log = log
        self._space = space

    def append(self, message: Record) -> None:
        """Take a message in."""
        tracked = Message(message, self._log)
        super().append(tracked)
        self._log.added(self._space, tracked)

    def extend(self, messages: Iterable[Record]) -> None:
        """Take messages in."""
        for message in messages:
            self.append(message)

    def clear(self) -> None:
        """Let go of all messages."""
        for message in self:
            message.space = None
        super().clear()
        self._log.emptied(self._space)

    def remove(self, message: Record) -> None:
        """Let go of a message."""
        at = next(at for at, candidate in enumerate(self) if candidate is message or candidate == message)
        self.pop(at)

    def pop(self, at: Any = -1) -> Message:
        """Let go of the message at a place."""
        message = super().pop(at)
        self._log.removed(message)
        return message

    def __delitem__(self, at: Any) -> None:
        removed = self[at] if isinstance(at, slice) else [self[at]]
        super().__delitem__(at)
        for message in removed:
            self._log.removed(message)

    def __reduce__(self) -> tuple[Any, ...]:
        return list, ([dict(message) for message in self],)


class Queue(dict[str, Any]):
    """A queue; what it is given as its messages becomes :class:`Messages`."""

    __slots__ = ("fifo", "log", "space")

    def __init__(self, fields: Record, log: Log, space: str) -> None:
        super().__init__(fields)
        self.log = log
        self.space = space
        self.fifo: Any = None
        super().__setitem__("messages", Messages([], log, space))
        for message in fields.get("messages", ()):
            self["messages"].append(message)

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "messages":
            value = self._replaced(value)
        super().__setitem__(name, value)

    def _replaced(self, messages: list[Any]) -> Messages:
        """Write what the change of the whole list comes to."""
        present = [message for message in messages if isinstance(message, Message)]
        at, count = 0, len(present)
        with self.log.batch():
            for message in self["messages"]:
                if at < count and present[at] is message:
                    at += 1
                else:
                    self.log.removed(message)
            result = Messages(present[:at], self.log, self.space)
            for message in messages[at:]:
                result.append(message)
        return result

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, ({**self, "messages": [dict(message) for message in self["messages"]]},)
