"""The REST routes: one thin view each; those of staff alone go on in ``staff``.

::

    POST   /orders                        202 record an order and hand it on
    GET    /orders                        200 your orders, a page at a time
    GET    /orders/{order_id}             200 an order, 304 when you have it; waits if asked to
    GET    /orders/{order_id}/history     200 what happened after a version
    DELETE /orders/{order_id}             200 cancel it
    POST   /orders/{order_id}/decision    200 approve or reject it (staff)
    GET    /orders/{order_id}/trace       200 what its workflow went through (staff)
    POST   /ws-tickets                    201 what opens one WebSocket connection
    GET    /openapi.json                  200 all this for programs

Each answer with an order says when it is worth asking again: ``Retry-After``, by the order's status.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from chalice.app import Blueprint, HeadersType, Request, Response

from chalicelib import inputs, log, openapi, wiring
from chalicelib.callers import caller_of
from chalicelib.documents import OrderPage, WebSocketTicket, history
from chalicelib.problems import answering, to_json
from chalicelib.settings import CUSTOMERS
from orders.adapters.xray.header import current_text
from orders.approval import decide_order
from orders.caller import Caller
from orders.cancelling import cancel_order
from orders.connections import TICKET_LIFE
from orders.errors import TryAgain
from orders.model import OrderState, timestamp
from orders.parsing import parse_order
from orders.reading import LARGEST_PAGE, PAGE, Wait, find_order, find_state, list_orders, wait_for_change
from orders.status import FINAL, OrderStatus
from orders.submission import Submitted, enqueue_order, record_order
from orders.tracing.reading import trace_order
from orders.tracing.views import trace_view
from orders.views import order_view, state_view

routes = Blueprint(__name__)

View = Callable[..., Response]

NEVER: Final = inputs.MAX_VERSION
"""A version that no order reaches: who waits for more than it waits for a final status."""

# Seconds. The first steps take less than one each; then parcels are packed and carried, at
# the pace of the stack's default (PaceSeconds).
_RETRY_AFTER = {OrderStatus.RECEIVED: 1, OrderStatus.VALIDATED: 1}
_LATER = 2

_PATIENCE = 27.0
"""Seconds after a request's arrival within which it is answered: API Gateway gives up after 29."""

_FRESH: Final[HeadersType] = {"Cache-Control": "private, no-cache"}
"""An order may be kept by its own customer's browser, which asks each time whether it is the latest."""


def view(
    path: str, method: str, *, takes: tuple[str, ...] = (), is_open: bool = False
) -> Callable[[View], View]:
    """Register a view: it is answered for, and but for open ones behind the authorizer.

    Without a body, no media type is too much: clients send one with GET, too.
    """

    def register(function: View) -> View:
        answered = answering(function)
        authorizer = None if is_open else CUSTOMERS
        routes.route(path, methods=[method], authorizer=authorizer, content_types=list(takes))(answered)
        return answered

    return register


@view("/orders", "POST", takes=("application/json",))
def submit_order() -> Response:
    """Record an order and hand it on."""
    request = routes.current_request
    caller = caller_of(request)
    contents = parse_order(
        inputs.document(request),
        customer_id=caller.customer_id,
        at=timestamp(wiring.clock().now()),
        root="body",
        order_id=inputs.idempotency_key(request),
        orchestrator=wiring.orchestrator(),
    )
    submitted = record_order(contents, wiring.order_store(), current_text())
    _hand_on(submitted)
    state = submitted.state
    headers: HeadersType = {"Location": f"{request.context['path'].rstrip('/')}/{state.order_id}"}
    wait = inputs.preferred_wait(request)
    if wait is not None:
        granted = _granted(request, wait)
        state = wait_for_change(state.order_id, caller, NEVER, wiring.order_store(), granted)
        headers["Preference-Applied"] = f"wait={wait}"
    return _json(
        order_view(submitted.contents, state),
        headers | _FRESH | _retry_after(state),
        status=200 if state.status in FINAL else 202,
    )


@view("/orders", "GET")
def get_orders() -> Response:
    """Answer a page of the caller's orders."""
    request = routes.current_request
    page = list_orders(
        caller_of(request),
        wiring.order_store(),
        status=inputs.status(request),
        limit=inputs.whole(request, "limit", low=1, high=LARGEST_PAGE, default=PAGE),
        cursor=inputs.parameter(request, "cursor"),
    )
    answer = OrderPage(orders=[state_view(state) for state in page.orders], nextCursor=page.cursor)
    return _json(answer, _FRESH)


