"""What CloudWatch shows of queues (``AWS/SQS``): counted at their actions, measured when it is read.

Source: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from localcloud.engine.ministack.sqs import SQS, Action, SyncAction, sqs
from localcloud.engine.patching import Function, Record
from localcloud.watchtower.facade import Dimensions, Metrics

NAMESPACE: Final = "AWS/SQS"


class QueueMeasures:
    """Measures every queue.

    Parameters
    ----------
    queued
        Called with a queue's name for each message that is put in it.
    """

    def __init__(self, metrics: Metrics, queued: Callable[[str], None]) -> None:
        self._sqs = sqs
        self._metrics = metrics
        self._queued = queued
        self._dimensions: dict[str, Dimensions] = {}

    def install(self) -> None:
        """Count at MiniStack's actions; to be called after the mends."""
        self._metrics.gauges[NAMESPACE] = self._gauge

        @SQS.send_message.wrap
        def _(before: Function) -> Function:
            def send(data: Record, url: str) -> Record:
                answer: Record = before(data, url)
                dimensions = self._of(data.get("QueueUrl", url))
                self._metrics.put(NAMESPACE, "NumberOfMessagesSent", dimensions, 1)
                self._queued(dimensions[0][1])
                size = len(data.get("MessageBody") or "")
                self._metrics.put(NAMESPACE, "SentMessageSize", dimensions, size, "Bytes")
                return answer

            return send

        @SQS.receive_message.wrap
        def _(before: Function) -> Function:
            async def receive(data: Record, url: str) -> Record:
                answer: Record = await before(data, url)
                received, dimensions = len(answer.get("Messages") or ()), self._of(data.get("QueueUrl", url))
                if received:
                    self._metrics.put(NAMESPACE, "NumberOfMessagesReceived", dimensions, received)
                else:
                    self._metrics.put(NAMESPACE, "NumberOfEmptyReceives", dimensions, 1)
                return answer

            return receive

        self._count_deleted(SQS.delete_message, lambda _answer: 1)
        self._count_deleted(SQS.delete_message_batch, lambda answer: len(answer.get("Successful") or ()))

    def _count_deleted(self, action: Action[SyncAction], count: Callable[[Record], int]) -> None:
        @action.wrap
        def _(before: Function) -> Function:
            def delete(data: Record, url: str) -> Record:
                answer: Record = before(data, url)
                dimensions = self._of(data.get("QueueUrl", url))
                self._metrics.put(NAMESPACE, "NumberOfMessagesDeleted", dimensions, count(answer))
                return answer

            return delete

    def _of(self, url: str) -> Dimensions:
        dimensions = self._dimensions.get(url)
        if dimensions is None:
            dimensions = self._dimensions[url] = (("QueueName", url.rpartition("/")[2]),)
        return dimensions

    def _gauge(self, metrics: Metrics) -> None:
        now = time.time()
        for _, queue in list(self._sqs.queues.all_items()):
            dimensions = self._of(queue["url"])
            for name, value in depth_of(queue["messages"], now).items():
                unit = "Seconds" if name == "ApproximateAgeOfOldestMessage" else "Count"
                metrics.put(NAMESPACE, name, dimensions, value, unit)


def depth_of(messages: list[Record], now: float) -> dict[str, float]:
    """Return how many messages a queue holds, by their state, and how old the oldest one is.

    Examples
    --------
    >>> depth = depth_of([{"visible_at": 5.0, "sent_at": 0.0, "receive_count": 0}], 10.0)
    >>> depth["ApproximateNumberOfMessagesVisible"], depth["ApproximateAgeOfOldestMessage"]
    (1.0, 10.0)
    """
    visible = [message for message in messages if message.get("visible_at", now) <= now]
    hidden = [message for message in messages if message.get("visible_at", now) > now]
    in_flight = sum(bool(message.get("receive_count")) for message in hidden)
    # A message that is delayed is not yet there for the age; one that is being handled is.
    sent = [
        message.get("sent_at", now)
        for message in messages
        if message.get("receive_count") or message.get("visible_at", now) <= now
    ]
    return {
        "ApproximateNumberOfMessagesVisible": float(len(visible)),
        "ApproximateNumberOfMessagesNotVisible": float(in_flight),
        "ApproximateNumberOfMessagesDelayed": float(len(hidden) - in_flight),
        "ApproximateAgeOfOldestMessage": max(0.0, now - min(sent, default=now)),
    }
