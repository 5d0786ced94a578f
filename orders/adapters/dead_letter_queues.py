"""`orders.dead_letters.ports.Queues` on SQS."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orders.dead_letters.model import Letter, Move
from orders.model import Timestamp, timestamp

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageTypeDef, SendMessageRequestTypeDef

BATCH = 10
WAIT_SECONDS = 1
"""A receive that does not wait asks only some of SQS's servers."""
RUNNING = "already a task running"


class SqsDeadLetters:
    """Looks into queues, and moves what is there."""

    def __init__(self, client: SQSClient) -> None:
        self._client = client
        self._arns: dict[str, str] = {}

    def depth(self, url: str) -> int:
        """Return about how many messages there are, hidden ones included."""
        attributes = self._client.get_queue_attributes(
            QueueUrl=url,
            AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
        )["Attributes"]
        return sum(int(count) for count in attributes.values())

    def attempts(self, url: str) -> int | None:
        """Return after how many receipts a queue gives a message up."""
        attributes = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["RedrivePolicy"])
        policy = attributes.get("Attributes", {}).get("RedrivePolicy")
        return None if policy is None else int(json.loads(policy)["maxReceiveCount"])

    def take(self, url: str, *, seconds: int) -> Sequence[Letter]:
        """Receive up to ten messages."""
        answer = self._client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=seconds,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageSystemAttributeNames=["SentTimestamp", "MessageGroupId", "AWSTraceHeader"],
            MessageAttributeNames=["All"],
        )
        return [_letter(message) for message in answer.get("Messages", [])]

    def give_back(self, url: str, letters: Sequence[Letter]) -> None:
        """Show messages to others again; those that another consumer has by now stay with it."""
        for start in range(0, len(letters), BATCH):
            self._client.change_message_visibility_batch(
                QueueUrl=url,
                Entries=[
                    {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                    for number, letter in enumerate(letters[start : start + BATCH])
                ],
            )

    def delete(self, url: str, letter: Letter) -> None:
        """Delete a message."""
        self._client.delete_message(QueueUrl=url, ReceiptHandle=letter.receipt)

    def send(self, url: str, letter: Letter) -> None:
        """Send a message's body and attributes to another queue."""
        request: SendMessageRequestTypeDef = {
            "QueueUrl": url,
            "MessageBody": letter.body,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value}
                for name, value in letter.attributes.items()
            },
        }
        if letter.trace is not None:
            request["MessageSystemAttributes"] = {
                "AWSTraceHeader": {"DataType": "String", "StringValue": letter.trace}
            }
        if url.endswith(".fifo"):
            request["MessageGroupId"] = letter.group or letter.message_id
            request["MessageDeduplicationId"] = letter.message_id
        self._client.send_message(**request)

    def start_move(self, source: str, target: str) -> None:
        """Have all messages moved; nothing changes when a move is under way already."""
        try:
            self._client.start_message_move_task(
                SourceArn=self._arn(source), DestinationArn=self._arn(target)
            )
        except ClientError as error:
            if RUNNING not in str(error.response["Error"].get("Message")):
                raise

    def move(self, source: str) -> Move | None:
        """Return the latest task that moves a queue's messages."""
        tasks = self._client.list_message_move_tasks(SourceArn=self._arn(source), MaxResults=1)
        for task in tasks.get("Results", []):
            return Move(
                status=task["Status"],  # type: ignore[arg-type] # SQS has these five
                moved=task.get("ApproximateNumberOfMessagesMoved", 0),
                total=task.get("ApproximateNumberOfMessagesToMove", 0),
                started_at=_moment(task["StartedTimestamp"]),
                failure=task.get("FailureReason"),
            )
        return None

    def _arn(self, url: str) -> str:
        if url not in self._arns:
            attributes = self._client.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
            self._arns[url] = attributes["Attributes"]["QueueArn"]
        return self._arns[url]


def _letter(message: MessageTypeDef) -> Letter:
    system = message.get("Attributes", {})
    attributes = {}
    for name, value in message.get("MessageAttributes", {}).items():
        with suppress(KeyError):  # a binary one has no text
            attributes[name] = value["StringValue"]
    return Letter(
        message_id=message["MessageId"],
        receipt=message["ReceiptHandle"],
        body=message["Body"],
        sent_at=_moment(int(system.get("SentTimestamp", "0"))),
        attributes=attributes,
        group=system.get("MessageGroupId"),
        trace=system.get("AWSTraceHeader"),
    )


def _moment(milliseconds: int) -> Timestamp:
    return timestamp(datetime.fromtimestamp(milliseconds / 1000, UTC))
