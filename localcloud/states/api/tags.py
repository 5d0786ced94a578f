"""Tags of state machines and activities."""

from __future__ import annotations

from localcloud.states.api.errors import ApiError, invalid_arn
from localcloud.states.api.region import Region
from localcloud.states.language.scope import Json

Request = dict[str, Json]
MOST = 50


def tag(region: Region, request: Request) -> Json:
    """TagResource."""
    tags = dict(_tags(region, request["resourceArn"]))
    tags.update({entry["key"]: entry.get("value", "") for entry in request["tags"]})
    if len(tags) > MOST:
        raise ApiError("TooManyTags", f"Too many tags: the limit is {MOST}")
    region.tags[request["resourceArn"]] = tags
    return {}


def untag(region: Region, request: Request) -> Json:
    """UntagResource."""
    tags = dict(_tags(region, request["resourceArn"]))
    for key in request["tagKeys"]:
        tags.pop(key, None)
    region.tags[request["resourceArn"]] = tags
    return {}


def listed(region: Region, request: Request) -> Json:
    """ListTagsForResource."""
    tags = _tags(region, request["resourceArn"])
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


def _tags(region: Region, arn: str) -> dict[str, str]:
    if not arn.startswith("arn:") or ":states:" not in arn:
        raise invalid_arn(arn)
    if arn not in region.machines and arn not in region.activities:
        raise ApiError("ResourceNotFound", f"Resource not found: '{arn}'")
    return region.tags.get(arn, {})
