"""The order queue's worker: starts the workflow of each order that waits there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orders.parsing import parse_order_id
from orders.starting import start_order
from resolvers import wiring
from resolvers.log import logger
from resolvers.tracer import about, of_message, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

# A batch that fails as a whole is answered like any other: raising instead would hide which
# messages failed, and count as an error of the function while StartExecution is throttled.
_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Start the orders of a batch; those that could not be started stay in the queue."""
    return process_partial_response(
        event=event, record_handler=_start_one, processor=_processor, context=context
    )


def _start_one(record: SQSRecord) -> None:
    # A batch has many, and each its own id and trace.
    with of_message("start order", record.attributes.aws_trace_header):
        _start(record)


def _start(record: SQSRecord) -> None:
    try:
        body = json.loads(record.body)
        order_id = parse_order_id(body.get("orderId") if isinstance(body, dict) else None, "orderId")
        about(order_id)
        started = start_order(order_id, wiring.order_store(), wiring.workflows(), wiring.express_rule())
    except Exception as error:
        logger.warning("order not started", error=type(error).__name__, message_id=record.message_id)
        raise
    logger.info("order started" if started else "order was started before")
