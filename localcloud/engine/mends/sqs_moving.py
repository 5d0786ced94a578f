"""SQS: the work of a message move task, done as AWS does it: receive, send, delete."""

from __future__ import annotations

import asyncio
import contextvars

from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.sqs import SQS
from localcloud.engine.patching import Function, Record

# How many are moved before others have a turn, and for how long they are hidden meanwhile.
BATCH = 10
HIDDEN_SECONDS = 30


class MoveError(Exception):
    """The task ends: the message is what ListMessageMoveTasks gives as its FailureReason."""


class Mover:
    """Runs message move tasks on the event loop.

    A moved message is a new one, as on AWS: its id and its time are new, and it was never received.

    Parameters
    ----------
    sqs
        MiniStack's module, whose own actions receive, send and delete.
    """

    def __init__(self, sqs: SQS) -> None:
        self._sqs = sqs
        self._by_arn = sqs.queue_by_arn
        self._running: dict[str, asyncio.Task[None]] = {}
        # A journal writes all of a move as one.
        self.move: Function = self._move_message

    def runs(self, task: Record) -> bool:
        """Return whether a task is being worked on."""
        return task["id"] in self._running

    def run(self, task: Record) -> None:
        """Begin, or go on."""
        _, _, _, region, account, _ = task["source"].split(":", 5)
        context = contextvars.copy_context()
        # What goes on with a task after a start is not in its account and region.
        context.run(self._sqs_scope, account, region)
        work = asyncio.get_running_loop().create_task(self._move(task), context=context)
        self._running[task["id"]] = work
        work.add_done_callback(lambda _: self._running.pop(task["id"], None))

    def _sqs_scope(self, account: str, region: str) -> None:
        responses.set_request_account_id(account)
        responses.set_request_region(region)

    def cancel(self, task: Record) -> None:
        """Stop a task behind the message that it is about to move."""
        task["status"] = "CANCELLING"
        self._running[task["id"]].cancel()

    async def _move(self, task: Record) -> None:
        pause = 1 / task["rate"] if task["rate"] else 0
        try:
            # The caller that started it gets its answer first.
            await asyncio.sleep(0)
            while self._move_some(task, 1 if pause else BATCH):  # noqa: ASYNC110 - a rate is kept
                await asyncio.sleep(pause)
            task["status"] = "COMPLETED"
        except asyncio.CancelledError:
            task["status"] = "CANCELLED"
        except MoveError as error:
            task["status"], task["reason"] = "FAILED", str(error)

    def _move_some(self, task: Record, limit: int) -> bool:
        """Move up to ``limit`` messages; return whether there were any."""
        source = self._queue(task["source"])
        self._sqs.expire_retained(source)
        messages: list[Record] = self._sqs.collect_messages(source, limit, HIDDEN_SECONDS)
        for number, message in enumerate(messages):
            try:
                self.move(source, message, self._destination(task, message))
            except MoveError:
                self._give_back(source, messages[number:])
                raise
            task["moved"] += 1
        return bool(messages)

    def _queue(self, arn: str) -> Record:
        queue: Record | None = self._by_arn(arn)
        if queue is None:
            raise MoveError("AWS.SimpleQueueService.NonExistentQueue")
        return queue

    def _destination(self, task: Record, message: Record) -> Record:
        arn = task["destination"] or message.get("sys", {}).get("DeadLetterQueueSourceArn")
        if not arn:
            # It was sent to the dead-letter queue by another sender than SQS.
            raise MoveError("CouldNotDetermineMessageSource")
        return self._queue(arn)

    def _move_message(self, source: Record, message: Record, destination: Record) -> None:
        self._send(message, destination)
        self._act("DeleteMessage", {"QueueUrl": source["url"], "ReceiptHandle": message["receipt_handle"]})

    def _send(self, message: Record, destination: Record) -> None:
        data: Record = {
            "QueueUrl": destination["url"],
            "MessageBody": message["body"],
            "MessageAttributes": message.get("message_attributes") or {},
        }
        trace = message.get("sys", {}).get("AWSTraceHeader")
        if trace:
            header = {"DataType": "String", "StringValue": trace}
            data["MessageSystemAttributes"] = {"AWSTraceHeader": header}
        if message.get("group_id"):
            data["MessageGroupId"] = message["group_id"]
        if destination["is_fifo"] and message.get("dedup_id"):
            data["MessageDeduplicationId"] = message["dedup_id"]
        self._act("SendMessage", data)

    def _act(self, action: str, data: Record) -> None:
        try:
            # By the table: there the mends look in.
            self._sqs.actions[action](data, data["QueueUrl"])
        except self._sqs.Error as error:
            raise MoveError(self._sqs.query_compat_codes.get(error.code, error.code)) from error

    def _give_back(self, source: Record, messages: list[Record]) -> None:
        for message in messages:
            entry = {
                "QueueUrl": source["url"],
                "ReceiptHandle": message["receipt_handle"],
                "VisibilityTimeout": 0,
            }
            self._act("ChangeMessageVisibility", entry)
