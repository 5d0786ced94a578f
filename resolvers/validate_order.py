"""The workflow's first task, which asks whether the shop sells all of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from orders.fulfilment import validate_order
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done, Event, task
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


class Line(TypedDict):
    """An item of the order, as the workflow maps it."""

    sku: str
    quantity: int


class Validated(Done):
    """What the workflow goes on with."""

    items: list[Line]
    approval: bool


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: Event, context: LambdaContext) -> Validated:
    """Check the order, and answer what is to be reserved and approved; raises `UnknownItem`."""
    with task("validate order", event) as order_id:
        contents = validate_order(order_id, wiring.order_store(), wiring.stock_room())
        items: list[Line] = [{"sku": item.sku, "quantity": item.quantity} for item in contents.items]
        approval = wiring.approval_rule().asks(contents.total, contents.country)
        return {"orderId": order_id, "outcome": "VALID", "items": items, "approval": approval}
