"""The format of Server-Sent Events, read as HTML's standard says: bytes in, events out.

Source: WHATWG HTML, "Server-sent events", "Interpreting an event stream",
https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
"""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Event:
    """One event.

    Attributes
    ----------
    name
        Its type, ``message`` where the server names none.
    id
        The last id that the stream has named, in this event or before; empty when there was none.
    """

    name: str
    data: str
    id: str = ""


class EventReader:
    r"""Reads a stream that comes in pieces of any size.

    Attributes
    ----------
    last_id
        What a client sends as ``Last-Event-ID`` when it connects again.
    retry_ms
        How long the server wants it to wait before that; None when it says nothing.

    Examples
    --------
    >>> reader = EventReader()
    >>> list(reader.feed(b"id: 1\ndata: a\ndata: b\n\nda"))
    [Event(name='message', data='a\nb', id='1')]
    >>> list(reader.feed(b"ta: c\n\n"))
    [Event(name='message', data='c', id='1')]
    """

    def __init__(self) -> None:
        self.last_id = ""
        self.retry_ms: int | None = None
        # Bytes that are no UTF-8 become U+FFFD, and one byte order mark at the beginning is none of the text.
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._started = False
        self._line = ""
        self._after_cr = False
        self._id = ""
        self._name = ""
        self._data: list[str] = []

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Take a piece, and yield the events that it completes."""
        for line in self._lines(self._decoder.decode(piece)):
            event = self._take(line)
            if event is not None:
                yield event

    def _lines(self, text: str) -> Iterator[str]:
        if text and not self._started:
            self._started = True
            text = text.removeprefix("\ufeff")
        if self._after_cr and text:
            # The line has ended with the CR already, however late its LF comes.
            text = text.removeprefix("\n")
            self._after_cr = False
        if text.endswith("\r"):
            self._after_cr = True
        *complete, self._line = (self._line + text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
        yield from complete

    def _take(self, line: str) -> Event | None:
        if not line:
            return self._dispatch()
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            self._data.append(value)
        elif field == "event":
            self._name = value
        elif field == "id" and "\0" not in value:
            self._id = value
        elif field == "retry" and value.isascii() and value.isdecimal():
            # Bounded before it is read: Python refuses integers of thousands of digits.
            self.retry_ms = int(value[:9])
        return None  # a comment, whose field is empty, or an unknown field

    def _dispatch(self) -> Event | None:
        self.last_id = self._id
        data, name = self._data, self._name
        self._data, self._name = [], ""
        return Event(name or "message", "\n".join(data), self.last_id) if data else None
