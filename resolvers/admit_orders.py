"""The worker of the queues that API Gateway fills by itself: admits each order that waits there.

API Gateway has verified who sends, and its template has put that beside the order: the attributes
``customerId`` and ``audience`` are the token's claims, ``orderId`` is the path's. The order
itself is not validated yet.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    SqsFifoPartialProcessor,
    process_partial_response,
)

from orders.adapters.xray.header import parse_header
from orders.admission import Application, admit_order
from orders.errors import CallerError
from orders.model import CustomerId, timestamp
from orders.parsing import parse_order_id
from resolvers import run_wiring, wiring
from resolvers.log import logger
from resolvers.tracer import about, of_message, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

# As for the order queue: a batch that fails as a whole is answered like any other.
_standard = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
# Of a FIFO queue, what follows a failure in its group stays as well, or it would overtake.
_fifo = SqsFifoPartialProcessor(skip_group_on_error=True)
_fifo.raise_on_entire_batch_failure = False


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Admit the orders of a batch; those that could not be started stay in the queue."""
    processor = _fifo if is_fifo(event) else _standard
    return process_partial_response(
        event=event, record_handler=_admit_one, processor=processor, context=context
    )


def is_fifo(event: dict[str, object]) -> bool:
    """Return whether a batch is of a FIFO queue.

    Examples
    --------
    >>> is_fifo({"Records": [{"eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:intake.fifo"}]})
    True
    """
    records = event.get("Records")
    first = records[0] if isinstance(records, list) and records else {}
    return str(first.get("eventSourceARN")).endswith(".fifo")


def _admit_one(record: SQSRecord) -> None:
    # A batch has many, and each its own id and trace.
    with of_message("admit order", record.attributes.aws_trace_header):
        _admit(record)


def _admit(record: SQSRecord) -> None:
    try:
        if _attribute(record, "audience") != wiring.audience():
            # The pool may have clients of other applications, whose users did not agree to order here.
            logger.info("order refused", error="OtherAudience")
            return
        application = _application(record)
        about(application.order_id)
        started = admit_order(application, wiring.order_store(), wiring.workflows(), wiring.express_rule())
    except CallerError as error:
        # Its sender is gone, and the next time it fails again: it leaves the queue.
        logger.info("order refused", error=type(error).__name__, info=error.info)
        return
    except Exception as error:
        logger.warning("order not admitted", error=type(error).__name__, message_id=record.message_id)
        raise
    logger.info("order admitted" if started else "order was admitted before")


def _application(record: SQSRecord) -> Application:
    sent = datetime.fromtimestamp(int(record.attributes.sent_timestamp) / 1000, UTC)
    # Of the request, where API Gateway has passed it on; this invocation has many orders.
    header = parse_header(record.attributes.aws_trace_header)
    return Application(
        document=json.loads(record.body),
        order_id=parse_order_id(_attribute(record, "orderId"), "orderId"),
        customer_id=CustomerId(_attribute(record, "customerId")),
        sent_at=timestamp(sent),
        trace=None if header is None else str(header),
        orchestrator=run_wiring.orchestrator(),
    )


def _attribute(record: SQSRecord, name: str) -> str:
    attribute = record.message_attributes[name]
    value = None if attribute is None else attribute.string_value
    if not value:
        raise ValueError(f"The message has no attribute {name}.")
    return value
