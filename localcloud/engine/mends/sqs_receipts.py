"""SQS: what a receipt handle may still do once its message was received again, became visible or was deleted.

Source: DeleteMessage and ChangeMessageVisibility in the SQS API reference, and the error texts that AWS
answers with.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from typing import NamedTuple, NoReturn

from localcloud.engine.mends.sqs_actions import refuse, refuse_value
from localcloud.engine.ministack.sqs import SQS, sqs
from localcloud.engine.patching import Context, Function, Record, mend

GONE = "Message does not exist or is not available for visibility timeout change."
EXPIRED = "The receipt handle has expired."


class ReceiptHandle(NamedTuple):
    """What a handle says: the queue and the message that it was given out for."""

    queue: str
    message: str


def new_handle(queue: str, message: str) -> str:
    """Return the handle of one receipt of a message; no two are the same.

    Examples
    --------
    >>> read_handle(new_handle("arn:aws:sqs:us-east-1:000000000000:work", "m-1")).message
    'm-1'
    """
    text = f"{secrets.token_hex(8)} {queue} {message}"
    return base64.b64encode(text.encode()).decode()


def read_handle(handle: str) -> ReceiptHandle | None:
    """Return what a handle says; None when no queue gave it out.

    Examples
    --------
    >>> read_handle("garbage") is None
    True
    """
    try:
        parts = base64.b64decode(handle, validate=True).decode().split(" ")
    except (binascii.Error, ValueError):
        return None
    return ReceiptHandle(parts[1], parts[2]) if len(parts) == 3 else None


def _invalid(handle: str) -> NoReturn:
    refuse("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')


def _outlived(handle: str, reason: str) -> NoReturn:
    refuse_value("ReceiptHandle", handle, reason)


def _place(queue: Record, handle: str) -> int | None:
    """Return the place of the message that a handle was given out for, as long as it is in the queue."""
    receipt = read_handle(handle)
    messages: list[Record] = queue["messages"]
    if receipt is not None and receipt.queue == queue["attributes"]["QueueArn"]:
        own = receipt.message
        return next((at for at, message in enumerate(messages) if message.get("id") == own), None)
    # A queue that was saved by an earlier version holds handles of another form.
    for at, message in enumerate(messages):
        if message.get("receipt_handle") == handle:
            return at
    _invalid(handle)


def _in_flight(message: Record, handle: str) -> bool:
    """Return whether a handle is the one that holds a message now."""
    return message["receipt_handle"] == handle and float(message["visible_at"]) > time.time()


@mend("sqs.receipts")
def older_receipts_are_taken(context: Context) -> None:
    """Take a receipt handle for what AWS takes it for.

    On AWS a handle is valid for as long as its queue is there. A standard queue deletes a message by the
    handle of its last receipt, also after the visibility timeout; by an older one the request succeeds and
    the message, which another consumer has by now, stays; so it does when the message is gone. Visibility is
    changed by any handle while the message is there. A FIFO queue refuses a handle whose time is over.
    MiniStack calls every handle invalid but the last, and takes an expired one in FIFO queues.
    """
    find, wake = sqs.get_queue, sqs.esm_wake

    @SQS.collect_messages.wrap
    def _(before: Function) -> Function:
        def collect(queue: Record, limit: int, visibility: int) -> list[Record]:
            received: list[Record] = before(queue, limit, visibility)
            for message in received:
                message["receipt_handle"] = new_handle(queue["attributes"]["QueueArn"], message["id"])
            return received

        return collect

    def delete(queue: Record, handle: str) -> None:
        if not handle:
            refuse("MissingParameter", "The request must contain the parameter ReceiptHandle.")
        place = _place(queue, handle)
        if place is None:
            return
        message = queue["messages"][place]
        if queue["is_fifo"] and not _in_flight(message, handle):
            _outlived(handle, EXPIRED)
        if message["receipt_handle"] == handle:
            del queue["messages"][place]

    def change(queue: Record, handle: str, seconds: int) -> None:
        place = _place(queue, handle)
        message: Record | None = None if place is None else queue["messages"][place]
        if message is None or (queue["is_fifo"] and not _in_flight(message, handle)):
            _outlived(handle, GONE)
        message["visible_at"] = time.time() + seconds
        if seconds == 0:
            wake.set()

    def change_by(entry: Record, queue: Record) -> None:
        change(queue, entry.get("ReceiptHandle", ""), int(entry.get("VisibilityTimeout", 30)))

    @SQS.delete_message.wrap
    def _(before: Function) -> Function:
        def delete_message(data: Record, url: str) -> Record:
            delete(find(data.get("QueueUrl", url), "sqs:DeleteMessage"), data.get("ReceiptHandle", ""))
            return {}

        return delete_message

    @SQS.change_visibility.wrap
    def _(before: Function) -> Function:
        def change_visibility(data: Record, url: str) -> Record:
            change_by(data, find(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility"))
            return {}

        return change_visibility

    def each(entries: list[Record], kind: str, apply: Function) -> Record:
        sqs.validate_batch_entries(entries, kind)
        successful, failed = [], []
        for entry in entries:
            try:
                apply(entry)
            except sqs.Error as error:
                failed.append(
                    {"Id": entry["Id"], "Code": error.code, "Message": error.message, "SenderFault": True}
                )
            else:
                successful.append({"Id": entry["Id"]})
        return {"Successful": successful, "Failed": failed}

    @SQS.delete_message_batch.wrap
    def _(before: Function) -> Function:
        def delete_batch(data: Record, url: str) -> Record:
            queue = find(data.get("QueueUrl", url), "sqs:DeleteMessage")
            return each(
                data.get("Entries", []),
                "DeleteMessageBatchRequestEntry",
                lambda entry: delete(queue, entry.get("ReceiptHandle", "")),
            )

        return delete_batch

    @SQS.change_visibility_batch.wrap
    def _(before: Function) -> Function:
        def change_batch(data: Record, url: str) -> Record:
            queue = find(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
            return each(
                data.get("Entries", []),
                "ChangeMessageVisibilityBatchRequestEntry",
                lambda entry: change_by(entry, queue),
            )

        return change_batch
