"""Counts, and waits in between for its reader."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streaming_runtime import StreamingResponse


def handler(event: Any, context: Any) -> Any:
    parameters = event.get("queryStringParameters") or event.get("query") or {}
    if "fail" in parameters:
        raise LookupError("nothing to count")
    headers = {"Content-Type": "text/event-stream", "X-Method": str(event.get("httpMethod"))}
    return StreamingResponse(201, headers, counted(parameters), ["seen=1; Path=/"])


def counted(parameters: dict[str, str]) -> Iterator[str]:
    """Count to three; after each number, wait until there is a file of its name."""
    for number in ("one", "two", "three"):
        yield f"data: {number}\n\n"
        while "folder" in parameters and not Path(parameters["folder"], number).exists():
            time.sleep(0.005)
    if "break" in parameters:
        raise LookupError("lost count")


def echo(event: Any, context: Any) -> Any:
    """Answer the event of a function URL; with a body of its own on request."""
    if "plain" in (event.get("queryStringParameters") or {}):
        return {"any": "document"}
    return {
        "statusCode": 202,
        "headers": {"X-One": "1"},
        "cookies": ["a=1; Secure", "b=2"],
        "body": __import__("json").dumps(event),
    }
