"""The REST routes of the shop's own people, beside those that everybody has.

::

    POST   /orders/{order_id}/fulfilment  200 it is packed, shipped or delivered
    POST   /orders/{order_id}/redrive     202 have its broken workflow go on
"""

from __future__ import annotations

from chalice.app import Response

from chalicelib import inputs, log, wiring
from chalicelib.callers import caller_of
from chalicelib.rest import answer_with, routes, view
from orders.fulfilling import report_fulfilment
from orders.redriving import redrive_order

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


@view("/orders/{order_id}/redrive", "POST")
def redrive(order_id: str) -> Response:
    """Have an order's workflow, which ended by our own fault, go on."""
    caller = caller_of(routes.current_request)
    store, runs = wiring.order_store(), wiring.workflow_runs()
    state = redrive_order(order_id, caller, store, runs, wiring.clock())
    log.info("order redriven", order_id=state.order_id, by=caller.customer_id)
    return answer_with(order_id, caller, status=202)
