"""The REST routes of the shop's own people, beside those that everybody has.

::

    POST   /orders/{order_id}/fulfilment  200 it is packed, shipped or delivered
"""

from __future__ import annotations

from chalice.app import Response

from chalicelib import inputs, log, wiring
from chalicelib.callers import caller_of
from chalicelib.rest import answer_with, routes, view
from orders.fulfilling import report_fulfilment

__all__ = ["routes"]


@view("/orders/{order_id}/fulfilment", "POST", takes=("application/json",))
def fulfil(order_id: str) -> Response:
    """Take a report of what became of an order's parcel."""
    request = routes.current_request
    caller = caller_of(request)
    event = inputs.fulfilment(request, order_id)
    state = report_fulfilment(event, caller, wiring.order_store(), wiring.clock())
    log.info("order fulfilled", order_id=state.order_id, status=state.status, event_id=event.event_id)
    return answer_with(order_id, caller)
