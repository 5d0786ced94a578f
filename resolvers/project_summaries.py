"""What the bus has for the read model: each customer's orders and what they spent, by events alone.

A batch has events of many customers, live ones and replayed ones. Each customer's go into each generation by
one write; whose cannot stay in the queue.

No retry reads an event that cannot be read. Its attempts follow at once, so that it is among the dead letters
in seconds and a rebuild does not wait for it; the generations that lack it note it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from orders.events import OrderEvent
from orders.model import CustomerId
from orders.summaries.projecting import apply_events
from resolvers import wiring
from resolvers.batch_response import BatchResponse
from resolvers.bus_events import (
    QueueEvent,
    QueueRecord,
    about_its_order,
    failures,
    read_origin,
    read_record,
)
from resolvers.dispatch import describe
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from orders.summaries.generations import Generations
    from orders.summaries.ports import SummaryStore


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: QueueEvent, context: LambdaContext) -> BatchResponse:
    """Project the events of a batch."""
    about_its_order(event)
    store = wiring.summaries()
    generations = store.generations()
    stay: dict[str, None] = {}
    unreadable: list[QueueRecord] = []
    events: dict[tuple[str, CustomerId], list[OrderEvent]] = defaultdict(list)
    messages: dict[tuple[str, CustomerId], list[str]] = defaultdict(list)
    for record in event["Records"]:
        try:
            order_event, replay, _ = read_record(record)
        except Exception as error:
            logger.warning("event not read", error=describe(error), message_id=record["messageId"])
            stay[record["messageId"]] = None
            unreadable.append(record)
            continue
        for generation in generations.targets(replay):
            events[generation, order_event.customer_id].append(order_event)
            messages[generation, order_event.customer_id].append(record["messageId"])
    for (generation, customer), theirs in events.items():
        try:
            apply_events(generation, theirs, store)
        except Exception as error:
            logger.warning("event not projected", error=describe(error), generation=generation)
            stay.update(dict.fromkeys(messages[generation, customer]))
    if unreadable:
        _give_up_on(unreadable, generations, store)
    logger.info("events projected", events=len(event["Records"]), stay=len(stay))
    return failures(stay)


def _give_up_on(records: Sequence[QueueRecord], generations: Generations, store: SummaryStore) -> None:
    """Note which events cannot be read, and have their next attempts follow at once."""
    lacking: dict[str, set[str]] = defaultdict(set)
    for origin in map(read_origin, records):
        for generation in generations.targets(origin.replay):
            lacking[generation].add(origin.id)
    try:
        for generation, events in lacking.items():
            store.note_unreadable(generation, events)
        wiring.attempt_again([record["receiptHandle"] for record in records])
    except Exception as error:
        # Their attempts follow as any message's do.
        logger.warning("unreadable events not noted", error=describe(error), events=len(records))
