"""AppSync's data source of ``Query.orderTrace``: what an order's workflow went through, for staff.

The answer is ``{"trace": …}`` or ``{"error": {"type", "message", "info"}}``: raised exceptions
would all reach the client as ``Lambda:Unhandled``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from orders.answers import ErrorAnswer, to_answer
from orders.caller import Caller
from orders.errors import CallerError, OrderNotFound, OrderwireError, TryAgain
from orders.model import CustomerId
from orders.tracing.reading import trace_order
from orders.tracing.views import OrderTraceView, trace_view
from resolvers import wiring
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

FAULT = "The order's workflow cannot be read just now."


class TraceResponse(TypedDict, total=False):
    """One of the two; no trace of an order that is not there."""

    trace: OrderTraceView | None
    error: ErrorAnswer


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Mapping[str, object], context: LambdaContext) -> TraceResponse:
    """Read the history of an order's execution.

    The event is ``{"id": …, "customerId": sub, "isStaff": …}``: the caller as AppSync verified them. The
    resolver has let staff through alone; here it is asked once more.
    """
    try:
        order_id, caller = str(event.get("id")), _caller(event)
        trace = trace_order(order_id, caller, wiring.order_store(), wiring.executions(), wiring.spans())
    except OrderNotFound:
        return {"trace": None}
    except (CallerError, TryAgain) as error:
        logger.info("trace refused", error=type(error).__name__)
        return {"error": to_answer(error, otherwise=FAULT)}
    except Exception as error:
        logger.exception("trace not read")
        return {"error": to_answer(error, otherwise=FAULT)}
    logger.info("trace read", correlation_id=trace.order_id, by=caller.customer_id, steps=len(trace.steps))
    return {"trace": trace_view(trace)}


def _caller(event: Mapping[str, object]) -> Caller:
    customer = event.get("customerId")
    if not isinstance(customer, str) or not customer:
        raise OrderwireError("The event has no customerId.")
    return Caller(CustomerId(customer), event.get("isStaff") is True)
