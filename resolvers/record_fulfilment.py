"""What the warehouse and the carrier put on the bus: packed, shipped, delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilling import fulfil_order, parse_event
from resolvers import wiring
from resolvers.log import logger
from resolvers.tasks import Done
from resolvers.tracer import about, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> Done:
    """Bring the order where the event says that its parcel is.

    What cannot be applied is raised: Lambda tries it twice more, since an event may come before the
    order's own confirmation, and then puts it in the dead-letter queue.
    """
    try:
        report = parse_event(event.get("detail-type"), event.get("detail"))
        about(report.order_id)
        state = fulfil_order(report, wiring.order_store(), wiring.clock())
    except Exception as error:
        logger.warning("fulfilment not recorded", error=type(error).__name__, event_id=event.get("id"))
        raise
    logger.info("fulfilment recorded", report=report.kind.value, status=state.status.value)
    return {"orderId": state.order_id, "outcome": state.status.value}
