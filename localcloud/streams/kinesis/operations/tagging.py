"""Tags of streams and consumers, and resource policies."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.consumers import Consumer
from localcloud.streams.kinesis.errors import InvalidArgument, NotFound
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.stream import DataStream

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
MOST_TAGS: Final = 50
LISTED: Final = 50
_FORBIDDEN: Final = re.compile(r"[^\w\s./=+\-@:%]")


def checked_tags(
    tags: Mapping[str, str], present: Mapping[str, str], name: str, account: str
) -> dict[str, str]:
    """Return tags with those that there are, if they may be added.

    Raises
    ------
    InvalidArgument
    """
    for text in (*tags, *tags.values()):
        if _FORBIDDEN.search(text):
            raise InvalidArgument(
                "Some tags contain invalid characters. Valid characters: Unicode letters, digits, white "
                "space, _ . / = + - % @."
            )
        if "%" in text:
            raise InvalidArgument(
                f"Failed to add tags to stream {name} under account {account} because some tags contained "
                "illegal characters. The allowed characters are Unicode letters, white-spaces, "
                "'_',',','/','=','+','-','@'."
            )
    both = {**present, **tags}
    if len(both) > MOST_TAGS:
        raise InvalidArgument(
            f"Failed to add tags to stream {name} under account {account} because a given stream cannot have "
            f"more than {MOST_TAGS} tags associated with it."
        )
    return both


def add_tags_to_stream(region: Region, request: Request) -> OperationResult:
    """Add tags to a stream, or change them."""
    return _tag(region, region.stream(request), None, request["Tags"])


def remove_tags_from_stream(region: Region, request: Request) -> OperationResult:
    """Take tags off a stream."""
    return _untag(region, region.stream(request), None, request["TagKeys"])


def list_tags_for_stream(region: Region, request: Request) -> OperationResult:
    """List a stream's tags by their keys, a page at a time."""
    stream = region.stream(request)
    after = request.get("ExclusiveStartTagKey") or ""
    tags = [(key, value) for key, value in sorted(stream.settings.tags.items()) if key > after]
    limit = request.get("Limit") or LISTED
    page = [{"Key": key, "Value": value} for key, value in tags[:limit]]
    return {"Tags": page, "HasMoreTags": len(tags) > limit}


def tag_resource(region: Region, request: Request) -> OperationResult:
    """Add tags to a stream or a consumer."""
    return _tag(region, *resource(region, request), request["Tags"])


def untag_resource(region: Region, request: Request) -> OperationResult:
    """Take tags off a stream or a consumer."""
    return _untag(region, *resource(region, request), request["TagKeys"])


def list_tags_for_resource(region: Region, request: Request) -> OperationResult:
    """List the tags of a stream or a consumer."""
    stream, consumer = resource(region, request)
    tags = consumer.tags if consumer is not None else stream.settings.tags
    return {"Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())]}


def resource(region: Region, request: Request) -> tuple[DataStream, Consumer | None]:
    """Return the stream, or the consumer with its stream, that a ResourceARN names.

    Raises
    ------
    InvalidArgument, NotFound
    """
    arn = request["ResourceARN"]
    if ":stream/" not in arn:
        raise NotFound(f"Resource {arn} not found.")
    if "/consumer/" in arn:
        return region.consumer({"ConsumerARN": arn})
    return region.stream({"StreamARN": arn}), None


def _tag(
    region: Region, stream: DataStream, consumer: Consumer | None, tags: Mapping[str, str]
) -> OperationResult:
    holder = consumer or stream.settings
    holder.tags = checked_tags(tags, holder.tags, stream.name, region.account)
    region.ports.keeping.stream(stream)
    return {}


def _untag(region: Region, stream: DataStream, consumer: Consumer | None, keys: list[str]) -> OperationResult:
    holder = consumer or stream.settings
    holder.tags = {key: value for key, value in holder.tags.items() if key not in keys}
    region.ports.keeping.stream(stream)
    return {}
