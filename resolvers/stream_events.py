"""Server-Sent Events: one order's changes, or all of the caller's orders', as they come.

API Gateway streams what this function yields (``ResponseTransferMode: STREAM``). Errors that show before
the stream begins are problem documents with their status. Powertools and boto3 are not imported: each
open stream keeps an environment to itself.
"""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol, cast

# Every stream needs these: loaded now, they lie in memory once for all local environments.
from orders.adapters import appsync_feed, clients, dynamodb_http, dynamodb_store  # noqa: F401
from orders.adapters.xray.recorder import Recorder
from orders.answers import BUSY
from orders.caller import Caller, caller_of_claims
from orders.errors import CallerError, OrderNotFound
from orders.model import OrderId
from orders.ports import Clock, OrderStore
from orders.problems import CONTENT_TYPE as PROBLEM
from orders.problems import Problem, problem_of, refusal, to_json
from orders.reading import to_order_id
from orders.sse.cursor import read_cursor
from orders.sse.framing import CONTENT_TYPE
from orders.sse.my_orders import MyOrders
from orders.sse.one_order import OneOrder, read_version
from orders.sse.stream import Limits, stream
from orders.sse.watching import Feed, Rhythm, Watch
from orders.status import FINAL
from resolvers import wiring
from resolvers.stream_request import StreamRequest, parse_request, request_id_of
from streaming_runtime import StreamingResponse

MY_ORDERS = "/events"
LAST_SECONDS = 10.0
"""Before the function's own end, in which a stream says goodbye."""

RETRY_MS = (500, 1500)
"""Clients that were cut off together do not come back together."""

MY_ORDERS_RHYTHM = Rhythm(poll=5.0)
"""Reading all of a customer's open orders costs more than reading one."""

VERSION = "Orderwire-Version"
"""A header: the order's version when the stream began. What leads up to it is past, and comes at once."""

RECORDER = Recorder()

NOT_SIGNED_IN = "Send an id token of this application's user pool as Authorization."
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Access-Control-Allow-Origin": "*",
    # Or a browser on another origin cannot read the version that the stream begins with.
    "Access-Control-Expose-Headers": VERSION,
}


class Context(Protocol):
    """What is needed of Lambda's context."""

    def get_remaining_time_in_millis(self) -> int:
        """Return how long the invocation may still take."""
        ...


class Services(Protocol):
    """What a stream needs of the world; ``resolvers.wiring`` has it."""

    def audience(self) -> str:
        """Return the user pool client whose tokens count."""
        ...

    def clock(self) -> Clock:
        """Return the clock."""
        ...

    def order_store(self) -> OrderStore:
        """Return the store of orders."""
        ...

    def feed(self, token: str, order_id: OrderId | None) -> Feed | None:
        """Return the feed of an order's changes, or of all the caller's."""
        ...


class StreamResponse(NamedTuple):
    """A status, headers and the pieces of a body."""

    status: int
    headers: dict[str, str]
    body: Iterator[bytes]


def handler(event: Mapping[str, object], context: Context) -> StreamingResponse:
    """Answer a request of API Gateway's, piece by piece."""
    return handled(event, context, wiring)


def handled(event: Mapping[str, object], context: Context, services: Services) -> StreamingResponse:
    """Answer a request with what some services say."""
    # The trace has how the stream was opened; it lasts for as long as a client listens.
    with RECORDER.span("## handler") as span:
        status, headers, body = answer(event, context, services)
        span.annotate("status", status)
    return StreamingResponse(status, headers, body)


def answer(event: Mapping[str, object], context: Context, services: Services = wiring) -> StreamResponse:
    """Answer a request: with a stream, with 204 when nothing is left to send, or with a problem."""
    request_id = request_id_of(event)
    try:
        request = parse_request(event)
        caller = caller_of_claims(request.claims, services.audience())
        if caller is None:
            return _refused(refusal(401, NOT_SIGNED_IN), request_id)
        return _stream(request, caller, context, services)
    except Exception as error:
        problem = problem_of(error)
        _log(error, problem["status"], request_id)
        return _refused(problem, request_id)


def _stream(request: StreamRequest, caller: Caller, context: Context, services: Services) -> StreamResponse:
    start = time.monotonic()
    limits = Limits(
        token=start + request.token_expires - time.time(),
        time=start + context.get_remaining_time_in_millis() / 1000 - LAST_SECONDS,
        absent=start + request.wait,
    )
    store = services.order_store()
    topic: OneOrder | MyOrders
    version: dict[str, str] = {}
    if request.resource == MY_ORDERS:
        cursor = read_cursor(request.last_event_id, caller.customer_id) if request.last_event_id else None
        topic = MyOrders(caller, store, services.clock(), cursor)
        watch = Watch(services.feed(request.token, None), MY_ORDERS_RHYTHM)
    else:
        order_id = to_order_id(request.order_id)
        if (span := RECORDER.innermost) is not None:
            span.annotate("order_id", order_id)
        after = read_version(request.last_event_id)
        state = store.state(order_id)
        if state is not None and not caller.may_see(state.customer_id):
            state = None
        if state is None and not request.wait:
            raise OrderNotFound
        if state is not None and state.status in FINAL and after >= state.version:
            # As HTML has it, a client that connects again and is answered so stops.
            return StreamResponse(204, dict(HEADERS), iter(()))
        topic = OneOrder(order_id, caller, store, after=after, state=state)
        version = {VERSION: str(0 if state is None else state.version)}
        watch = Watch(services.feed(request.token, order_id))
    return StreamResponse(
        200,
        {**HEADERS, **version, "Content-Type": CONTENT_TYPE},
        stream(topic, watch, limits, retry_ms=_retry_ms()),
    )


def _retry_ms() -> int:
    least, most = RETRY_MS
    return least + int.from_bytes(os.urandom(2), "big") % (most - least + 1)


def _refused(problem: Problem, request_id: str) -> StreamResponse:
    if request_id:
        problem["instance"] = f"urn:uuid:{request_id}"
    headers = {**HEADERS, "Content-Type": PROBLEM}
    if problem["status"] == BUSY.status:
        headers["Retry-After"] = "1"
    return StreamResponse(problem["status"], headers, iter((to_json(problem).encode(),)))


def _log(error: Exception, status: int, request_id: str) -> None:
    """Write one line; of what is our fault, where it happened, too."""
    line = {
        "level": "INFO" if isinstance(error, CallerError) else "ERROR",
        "message": "stream refused",
        "service": os.environ.get("POWERTOOLS_SERVICE_NAME", ""),
        "status": status,
        "error": type(error).__name__,
        "request_id": request_id,
    }
    if not isinstance(error, CallerError):
        line["exception"] = "".join(traceback.format_exception(error))
    sys.stdout.write(to_json(line) + "\n")


def rehearse() -> None:
    """Stream an order of a stand-in's: what that caches, all copies of this environment have in common."""
    from resolvers.stream_rehearsal import rehearse  # noqa: PLC0415 - only where environments are copied

    wiring.order_store()  # copies have it, too: it connects when it is first asked
    cast("dynamodb_http.DynamoDBHttp", clients.dynamodb()).prepare()
    rehearse(handled)
    RECORDER.close()
