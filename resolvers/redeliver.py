"""The redelivery queue's worker: publishes one change on the one channel that missed it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orders.errors import ConfigurationError
from resolvers import wiring
from resolvers.dispatch import describe
from resolvers.log import logger
from resolvers.redelivery import read_message

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Publish again; what fails again stays in the queue, and ends in its dead-letter queue."""
    return process_partial_response(
        event=event, record_handler=_publish, processor=_processor, context=context
    )


def _publish(record: SQSRecord) -> None:
    try:
        name, change = read_message(record.body)
        logger.set_correlation_id(change.order_id)
        channel = next((one for one in wiring.channels() if one.name == name), None)
        if channel is None:
            raise ConfigurationError(f"There is no channel {name!r}.")
        channel.prepare()
        channel.publish(change, deadline=time.monotonic() + channel.deadline)
    except Exception as error:
        logger.warning("change not redelivered", error=describe(error), message_id=record.message_id)
        raise
    logger.info("change redelivered", version=change.version, channel=name)
