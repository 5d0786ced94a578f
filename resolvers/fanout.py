"""The outbox's other end: the table's stream in, every change published on every channel that is on.

A change that a channel did not take goes to the redelivery queue, and only if that fails too
is its record reported as failed, so that Lambda reads the shard from there again. Clients merge
by version: what is published twice, or late, does no harm.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from orders.errors import NotQueued
from resolvers import publishing, wiring
from resolvers.batch_response import BatchResponse
from resolvers.chains import Outcome, Undelivered
from resolvers.deliveries import FANOUT, trace_attempts
from resolvers.dispatch import Dispatcher, describe
from resolvers.log import logger
from resolvers.metrics import count_batch
from resolvers.redelivery import to_message
from resolvers.stream import StreamEvent, changes_of
from resolvers.tracer import RECORDER, traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orders.model import OrderStatusChanged


@lru_cache(maxsize=1)
def _dispatcher() -> Dispatcher:
    return Dispatcher(publishing.channels(), observe=report)


def report(outcome: Outcome) -> None:
    """Count a batch, and write each change into its order's trace; nothing fails by this."""
    try:
        count_batch(outcome)
        trace_attempts(FANOUT, outcome.attempts, RECORDER)
    except Exception:
        logger.exception("batch not reported")


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: StreamEvent, context: LambdaContext) -> BatchResponse:
    """Publish the batch's changes; report the records that have to come again."""
    sequence_of: dict[OrderStatusChanged, str] = {}
    failed: set[str] = set()
    for record in event["Records"]:
        sequence = record["dynamodb"]["SequenceNumber"]
        try:
            for change in changes_of(record):
                sequence_of[change] = sequence
        except (ValueError, KeyError):
            logger.exception("record of the stream cannot be read", sequence_number=sequence)
            failed.add(sequence)
    undelivered = _dispatcher().publish(sequence_of)
    _log(sequence_of, undelivered)
    failed.update(sequence_of[pair.change] for pair in _redeliver(undelivered))
    return {"batchItemFailures": [{"itemIdentifier": sequence} for sequence in sorted(failed, key=int)]}


def _redeliver(undelivered: list[Undelivered]) -> list[Undelivered]:
    """Put ``undelivered`` in the redelivery queue; return what could not even be put there."""
    if not undelivered:
        return []
    try:
        wiring.send_to_redelivery([to_message(pair.channel, pair.change) for pair in undelivered])
    except NotQueued as error:
        logger.exception("redelivery queue refused changes")
        return [undelivered[index] for index in error.indexes]
    except Exception:
        logger.exception("redelivery queue cannot be reached")
        return undelivered
    return []


def _log(changes: dict[OrderStatusChanged, str], undelivered: list[Undelivered]) -> None:
    missed = {pair.change for pair in undelivered}
    for change in changes:
        if change not in missed:
            logger.info(
                "change published",
                correlation_id=change.order_id,
                version=change.version,
                status=change.status.value,
            )
    for pair in undelivered:
        logger.warning(
            "change not delivered",
            correlation_id=pair.change.order_id,
            version=pair.change.version,
            status=pair.change.status.value,
            channel=pair.channel,
            error=describe(pair.error),
        )
