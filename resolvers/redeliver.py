"""The redelivery queue's worker: publishes one change on the one channel that missed it."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response

from orders.errors import ConfigurationError
from resolvers import publishing
from resolvers.chains import Attempt
from resolvers.deliveries import REDELIVERY, trace_attempts
from resolvers.dispatch import describe
from resolvers.log import logger
from resolvers.metrics import REDELIVERED, count
from resolvers.redelivery import read_message
from resolvers.tracer import RECORDER, about, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orders.model import OrderStatusChanged
    from orders.ports import Channel

MARGIN = 1.0
"""Seconds of the invocation that are left for its answer."""

_processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, object], context: LambdaContext) -> PartialItemFailureResponse:
    """Publish again; what fails again stays in the queue, and ends in its dead-letter queue.

    No shard waits here as it does for fan-out, so each message has an even share of what is left of the
    invocation: a change that did not reach all of a thousand connections in time must not be cut short
    at the same place again.
    """
    until = time.monotonic() + context.get_remaining_time_in_millis() / 1000 - MARGIN
    records = event["Records"]
    remaining = len(records) if isinstance(records, list) else 1

    def publish(record: SQSRecord) -> None:
        nonlocal remaining
        share = (until - time.monotonic()) / remaining
        remaining -= 1
        _publish(record, share)

    return process_partial_response(
        event=event, record_handler=publish, processor=_processor, context=context
    )


def _publish(record: SQSRecord, seconds: float) -> None:
    try:
        name, change = read_message(record.body)
        about(change.order_id)
        channel = next((channel for channel in publishing.channels() if channel.name == name), None)
        if channel is None:
            raise ConfigurationError(f"There is no channel {name!r}, or it is switched off.")
        channel.prepare()
        _attempt(channel, change, time.monotonic() + max(channel.deadline, seconds))
    except Exception as error:
        logger.warning("change not redelivered", error=describe(error), message_id=record.message_id)
        raise
    count(REDELIVERED, 1)
    logger.info("change redelivered", version=change.version, channel=name)


def _attempt(channel: Channel, change: OrderStatusChanged, deadline: float) -> None:
    """Publish, and write into the order's trace that it was tried again."""
    start, failure = time.time(), None
    try:
        channel.publish(change, deadline=deadline)
    except Exception as error:
        failure = error
        raise
    finally:
        attempt = Attempt(change, channel.name, start, time.time(), failure)
        trace_attempts(REDELIVERY, [attempt], RECORDER)
