"""From a request to DynamoDB's operation, without MiniStack's table of all fifty for each."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from functools import lru_cache
from operator import attrgetter
from typing import Any

from localcloud.encodings.identifiers import new_uuid
from localcloud.engine.bodies import take
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.types import Operation
from localcloud.engine.patching import Function

# Of DynamoDB's facade, which holds operations itself once they are patched.
OPERATIONS: dict[str, Callable[[DynamoDB], Operation]] = {
    "GetItem": attrgetter("get_item"),
    "PutItem": attrgetter("put_item"),
    "UpdateItem": attrgetter("update_item"),
    "DeleteItem": attrgetter("delete_item"),
    "Query": attrgetter("query"),
    "BatchGetItem": attrgetter("batch_get_item"),
    "TransactWriteItems": attrgetter("transact_write_items"),
    "TransactGetItems": attrgetter("transact_get_items"),
}


def take_short_cuts() -> None:
    """Put the short way before MiniStack's dispatch; to be called after the mends."""
    DynamoDB.new_uuid.replace(new_uuid)
    DynamoDB.now_iso.replace(now_iso)

    @DynamoDB.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
            operation = OPERATIONS.get(headers.get("x-amz-target", "").rpartition(".")[2])
            try:
                # MiniStack's own services hand text over.
                data = take(body) if operation and type(body) is bytes else None
            except ValueError:
                data = None
            if operation is None or type(data) is not dict:
                return await before(method, path, headers, body, query)
            status, reply_headers, answer = operation(dynamodb)(data)
            # SDKs for Go verify it.
            reply_headers["x-amz-crc32"] = str(zlib.crc32(answer))
            return status, reply_headers, answer

        return handle


def now_iso() -> str:
    """Return the time as AWS writes it, such as ``2026-11-29T08:00:00.123Z``."""
    seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
    return f"{_second(seconds)}.{nanoseconds // 1_000_000:03d}Z"


@lru_cache(maxsize=8)
def _second(seconds: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
