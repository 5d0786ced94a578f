"""Dead letters: the event as it was, and why it was not delivered as message attributes.

Source: "Using dead-letter queues to process undelivered events in EventBridge".
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final

from localcloud.deliveries.deliverer import Deliverer, Delivery
from localcloud.deliveries.events.event import Invocation
from localcloud.deliveries.events.failures import NO_RESOURCE, judge, unreached
from localcloud.deliveries.events.interfaces import EVENTS, CallDestination, CloudServices, Document, NoReply
from localcloud.deliveries.outcomes import Delivered, DeliveryRefused, Outcome, Unavailable
from localcloud.deliveries.schedule import MANAGED

logger = logging.getLogger(__name__)

MOST_MESSAGE: Final = 1024
# Called with whether the queue has the event; None where there is no queue.
Buried = Callable[[bool | None], None]


class DeadLetters:
    """Sends what was not delivered to the target's queue, and tries again while SQS is not to be had."""

    def __init__(self, services: CloudServices, deliverer: Deliverer) -> None:
        self._services, self._deliverer = services, deliverer

    def bury(
        self,
        invocation: Invocation,
        outcome: DeliveryRefused | Unavailable,
        exhausted: tuple[str | None, int],
        then: Buried,
    ) -> None:
        """Send a dead letter.

        Parameters
        ----------
        exhausted
            The limit that ended the retries (None where there was none), and how many there were.
        then
            Called at the end.
        """
        target = invocation.target
        what = f"the event {invocation.id} of {invocation.rule.arn} for {target.arn.text}"
        why = f"{outcome.code}: {outcome.reason}"
        queue = target.dead_letters
        if queue is None:
            logger.warning("EventBridge: %s is lost, there is no dead-letter queue: %s", what, why)
            then(None)
            return
        attributes = attributes_of(invocation, outcome, *exhausted)

        async def attempt() -> Outcome:
            sent = await self._send(invocation, queue, attributes)
            if isinstance(sent, Delivered):
                logger.warning("EventBridge: %s went to the dead letters: %s", what, why)
                then(True)
            return sent

        def lose(reason: str) -> None:
            text = "EventBridge: %s is lost: %s; the dead letters do not take it: %s"
            logger.warning(text, what, why, reason)
            then(False)

        self._deliverer.submit(Delivery(queue, attempt, MANAGED, lose))

    async def _send(self, invocation: Invocation, queue: str, attributes: dict[str, str]) -> Outcome:
        url = self._services.queue_url(queue)
        if url is None:
            return DeliveryRefused(f"there is no queue {queue}", NO_RESOURCE)
        document: Document = {
            "QueueUrl": url,
            "MessageBody": invocation.text,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }
        if invocation.trace is not None:
            header = {"StringValue": invocation.trace, "DataType": "String"}
            document["MessageSystemAttributes"] = {"AWSTraceHeader": header}
        rule = invocation.rule
        # Whatever role its target has, EventBridge itself sends dead letters.
        place = CallDestination(rule.account, rule.region, invocation.trace, EVENTS, rule.arn)
        try:
            return judge(await self._services.call(place, "sqs", "SendMessage", document))
        except NoReply as error:
            return unreached(error)


def attributes_of(
    invocation: Invocation, outcome: DeliveryRefused | Unavailable, exhausted: str | None, retries: int
) -> dict[str, str]:
    """Return a dead letter's attributes."""
    rule = "SCHEDULE_ARN" if ":scheduler:" in invocation.rule.arn else "RULE_ARN"
    attributes = {
        rule: invocation.rule.arn,
        "TARGET_ARN": invocation.target.arn.text,
        "ERROR_CODE": outcome.code or "UNKNOWN",
        "ERROR_MESSAGE": outcome.reason[:MOST_MESSAGE] or "no reason",
    }
    if exhausted is not None:
        attributes |= {"EXHAUSTED_RETRY_CONDITION": exhausted, "RETRY_ATTEMPTS": str(retries)}
    return attributes
