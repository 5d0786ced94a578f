"""The workflow's first task, which asks whether the shop sells all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilment import validate_order
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Done:
    """Check the order; raises `UnknownItem`."""
    with task("validate order", event) as order_id:
        validate_order(order_id, wiring.order_store(), wiring.stock_room())
        return {"orderId": order_id, "outcome": "VALID"}
