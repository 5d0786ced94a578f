"""A function like many: a boto3 client when the first invocation needs one, and one call."""

from __future__ import annotations

import os
import time
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@cache
def dynamodb() -> DynamoDBClient:
    """Return the client of this environment."""
    import boto3  # noqa: PLC0415 - as the order's functions do it: no import before it is needed

    return boto3.client("dynamodb")


def handler(event: dict[str, object], context: object) -> dict[str, object]:
    """Ask DynamoDB for its tables; return whose environment this is, and the processor time it used."""
    first = dynamodb.cache_info().currsize == 0
    dynamodb().list_tables(Limit=1)
    return {"environment": os.getpid(), "first": first, "processor_ms": time.process_time() * 1000}
