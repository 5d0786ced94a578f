"""Gives back what a cancelled order held whose workflow ended when the order was confirmed.

While parcels are reported from outside, no execution waits that could find the cancellation. The table's
stream reports it, filtered to the one step from CONFIRMED to CANCELLED.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orders.fulfilment import release_stock, void_payment
from orders.parsing import parse_order_id
from resolvers import wiring
from resolvers.batch_response import BatchResponse
from resolvers.log import logger
from resolvers.tracer import about, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from resolvers.stream import StreamEvent


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: StreamEvent, context: LambdaContext) -> BatchResponse:
    """Give stock and payment back, each once; the first record that fails comes again, and those after it."""
    for record in event["Records"]:
        data = record["dynamodb"]
        try:
            order_id = parse_order_id(data["Keys"]["pk"]["S"].removeprefix("ORDER#"), "pk")
            about(order_id)
            released = release_stock(order_id, wiring.order_store(), wiring.stock_room())
            voided = void_payment(order_id, wiring.voiding_provider())
        except Exception:
            logger.exception("cancelled order not settled", sequence_number=data["SequenceNumber"])
            return {"batchItemFailures": [{"itemIdentifier": data["SequenceNumber"]}]}
        logger.info("cancelled order settled", released=released, voided=voided)
    return {"batchItemFailures": []}
