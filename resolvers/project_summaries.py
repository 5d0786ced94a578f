"""What the bus has for the read model: each customer's orders and what they spent, by events alone.

A batch has events of many customers, live ones and replayed ones. Each customer's go into each generation by
one write; whose cannot stay in the queue.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from orders.events import OrderEvent
from orders.model import CustomerId
from orders.summaries.projecting import apply_events
from resolvers import wiring
from resolvers.batch_response import BatchResponse
from resolvers.bus_events import QueueEvent, about_its_order, failures, read_record
from resolvers.dispatch import describe
from resolvers.log import logger
from resolvers.tracer import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext


@traced
@logger.inject_lambda_context(clear_state=True)
def handler(event: QueueEvent, context: LambdaContext) -> BatchResponse:
    """Project the events of a batch."""
    about_its_order(event)
    store = wiring.summaries()
    generations = store.generations()
    stay: dict[str, None] = {}
    events: dict[tuple[str, CustomerId], list[OrderEvent]] = defaultdict(list)
    messages: dict[tuple[str, CustomerId], list[str]] = defaultdict(list)
    for record in event["Records"]:
        try:
            order_event, replay, _ = read_record(record)
        except Exception as error:
            logger.warning("event not projected", error=describe(error), message_id=record["messageId"])
            stay[record["messageId"]] = None
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
    logger.info("events projected", events=len(event["Records"]), stay=len(stay))
    return failures(stay)
