"""Subscribing to an order, its history first.

::

    claim a place --> read the history --> push `subscribed` with it --> write the subscription
                  --> read again --> push what came in between

Fan-out knows the connection from the moment that the subscription is written, after the history
has been sent: no live change comes before what was missed. What is committed between the first read
and that moment is covered by the second read, and what comes later by fan-out, which reads consistently.
Both may send the same change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from orders.connections import Connection, Connections, Subscription
from orders.frames import ServerFrame, Subscribe, change_frame, subscribed_frame
from orders.model import OrderState
from orders.ports import OrderStore

Push: TypeAlias = Callable[[ServerFrame], None]
"""Sends one frame to the connection, and returns when it is on its way."""


def follow(
    request: Subscribe, connection: Connection, store: OrderStore, connections: Connections, push: Push
) -> None:
    """Send ``connection`` what it missed of an order, and subscribe it to what follows.

    Raises
    ------
    TooManySubscriptions, ConnectionGone
        And whatever ``push`` raises: then nothing, or the history alone, was sent, and the client
        asks again.
    """
    order_id = request.order_id
    connections.claim(order_id, connection.connection_id)
    state = _visible(request, connection, store)
    version = 0 if state is None else state.version
    changes = () if state is None else state.changes_after(request.after_version)
    push(subscribed_frame(order_id, version, changes))
    connections.subscribe(
        Subscription(
            order_id,
            connection.connection_id,
            connection.caller,
            connection.endpoint,
            connection.expires_at,
        )
    )
    state = _visible(request, connection, store)
    if state is not None:
        for change in state.changes_after(max(version, request.after_version)):
            push(change_frame(change))


def _visible(request: Subscribe, connection: Connection, store: OrderStore) -> OrderState | None:
    state = store.state(request.order_id)
    if state is None or not connection.caller.may_see(state.customer_id):
        return None
    return state
