"""What each connection is sent of one change: a frame of ours, or a ``next`` of graphql-transport-ws."""

from __future__ import annotations

import json
from functools import cached_property

from orders.connections import Subscription
from orders.frames import change_frame, encode
from orders.model import OrderStatusChanged
from orders.operations import Projection
from orders.transport_ws import next_message
from orders.views import ChangeView, change_view


class Frames:
    """The frames of one change, each encoded once for all who are sent the same.

    Parameters
    ----------
    change : OrderStatusChanged
        What happened.
    """

    def __init__(self, change: OrderStatusChanged) -> None:
        self._change = change
        self._data: dict[Projection, bytes] = {}

    def frame_for(self, to: Subscription) -> bytes | None:
        """Return what a subscription is sent; None when it is not to receive the change."""
        if not to.caller.may_see(self._change.customer_id):
            return None
        operation = to.operation
        if operation is None:
            return self._ours
        if not operation.wants(self._view):
            return None
        return next_message(operation.id, self._shaped(operation.projection))

    @cached_property
    def _view(self) -> ChangeView:
        return change_view(self._change)

    @cached_property
    def _ours(self) -> bytes:
        return encode(change_frame(self._change))

    def _shaped(self, projection: Projection) -> bytes:
        """Return the event's data: many clients send the same document."""
        data = self._data.get(projection)
        if data is None:
            data = json.dumps(projection.shape(self._view), separators=(",", ":")).encode()
            self._data[projection] = data
        return data
