"""The workflow's task that takes one of an order's items from its shelf."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.errors import OrderwireError
from orders.fulfilment import reserve_stock
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class ItemEvent(Event):
    """What the state machine's map sends for each item."""

    sku: str
    quantity: int


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: ItemEvent, context: LambdaContext) -> Done:
    """Take one item; raises `OutOfStock`."""
    with task("reserve stock", event) as order_id:
        sku, quantity = event.get("sku"), event.get("quantity", 0)
        if not sku or quantity < 1:
            raise OrderwireError("The event has no item: sku and quantity.")
        reserve_stock(order_id, sku, quantity, wiring.stock_room())
        return {"orderId": order_id, "outcome": "HELD"}
