"""Events as they are on the wire, and the ones that our streams have.

::

    retry: 1250                                    how long to wait before a new connection
    id: FN4nvgEBmtIvUAA                            where a stream of all orders begins

    event: change                                  a status change; the id is what resumes after it
    id: 3
    data: {"orderId": …, "version": 3, …}

    :                                              a heartbeat: a comment, which clients ignore

    event: end                                     no more will come: close the stream
    data: {"reason": "FINAL"}

    event: reconnect                               the stream's time is up: connect again, with the last id
    data: {"reason": "TOKEN_EXPIRED"}

    event: problem                                 a problem document (RFC 9457); the stream ends
    data: {"type": "urn:orderwire:problem:order-not-found", …}

Source of the format: WHATWG HTML, "Server-sent events", https://html.spec.whatwg.org/multipage/server-sent-events.html
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from orders.model import OrderStatusChanged
from orders.views import change_view

CONTENT_TYPE: Final = "text/event-stream"
HEARTBEAT: Final = b":\n"
"""No empty line behind it: that would end an event, and httpx-sse 0.4.3 makes an empty one of it."""

# What ends a line, and so no field of one line may hold.
_LINE_END = re.compile(r"\r\n|\r|\n")


class Reason(StrEnum):
    """Why a stream ends."""

    FINAL = "FINAL"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - a word, no secret
    TIME_IS_UP = "TIME_IS_UP"


def event(data: str, *, name: str = "", id: str | None = None) -> bytes:
    r"""Return one event.

    Parameters
    ----------
    data : str
        Any text; each of its lines goes in a ``data`` field of its own.
    name : str
        The event's type; ``message`` to clients without one.
    id : str, optional
        What the client sends as ``Last-Event-ID`` when it connects again; unchanged without.

    Raises
    ------
    ValueError
        When name or id have a line end, or the id a NUL, which clients would ignore.

    Examples
    --------
    >>> event("a\nb", name="change", id="7")
    b'event: change\nid: 7\ndata: a\ndata: b\n\n'
    """
    if _LINE_END.search(name) or (id is not None and (_LINE_END.search(id) or "\0" in id)):
        raise ValueError("an event's name and id are one line each")
    head = f"event: {name}\n" if name else ""
    if id is not None:
        head += f"id: {id}\n"
    return (head + "".join(f"data: {line}\n" for line in _LINE_END.split(data)) + "\n").encode()


def opening(retry_ms: int, id: str | None = None) -> bytes:
    r"""Return what a stream begins with: how long a client waits before it connects again, and with which id.

    Without data it is no event, yet its id counts: a client that is cut off before the first event has one.

    Examples
    --------
    >>> opening(1000)
    b'retry: 1000\n\n'
    >>> opening(1000, "7")
    b'retry: 1000\nid: 7\n\n'
    """
    position = "" if id is None else f"id: {id}\n"
    return f"retry: {retry_ms}\n{position}\n".encode()


def change_event(change: OrderStatusChanged, id: str) -> bytes:
    """Return the event of one change."""
    return event(_json(change_view(change)), name="change", id=id)


def end_event() -> bytes:
    """Return the event that ends a client's stream: nothing is left to come."""
    return event(_json({"reason": Reason.FINAL}), name="end")


def reconnect_event(reason: Reason) -> bytes:
    """Return the event on which a client connects again."""
    return event(_json({"reason": reason}), name="reconnect")


def problem_event(problem: Mapping[str, object]) -> bytes:
    """Return what went wrong when it is too late for a status."""
    return event(_json(problem), name="problem")


def _json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
