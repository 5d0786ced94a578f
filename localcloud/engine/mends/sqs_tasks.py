"""SQS: the record of a message move task, as its source queue keeps it and as callers see it."""

from __future__ import annotations

import base64
import binascii
import json
import time
import uuid
from contextlib import suppress

from localcloud.engine.patching import Record


def new_task(source: str, destination: str | None, rate: int | None, waiting: int) -> Record:
    """Return the record of a task that begins now; it is kept with its source queue."""
    return {
        "id": str(uuid.uuid4()),
        "source": source,
        "destination": destination,
        "rate": rate,
        "status": "RUNNING",
        "moved": 0,
        "to_move": waiting,
        "started": int(time.time() * 1000),
        "reason": None,
    }


def handle_of(task: Record) -> str:
    """Return what names a task to its callers."""
    document = {"taskId": task["id"], "sourceArn": task["source"]}
    return base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


def read_handle(handle: str) -> tuple[str, str] | None:
    """Return the task's id and its source's ARN; None when it is no handle.

    Examples
    --------
    >>> task = new_task("arn:aws:sqs:us-east-1:000000000000:dead", None, None, 0)
    >>> read_handle(handle_of(task)) == (task["id"], task["source"])
    True
    >>> read_handle("foobared") is None
    True
    """
    with suppress(binascii.Error, ValueError, TypeError, KeyError):
        document = json.loads(base64.b64decode(handle, validate=True))
        return str(document["taskId"]), str(document["sourceArn"])
    return None


def described(task: Record) -> Record:
    """Return a task as ListMessageMoveTasks shows it."""
    document = {
        "TaskHandle": handle_of(task) if task["status"] == "RUNNING" else None,
        "Status": task["status"],
        "SourceArn": task["source"],
        "DestinationArn": task["destination"],
        "MaxNumberOfMessagesPerSecond": task["rate"],
        "ApproximateNumberOfMessagesMoved": task["moved"],
        "ApproximateNumberOfMessagesToMove": task["to_move"],
        "FailureReason": task["reason"],
        "StartedTimestamp": task["started"],
    }
    return {name: value for name, value in document.items() if value is not None}
