"""What a stream of all of a customer's orders sends: each order's versions, each once and in order.

Without an event id it begins with the orders that are open, each with its whole history. Looked at are
the `MOST` newest: of an older one that is open nothing is sent before it changes, and then all of it.
"""

from __future__ import annotations

from collections.abc import Mapping

from orders.caller import Caller
from orders.model import OrderId, OrderState, OrderStatusChanged, Timestamp, timestamp
from orders.ports import Clock, OrderStore
from orders.sse.cursor import MOST, Cursor, write_cursor
from orders.sse.framing import change_event
from orders.status import FINAL


class MyOrders:
    """Sends all of a customer's orders; of a member of staff's own, too.

    Parameters
    ----------
    caller : Caller
        Whose orders.
    store : OrderStore
        Where they are read.
    clock : Clock
        What time it is.
    cursor : Cursor, optional
        How far an earlier stream had come.

    Attributes
    ----------
    ended, absent : bool
        Never: there may always be another order.
    position : str, optional
        The id to resume with before an event has named one: an order may begin and end until then.
    """

    ended = False
    absent = False

    def __init__(self, caller: Caller, store: OrderStore, clock: Clock, cursor: Cursor | None = None) -> None:
        self._owner = caller.customer_id
        self._store = store
        self._clock = clock
        self._since = None if cursor is None else cursor.since
        self._at = timestamp(clock.now()) if cursor is None else cursor.at
        self._versions: dict[OrderId, int] = {} if cursor is None else dict(cursor.versions)
        # When those ended of which everything was sent.
        self._ended: dict[OrderId, Timestamp] = {}
        self.position: str | None = None

    def begin(self) -> bytes:
        """Return the events of what happened before."""
        resumes = self._since is not None
        events = self.read()
        if not resumes:
            # Without an id, of the orders that have ended nothing was sent and nothing will be.
            ended = {id: self._versions[id] for id in self._ended}
            self.position = write_cursor(self._cursor(ended), self._owner)
        return events

    def read(self) -> bytes:
        """Read the orders, and return the events of what is new, oldest orders first."""
        read_at = timestamp(self._clock.now())
        states = {state.order_id: state for state in self._newest()}
        events = []
        # The index is behind the table by a moment: what may still change is read for sure.
        for order_id in [id for id in self._versions if id not in self._ended]:
            state = self._store.state(order_id)
            if state is not None and state.customer_id == self._owner:
                states[order_id] = state
        for state in sorted(states.values(), key=lambda state: (state.created_at, state.order_id)):
            events.append(self._send(state))
        # Only now: a client cut off in between gets the rest by the older time.
        self._at = read_at
        if self._since is None:
            self._since = Cursor(read_at).since
        return b"".join(events)

    def take(self, change: OrderStatusChanged) -> bytes:
        """Return the events of a change that was pushed, and of those before it that were not."""
        if change.customer_id != self._owner:
            return b""
        version = self._versions.get(change.order_id)
        if version is not None and change.version <= version:
            return b""
        if version is not None and change.version == version + 1:
            return self._event(change)
        # Versions are missing, or it is an order of which nothing is known: an old one, sent again, perhaps.
        state = self._store.state(change.order_id)
        if state is None or state.customer_id != self._owner:
            return b""
        return self._send(state)

    def _newest(self) -> list[OrderState]:
        states, _ = self._store.owned(self._owner, status=None, limit=MOST, after=None)
        return list(states)

    def _send(self, state: OrderState) -> bytes:
        if state.order_id not in self._versions and not self._is_news(state):
            self._versions[state.order_id] = state.version
            self._ended[state.order_id] = state.updated_at
            return b""
        version = self._versions.get(state.order_id, 0)
        events = b"".join(self._event(change) for change in state.changes_after(version))
        if state.status in FINAL:
            self._ended[state.order_id] = state.updated_at
        return events

    def _is_news(self, state: OrderState) -> bool:
        """Return whether an unknown order has something to send."""
        if state.status not in FINAL:
            return True
        return self._since is not None and state.updated_at > self._since

    def _event(self, change: OrderStatusChanged) -> bytes:
        self._versions[change.order_id] = change.version
        if change.status in FINAL:
            self._ended[change.order_id] = change.at
        return change_event(change, write_cursor(self._cursor(self._versions), self._owner))

    def _cursor(self, versions: Mapping[OrderId, int]) -> Cursor:
        since = Cursor(self._at).since
        listed = [id for id in versions if self._ended.get(id, since) >= since]
        # Of too many those are left out that were sent first: they are sent again when they change.
        return Cursor(self._at, {id: versions[id] for id in listed[-MOST:]})
