"""What results of optimized integrations contain of the HTTP exchange."""

from __future__ import annotations

import zlib

from localcloud.states.integrations import text
from localcloud.states.integrations.transport import TaskReply
from localcloud.states.language.scope import Json


def header(reply: TaskReply, name: str) -> str | None:
    """Return a header, whatever its case."""
    value = reply.headers.get(name)
    if value is not None:
        return value
    return next((value for key, value in reply.headers.items() if key.lower() == name), None)


def request_id(reply: TaskReply) -> str:
    """Return the identifier of a reply's request."""
    return header(reply, "x-amzn-requestid") or header(reply, "x-amz-request-id") or text.request_id()


def exchange(headers: dict[str, str], identifier: str, status: int = 200) -> dict[str, Json]:
    """Return the members that describe an exchange."""
    return {
        "SdkHttpMetadata": {
            "AllHttpHeaders": {name: [value] for name, value in headers.items()},
            "HttpHeaders": headers,
            "HttpStatusCode": status,
        },
        "SdkResponseMetadata": {"RequestId": identifier},
    }


def of_reply(reply: TaskReply, *, checksum: bool = False) -> dict[str, Json]:
    """Return the members that describe a service's reply.

    Parameters
    ----------
    checksum
        Whether the service sends one of the body, as DynamoDB does.
    """
    identifier = request_id(reply)
    headers = {
        "Connection": "keep-alive",
        "Content-Length": str(len(reply.body)),
        "Content-Type": header(reply, "content-type") or "application/x-amz-json-1.0",
        "Date": text.date(),
        **({"Server": "Server", "x-amz-crc32": str(zlib.crc32(reply.body))} if checksum else {}),
        "x-amzn-RequestId": identifier,
    }
    return exchange(headers, identifier, reply.status)
