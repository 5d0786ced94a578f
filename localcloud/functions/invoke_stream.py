"""InvokeWithResponseStream: a response as the messages of an event stream.

Source of the protocol: https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
"""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Final

from localcloud.encodings.event_stream import CONTENT_TYPE, encode_event
from localcloud.functions.model import InvokeResult
from localcloud.functions.response import ResponseStream
from localcloud.wire import StreamedResponse

MAX_CHUNK: Final = 1024 * 1024
_BINARY: Final = "application/octet-stream"


def streamed_answer(response: ResponseStream, *, tail: bool) -> StreamedResponse:
    """Return the answer to a call whose function has begun to respond, or has failed.

    Parameters
    ----------
    tail
        Whether the caller wants the end of the log.
    """
    headers = {
        "x-amzn-RequestId": response.request_id,
        "X-Amz-Executed-Version": response.version,
        "Content-Type": CONTENT_TYPE,
    }
    return StreamedResponse(_messages(response, tail=tail), 200, headers)


async def _messages(response: ResponseStream, *, tail: bool) -> AsyncIterator[bytes]:
    try:
        async for piece in response:
            for start in range(0, len(piece), MAX_CHUNK):
                yield encode_event("PayloadChunk", _BINARY, piece[start : start + MAX_CHUNK])
        yield encode_event("InvokeComplete", "application/json", _end(response.result.result(), tail=tail))
    finally:
        response.abandon()  # where the caller has gone before the end


def _end(result: InvokeResult, *, tail: bool) -> bytes:
    document: dict[str, str] = {}
    if result.function_error is not None:
        document["ErrorCode"] = result.function_error
        document["ErrorDetails"] = result.payload.decode(errors="replace")
    if tail:
        document["LogResult"] = base64.b64encode(result.log_tail.encode()).decode()
    return json.dumps(document).encode()
