"""Resource policies of streams and consumers: kept, checked for their form, and described."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.consumers import Consumer
from localcloud.streams.kinesis.errors import InvalidArgument, NotFound
from localcloud.streams.kinesis.operations.tagging import resource
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.stream import Settings

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
# What a policy may share: https://docs.aws.amazon.com/streams/latest/dev/controlling-access.html
OF_STREAMS: Final = frozenset(
    {
        *("kinesis:DescribeStream", "kinesis:DescribeStreamSummary", "kinesis:GetRecords"),
        *("kinesis:GetShardIterator", "kinesis:ListShards", "kinesis:PutRecord", "kinesis:PutRecords"),
    }
)
OF_CONSUMERS: Final = frozenset({"kinesis:DescribeStreamConsumer", "kinesis:SubscribeToShard"})


def put_resource_policy(region: Region, request: Request) -> OperationResult:
    """Set a policy."""
    stream, consumer = resource(region, request)
    _check(request["Policy"], request["ResourceARN"], OF_CONSUMERS if consumer else OF_STREAMS)
    _holder(consumer, stream.settings).policy = request["Policy"]
    region.ports.keeping.stream(stream)
    return {}


def get_resource_policy(region: Region, request: Request) -> OperationResult:
    """Return a policy; an empty one where there is none."""
    stream, consumer = resource(region, request)
    return {"Policy": _holder(consumer, stream.settings).policy or "{}"}


def delete_resource_policy(region: Region, request: Request) -> OperationResult:
    """Forget a policy."""
    stream, consumer = resource(region, request)
    holder = _holder(consumer, stream.settings)
    if not holder.policy:
        raise NotFound(f"No resource policy found for resource ARN {request['ResourceARN']}.")
    holder.policy = ""
    region.ports.keeping.stream(stream)
    return {}


def _holder(consumer: Consumer | None, settings: Settings) -> Consumer | Settings:
    return consumer or settings


def _check(text: str, arn: str, actions: frozenset[str]) -> None:
    """Check a policy's form.

    Raises
    ------
    InvalidArgument
    """
    try:
        policy = json.loads(text)
    except (ValueError, RecursionError):
        policy = None
    if not isinstance(policy, dict):
        raise InvalidArgument("Policy validation error: This policy contains invalid Json")
    for name in ("Version", "Statement"):
        if name not in policy:
            raise InvalidArgument(f"Policy validation error: Missing required field {name}")
    for statement in _listed(policy["Statement"]):
        if not isinstance(statement, dict):
            raise InvalidArgument("Policy validation error: This policy contains invalid Json")
        wrong = [action for action in _listed(statement.get("Action", [])) if str(action) not in actions]
        if wrong:
            names = ", ".join(f'"{action}"' for action in wrong)
            raise InvalidArgument(
                "Policy validation error: Resource policy contains invalid statement: The following action "
                f"names are invalid: {names}"
            )
        if any(resource != arn for resource in _listed(statement.get("Resource", []))):
            raise InvalidArgument(
                "Policy validation error: Resource policy contains invalid statement: The resource policy's "
                "resource must be the same as the resource ARN."
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
