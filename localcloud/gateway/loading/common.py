"""What the documents of both kinds of APIs have in common."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from botocore.exceptions import ClientError

Read = TypeVar("Read")
Warn = Callable[[str], None]
# AWS's own limit, for REST and WebSocket APIs alike.
LONGEST_SECONDS = 29.0
LONGEST_STREAM_SECONDS = 900.0
_INVOCATION = re.compile(
    r"^arn:[\w-]+:apigateway:[\w-]+:lambda:path/[\d-]+/functions/(?P<arn>[^/]+)/invocations$"
)
_STREAMING = re.compile(
    r"^arn:[\w-]+:apigateway:[\w-]+:lambda:path/2021-11-15/functions/(?P<arn>[^/]+)/"
    r"response-streaming-invocations$"
)


def function_arn(uri: str) -> str | None:
    """Return the function that an integration's or an authorizer's URI invokes; None when it is none.

    Examples
    --------
    >>> function_arn("arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    ...              "arn:aws:lambda:us-east-1:000000000000:function:hello/invocations")
    'arn:aws:lambda:us-east-1:000000000000:function:hello'
    >>> function_arn("https://example.com")
    """
    match = _INVOCATION.match(uri)
    if match is not None:
        return match["arn"]
    return uri if re.match(r"^arn:[\w-]+:lambda:[^/]+:function:[^/]+$", uri) else None


def streaming_function_arn(uri: str) -> str | None:
    """Return the function whose response a URI asks for piece by piece; None when it is none."""
    match = _STREAMING.match(uri)
    return None if match is None else match["arn"]


def seconds(milliseconds: int | None, longest: float = LONGEST_SECONDS) -> float:
    """Return an integration's time limit."""
    return min(longest, (milliseconds or 29_000) / 1000)


def unless_gone(read: Callable[[], Read]) -> Read | None:
    """Return what ``read`` does, or None when the API has been deleted meanwhile."""
    try:
        return read()
    except ClientError as error:
        if error.response["Error"]["Code"] == "NotFoundException":
            return None
        raise
