"""What the engine reads and patches of MiniStack's `services.dynamodb_streams`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response


class DynamoDBStreams(Facade, module="ministack.services.dynamodb_streams"):
    """MiniStack's `services.dynamodb_streams`."""

    get_records: Patch[Callable[[Record], Response]] = Patch("_get_records", "quick.streams")

    default_shard_id: Name[str] = Name("_DEFAULT_SHARD_ID")
    get_records_max_bytes: Name[int] = Name("_GET_RECORDS_MAX_BYTES")
    iterator_ttl_seconds: Name[int] = Name("_ITERATOR_TTL_SECONDS")
    decode_iterator: Name[Callable[[str], Record | None]] = Name("_decode_iterator")
    enabled_stream_info: Name[Callable[..., Record | None]] = Name("_enabled_stream_info")
    encode_iterator: Name[Callable[..., str]] = Name("_encode_iterator")


dynamodb_streams = DynamoDBStreams()