@view("/orders/{order_id}", "GET")
def get_order(order_id: str) -> Response:
    """Answer an order, at once or when there is something new."""
    request = routes.current_request
    caller = caller_of(request)
    validator = inputs.validators(request)
    seconds = inputs.whole(request, "wait", low=0, high=inputs.MAX_WAIT, default=0)
    after = inputs.whole(request, "after", low=0, high=inputs.MAX_VERSION, default=0)
    store = wiring.order_store()
    state: OrderState | None = None
    if seconds:
        had = after if validator is None else max(after, validator.latest)
        state = wait_for_change(order_id, caller, had, store, _granted(request, seconds))
    elif validator is not None:
        # Most polls find nothing new: they read the small state, not what was ordered.
        state = find_state(order_id, caller, store)
    if state is not None and validator is not None and validator.has(state.version):
        return Response("", headers=_versioned(state, waited=seconds > 0), status_code=304)
    order = find_order(order_id, caller, store)
    return _json(order_view(order.contents, order.state), _versioned(order.state, waited=seconds > 0))


@view("/orders/{order_id}/history", "GET")
def get_history(order_id: str) -> Response:
    """Answer what happened to an order after a version."""
    request = routes.current_request
    caller = caller_of(request)
    after = inputs.whole(request, "after", low=0, high=inputs.MAX_VERSION, default=0)
    state = find_state(order_id, caller, wiring.order_store())
    return _json(history(state, after), _FRESH | _retry_after(state))


@view("/orders/{order_id}", "DELETE")
def delete_order(order_id: str) -> Response:
    """Cancel an order that is not packed yet."""
    caller = caller_of(routes.current_request)
    store = wiring.order_store()
    state = cancel_order(order_id, caller, store, wiring.approvals(), wiring.clock())
    log.info("order cancelled", order_id=state.order_id, version=state.version)
    return answer_with(order_id, caller)


@view("/orders/{order_id}/decision", "POST", takes=("application/json",))
def decide(order_id: str) -> Response:
    """Decide on an order that awaits approval."""
    request = routes.current_request
    caller = caller_of(request)
    decision, note = inputs.decision(request)
    store = wiring.order_store()
    state = decide_order(
        order_id, decision, caller, store, wiring.approvals(), clock=wiring.clock(), note=note
    )
    log.info("order decided", order_id=state.order_id, decision=decision.value)
    return answer_with(order_id, caller)


@view("/orders/{order_id}/trace", "GET")
def get_trace(order_id: str) -> Response:
    """Answer what an order's workflow went through."""
    caller = caller_of(routes.current_request)
    trace = trace_order(order_id, caller, wiring.order_store(), wiring.executions(), wiring.spans())
    return _json(trace_view(trace), _FRESH)


@view("/ws-tickets", "POST")
def issue_ticket() -> Response:
    """Issue what opens one WebSocket connection."""
    caller = caller_of(routes.current_request)
    secret = wiring.tickets().issue(caller, wiring.clock().now())
    answer = WebSocketTicket(ticket=secret, expiresIn=int(TICKET_LIFE.total_seconds()))
    return _json(answer, {"Cache-Control": "no-store"}, status=201)


@view("/openapi.json", "GET", is_open=True)
def get_openapi() -> Response:
    """Describe this API."""
    return Response(
        openapi.text(), headers={"Content-Type": "application/json", "Cache-Control": "public, max-age=300"}
    )


def answer_with(order_id: str, caller: Caller, *, status: int = 200) -> Response:
    """Answer with the order as it is now."""
    order = find_order(order_id, caller, wiring.order_store())
    return _json(order_view(order.contents, order.state), _versioned(order.state), status=status)


def _hand_on(submitted: Submitted) -> None:
    try:
        queued = enqueue_order(submitted, wiring.order_queue())
    except Exception as error:
        # Recorded, so the reconciler would find it within minutes; the client's repetition is sooner.
        raise TryAgain("The order is recorded and could not be queued.") from error
    log.info("order recorded", order_id=submitted.state.order_id, is_new=submitted.is_new, queued=queued)


def _granted(request: Request, seconds: int) -> Wait:
    """Return how long a request may wait: a cold start has used up some of the gateway's patience."""
    arrived = request.context.get("requestTimeEpoch")
    if not isinstance(arrived, int):
        return wiring.wait(seconds)
    elapsed = max(0.0, wiring.clock().now().timestamp() - arrived / 1000)
    return wiring.wait(max(0.0, min(seconds, _PATIENCE - elapsed)))


def _versioned(state: OrderState, *, waited: bool = False) -> HeadersType:
    """Return what an answer with an order says of it; who has waited here may wait again at once."""
    return {"ETag": f'"{state.version}"'} | _FRESH | _retry_after(state, waited=waited)


def _retry_after(state: OrderState, *, waited: bool = False) -> HeadersType:
    if state.status in FINAL:
        return {}
    return {"Retry-After": "0" if waited else str(_RETRY_AFTER.get(state.status, _LATER))}


def _json(answer: object, headers: HeadersType, *, status: int = 200) -> Response:
    fields: HeadersType = {"Content-Type": "application/json", **headers}
    return Response(to_json(answer), headers=fields, status_code=status)
