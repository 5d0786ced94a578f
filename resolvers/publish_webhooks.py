"""What the bus has for webhooks: each change to the topic of its customer's endpoints.

A change that SNS does not take goes to the redelivery queue, as fan-out's do, and ends with its dead letters.
A replay brings nothing here: the rule leaves it out.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from orders.model import OrderStatusChanged
from resolvers import publishing, wiring
from resolvers.batch_response import BatchResponse
from resolvers.bus_events import BusEvent, QueueEvent, about_its_order, failures, read_record
from resolvers.chains import Attempt
from resolvers.deliveries import WEBHOOKS, trace_attempts
from resolvers.dispatch import describe
from resolvers.log import logger
from resolvers.metrics import count_attempts
from resolvers.redelivery import to_message
from resolvers.tracer import RECORDER, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from resolvers.channels.webhooks import WebhookChannel


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: QueueEvent, context: LambdaContext) -> BatchResponse:
    """Publish the events of a batch; those that could not even be handed on stay in the queue."""
    about_its_order(event)
    stay: list[str] = []
    attempts: list[Attempt] = []
    channel = publishing.webhooks()
    for record in event["Records"]:
        try:
            _handle(read_record(record), channel, attempts)
        except Exception as error:
            logger.warning("event not handed on", error=describe(error), message_id=record["messageId"])
            stay.append(record["messageId"])
    report(attempts)
    return failures(stay)


def report(attempts: list[Attempt]) -> None:
    """Count the attempts, and write each into its order's trace; nothing fails by this."""
    try:
        count_attempts(attempts)
        trace_attempts(WEBHOOKS, attempts, RECORDER)
    except Exception:
        logger.exception("batch not reported")


def _handle(bus_event: BusEvent, channel: WebhookChannel, attempts: list[Attempt]) -> None:
    change, start = _change(bus_event), time.time()
    failure: Exception | None = None
    try:
        channel.publish(change, deadline=time.monotonic() + channel.deadline)
    except Exception as error:
        failure = error
    attempts.append(Attempt(change, channel.name, start, time.time(), failure))
    if failure is not None:
        logger.warning(
            "change not delivered",
            correlation_id=change.order_id,
            version=change.version,
            status=change.status.value,
            channel=channel.name,
            error=describe(failure),
        )
        wiring.send_to_redelivery([to_message(channel.name, change)])


def _change(bus_event: BusEvent) -> OrderStatusChanged:
    event = bus_event.event
    return OrderStatusChanged(
        order_id=event.order_id,
        customer_id=event.customer_id,
        version=event.version,
        status=event.status,
        at=event.at,
        reason=event.reason,
        trace=bus_event.trace,
    )
