"""AppSync's data source of ``Mutation.enqueueOrder``: record the order, put it in the queue.

The answer is ``{"order": …}`` or ``{"error": {"type", "message", "info"}}``: raised exceptions
would all reach the client as ``Lambda:Unhandled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.adapters.xray.header import current_text
from orders.answers import ErrorAnswer, to_answer
from orders.errors import CallerError, OrderwireError
from orders.model import CustomerId, timestamp
from orders.parsing import parse_order
from orders.submission import Submitted, enqueue_order, record_order
from orders.views import OrderView, order_view
from resolvers import run_wiring, wiring
from resolvers.log import logger
from resolvers.tracer import about, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class EnqueueResponse(TypedDict, total=False):
    """One of the two."""

    order: OrderView
    error: ErrorAnswer


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> EnqueueResponse:
    """Record an order and put it in the queue.

    The event is ``{"input": SubmitOrderInput, "customerId": sub}``: the input as the client sent it,
    the customer as AppSync verified them.
    """
    try:
        customer = event.get("customerId")
        if not isinstance(customer, str) or not customer:
            # The resolver takes it from the verified token: without one nothing may be recorded.
            raise OrderwireError("The event has no customerId.")
        contents = parse_order(
            event.get("input"),
            customer_id=CustomerId(customer),
            at=timestamp(wiring.clock().now()),
            orchestrator=run_wiring.orchestrator(),
        )
        about(contents.order_id)
        submitted = record_order(contents, wiring.order_store(), current_text())
    except CallerError as error:
        logger.info("order refused", error=type(error).__name__, info=error.info)
        return {"error": to_answer(error)}
    except Exception as error:
        logger.exception("order not recorded")
        return {"error": to_answer(error)}
    _enqueue(submitted)
    return {"order": order_view(submitted.contents, submitted.state)}


def _enqueue(submitted: Submitted) -> None:
    try:
        queued = enqueue_order(submitted, wiring.order_queue())
    except Exception:
        # The order is recorded, so it is accepted: the reconciler will find it and queue it.
        logger.exception("order recorded but not queued")
    else:
        logger.info("order recorded", is_new=submitted.is_new, queued=queued)
