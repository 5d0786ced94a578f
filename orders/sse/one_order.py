"""What a stream of one order sends: its changes by version, each once and in order, until it is final."""

from __future__ import annotations

import re

from orders.caller import Caller
from orders.errors import InvalidRequest
from orders.model import OrderId, OrderState, OrderStatusChanged
from orders.ports import OrderStore
from orders.sse.framing import change_event, end_event
from orders.status import FINAL

_VERSION = re.compile(r"[0-9]{1,9}", re.ASCII)


def read_version(text: str | None) -> int:
    """Return the version that a ``Last-Event-ID`` of this stream is; 0 where there is none.

    Raises
    ------
    InvalidRequest

    Examples
    --------
    >>> read_version("3"), read_version(None), read_version("")
    (3, 0, 0)
    """
    if not text:  # a client that has no id yet may send an empty one
        return 0
    if not _VERSION.fullmatch(text):
        raise InvalidRequest(
            "must be the id of an event of this stream, a version", path="Last-Event-ID", code="BAD_EVENT_ID"
        )
    return int(text)


class OneOrder:
    """Sends one order.

    Parameters
    ----------
    order_id : OrderId
        It need not exist yet, and may belong to another customer: nothing is sent of it then.
    caller : Caller
        Who listens.
    store : OrderStore
        Where its state is read.
    after : int
        The last version that the client has.
    state : OrderState, optional
        As it was read already.

    Attributes
    ----------
    ended : bool
        Nothing is left to send.
    absent : bool
        There is no such order that the caller may see.
    position : None
        A stream without an id begins with the first version.
    """

    position = None

    def __init__(
        self,
        order_id: OrderId,
        caller: Caller,
        store: OrderStore,
        *,
        after: int = 0,
        state: OrderState | None = None,
    ) -> None:
        self.ended = False
        self.absent = state is None
        self._order_id = order_id
        self._caller = caller
        self._store = store
        self._version = after
        self._state = state

    def begin(self) -> bytes:
        """Return the events of what happened before."""
        return b"" if self._state is None else self._send(self._state)

    def read(self) -> bytes:
        """Read the order, and return the events of what is new."""
        state = self._store.state(self._order_id)
        if state is None or not self._caller.may_see(state.customer_id):
            return b""
        return self._send(state)

    def take(self, change: OrderStatusChanged) -> bytes:
        """Return the events of a change that was pushed, and of those before it that were not."""
        if change.order_id != self._order_id or not self._caller.may_see(change.customer_id):
            return b""
        if change.version > self._version + 1:
            return self.read()
        return self._events((change,))

    def _send(self, state: OrderState) -> bytes:
        self.absent = False
        return self._events(state.changes_after(self._version), final=state.status in FINAL)

    def _events(self, changes: tuple[OrderStatusChanged, ...], *, final: bool = False) -> bytes:
        self.absent = False
        events = []
        for change in changes:
            if change.version > self._version:
                self._version = change.version
                events.append(change_event(change, str(change.version)))
                final = final or change.status in FINAL
        if final:
            self.ended = True
            events.append(end_event())
        return b"".join(events)
