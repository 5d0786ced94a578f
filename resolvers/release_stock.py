"""The workflow's compensation of ``reserve_stock``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilment import release_stock
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Done:
    """Give the items back, if the order holds any."""
    with task("release stock", event) as order_id:
        released = release_stock(order_id, wiring.order_store(), wiring.stock_room())
        return {"orderId": order_id, "outcome": "RELEASED" if released else "NOTHING_HELD"}
