"""The workflow's task that has the payment authorized."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilment import authorize_payment
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Done:
    """Authorize the total once; raises `PaymentDeclined` or `PaymentTimeout`."""
    with task("authorize payment", event) as order_id:
        authorize_payment(order_id, wiring.order_store(), wiring.authorizing_provider())
        return {"orderId": order_id, "outcome": "AUTHORIZED"}
