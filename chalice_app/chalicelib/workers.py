"""What runs without a caller: the worker of the companion's queue, and what looks after connections."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING, TypedDict, cast

from chalice.app import Blueprint, CloudWatchEvent, Rate, SQSEvent

from chalicelib import log, wiring
from orders.operations import GraphQLConnection
from orders.parsing import parse_order_id
from orders.starting import start_order

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
    from aws_lambda_powertools.utilities.typing import LambdaContext

CLOSE_SECONDS = 3.0
"""For closing one connection."""

SWEPT_AT_ONCE = 500
"""Connections that one run forgets; the next one takes the rest."""

workers = Blueprint(__name__)


class Record(TypedDict):
    """The part of a message that is read here."""

    messageId: str
    body: str


class Batch(TypedDict):
    """What Lambda hands over from a queue."""

    Records: list[Record]


class Swept(TypedDict):
    """How many connections a run has forgotten, and how many it could not."""

    forgotten: int
    failed: int


# Chalice cannot declare `ReportBatchItemFailures`, without which Lambda deletes whatever a batch leaves
# over. So the declaration says batches of one, whose failure is the function's own; `tools/companion.py`
# makes them larger once it has set the flag and read it back.
@workers.on_sqs_message(
    queue_arn=os.environ.get("COMPANION_QUEUE_ARN", "arn:aws:sqs:us-east-1:000000000000:companion"),
    batch_size=1,
)
def start_orders(event: SQSEvent) -> PartialItemFailureResponse | None:
    """Start the orders of a batch; those that could not be started stay in the queue."""
    batch = cast("Batch", event.to_dict())
    if len(batch["Records"]) == 1:
        [record] = batch["Records"]
        _start(record["messageId"], record["body"])
        return None
    return _start_many(batch, cast("LambdaContext", event.context))


def _start_many(batch: Batch, context: LambdaContext) -> PartialItemFailureResponse:
    from aws_lambda_powertools.utilities.batch import (  # noqa: PLC0415 - one message needs none of it
        BatchProcessor,
        EventType,
        process_partial_response,
    )

    def start(record: SQSRecord) -> None:
        _start(record.message_id, record.body)

    # A batch that fails as a whole is answered like any other: raising would hide which messages failed.
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)
    return process_partial_response(
        event=cast("dict[str, object]", batch), record_handler=start, processor=processor, context=context
    )


def _start(message_id: str, text: str) -> None:
    try:
        body = json.loads(text)
        order_id = parse_order_id(body.get("orderId") if isinstance(body, dict) else None, "orderId")
        started = start_order(order_id, wiring.order_store(), wiring.workflows(), wiring.express_rule())
    except Exception as error:
        log.warning("order not started", error=type(error).__name__, message_id=message_id)
        raise
    log.info("order started" if started else "order was started before", correlation_id=order_id)


@workers.schedule(Rate(5, unit=Rate.MINUTES))
def sweep_connections(event: CloudWatchEvent) -> Swept:
    """Forget connections whose time is up: not every one says goodbye, and TTL may take two days.

    One that speaks GraphQL and has never said whose it is may be open still; it is closed.
    """
    connections = wiring.connections()
    swept = Swept(forgotten=0, failed=0)
    for connection in connections.stale(wiring.clock().now(), SWEPT_AT_ONCE):
        try:
            if isinstance(connection, GraphQLConnection) and connection.caller is None:
                _close(connection)
            connections.forget(connection.connection_id)
        except Exception:
            # One that cannot be removed must not keep the others; the next run tries again.
            log.exception("connection not forgotten", connection_id=connection.connection_id)
            swept["failed"] += 1
        else:
            swept["forgotten"] += 1
    log.info("connections swept", **swept)
    return swept


def _close(connection: GraphQLConnection) -> None:
    pusher = wiring.pusher()
    pusher.prepare()
    deadline = time.monotonic() + CLOSE_SECONDS
    pusher.disconnect(connection.endpoint, connection.connection_id, deadline=deadline)
