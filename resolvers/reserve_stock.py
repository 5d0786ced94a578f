"""The workflow's task that takes an order's items from the shelves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilment import reserve_stock
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Done:
    """Take all items or none; raises `OutOfStock`."""
    with task("reserve stock", event) as order_id:
        reserve_stock(order_id, wiring.order_store(), wiring.stock_room())
        return {"orderId": order_id, "outcome": "HELD"}
