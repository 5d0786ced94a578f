"""Tags of delivery streams."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.firehose.errors import InvalidArgument, LimitExceeded

MOST: Final = 50


def checked_tags(
    documents: list[Mapping[str, Any]], before: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Return tags by their keys, added to those of before.

    Raises
    ------
    InvalidArgument
    LimitExceeded
        There would be more than fifty.

    Examples
    --------
    >>> checked_tags([{"Key": "team", "Value": "shop"}])
    {'team': 'shop'}
    """
    tags = dict(before or {})
    for document in documents:
        key = str(document.get("Key") or "")
        if not 0 < len(key) <= 128 or key.lower().startswith("aws:"):
            raise InvalidArgument(f"The tag key {key!r} is not valid")
        tags[key] = str(document.get("Value") or "")
    if len(tags) > MOST:
        raise LimitExceeded(f"A delivery stream cannot have more than {MOST} tags")
    return tags


def tag_page(tags: Mapping[str, str], request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a page of ListTagsForDeliveryStream."""
    start, limit = str(request.get("ExclusiveStartTagKey") or ""), int(request.get("Limit") or MOST)
    keys = [key for key in sorted(tags) if key > start]
    page = [{"Key": key, "Value": tags[key]} for key in keys[:limit]]
    return {"Tags": page, "HasMoreTags": len(keys) > limit}
