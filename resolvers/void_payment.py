"""The workflow's compensation of ``authorize_payment``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilment import void_payment
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Done:
    """Give the payment back, if there is one."""
    with task("void payment", event) as order_id:
        voided = void_payment(order_id, wiring.voiding_provider())
        return {"orderId": order_id, "outcome": "VOIDED" if voided else "NOTHING_AUTHORIZED"}
