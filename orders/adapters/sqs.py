"""`OrderQueue` on SQS, and the one way of sending many messages."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orders.adapters.xray.header import current_text
from orders.errors import NotQueued
from orders.model import OrderId

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import SendMessageBatchRequestEntryTypeDef

BATCH = 10
"""SQS's limit on the messages of one call."""


def send_all(client: SQSClient, queue_url: str, bodies: Sequence[str], *, delay: int = 0) -> None:
    """Send ``bodies``, ten at a time, as a part of this invocation's trace; ``delay`` is in seconds.

    Raises
    ------
    NotQueued
        When SQS answered 200 and refused some: a batch's answer has to be read.
    """
    refused: list[int] = []
    trace = current_text()
    for start in range(0, len(bodies), BATCH):
        batch: list[SendMessageBatchRequestEntryTypeDef] = [
            {"Id": str(start + offset), "MessageBody": body}
            for offset, body in enumerate(bodies[start : start + BATCH])
        ]
        for entry in batch if delay else ():
            entry["DelaySeconds"] = delay
        for entry in batch if trace is not None else ():
            # SQS charges nothing for it, and Lambda links the batch's trace with it.
            entry["MessageSystemAttributes"] = {
                "AWSTraceHeader": {"DataType": "String", "StringValue": trace or ""}
            }
        answer = client.send_message_batch(QueueUrl=queue_url, Entries=batch)
        refused += [int(failure["Id"]) for failure in answer.get("Failed", [])]
    if refused:
        raise NotQueued(refused, len(bodies))


def make_visible(client: SQSClient, queue_url: str, receipt_handles: Sequence[str]) -> None:
    """Let the next attempt of messages begin at once, ten at a time; what SQS refuses comes back in time."""
    for start in range(0, len(receipt_handles), BATCH):
        client.change_message_visibility_batch(
            QueueUrl=queue_url,
            Entries=[
                {"Id": str(number), "ReceiptHandle": handle, "VisibilityTimeout": 0}
                for number, handle in enumerate(receipt_handles[start : start + BATCH])
            ],
        )


class SQSOrderQueue:
    """Orders waiting for a worker: each message is ``{"orderId": ...}``."""

    def __init__(self, client: SQSClient, queue_url: str) -> None:
        self._client = client
        self._url = queue_url

    def put(self, order_ids: Sequence[OrderId], *, delay: int = 0) -> None:
        """Put all of them in the queue."""
        send_all(
            self._client,
            self._url,
            [json.dumps({"orderId": order_id}, separators=(",", ":")) for order_id in order_ids],
            delay=delay,
        )

    def waiting(self) -> int:
        """Return about how many messages the queue holds, those in flight and delayed included."""
        attributes = self._client.get_queue_attributes(
            QueueUrl=self._url,
            AttributeNames=[
                "ApproximateNumberOfMessages",
                "ApproximateNumberOfMessagesNotVisible",
                "ApproximateNumberOfMessagesDelayed",
            ],
        )["Attributes"]
        return sum(int(count) for count in attributes.values())
