"""The functions at each end of the queue."""

from __future__ import annotations

import os
import sys
from typing import Any


def forward(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send what comes to the queue; the first time an order asks for it, fail."""
    import boto3

    if event.get("trouble") and event.get("attempt", 0) == 0:
        raise RuntimeError("out of paper")
    boto3.client("sqs").send_message(QueueUrl=os.environ["QUEUE"], MessageBody=event["id"])
    return {"id": event["id"], "header": os.environ["_X_AMZN_TRACE_ID"]}


def finish(event: dict[str, Any], context: object) -> None:
    """Take messages, and say which trace they came in."""
    for record in event["Records"]:
        sys.stdout.write(f"finished {record['body']} {os.environ['_X_AMZN_TRACE_ID']}\n")


def show(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Answer API Gateway with the header that this invocation has."""
    return {"statusCode": 200, "body": os.environ["_X_AMZN_TRACE_ID"]}
