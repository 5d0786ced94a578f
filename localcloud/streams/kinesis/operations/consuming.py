"""Enhanced fan-out: consumers are registered, described, and subscribe to shards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.kinesis.consumers import MOST_CONSUMERS, Consumer
from localcloud.streams.kinesis.errors import DryRun, InUse, InvalidArgument, LimitExceeded
from localcloud.streams.kinesis.iterators import read_token, write_token
from localcloud.streams.kinesis.operations.putting import DRY_RUN
from localcloud.streams.kinesis.operations.tagging import checked_tags
from localcloud.streams.kinesis.positions import position_of
from localcloud.streams.kinesis.protocol import Moment
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.subscriptions import Subscription, subscribe

Request = Mapping[str, Any]
OperationResult = dict[str, Any]
LISTED: Final = 100


def register_stream_consumer(region: Region, request: Request) -> OperationResult:
    """Register a consumer: it can subscribe at once."""
    stream, name = region.stream(request), request["ConsumerName"]
    if name in stream.consumers:
        raise InUse(
            f"Consumer {name} under stream {stream.name} already exists for account {region.account}."
        )
    if len(stream.consumers) >= MOST_CONSUMERS:
        raise LimitExceeded(
            f"Stream {stream.name} under account {region.account} cannot have more than {MOST_CONSUMERS} "
            "registered consumers."
        )
    consumer = Consumer(stream.arn, name, region.now // 1000)
    consumer.tags = checked_tags(request.get("Tags") or {}, {}, stream.name, region.account)
    stream.consumers[name] = consumer
    region.ports.keeping.stream(stream)
    # On AWS it takes a moment, which is over here by the time it is described.
    return {"Consumer": {**described(consumer), "ConsumerStatus": "CREATING"}}


def described(consumer: Consumer) -> OperationResult:
    """Return a consumer as lists hold it."""
    return {
        "ConsumerName": consumer.name,
        "ConsumerARN": consumer.arn,
        "ConsumerStatus": "ACTIVE",
        "ConsumerCreationTimestamp": Moment(consumer.created),
    }


def deregister_stream_consumer(region: Region, request: Request) -> OperationResult:
    """Forget a consumer: its subscriptions end."""
    stream, consumer = region.consumer(request)
    del stream.consumers[consumer.name]
    for number in consumer.subscriptions:
        if number in stream.shards:
            stream.shards[number].notify()
    region.ports.keeping.stream(stream)
    return {}


def describe_stream_consumer(region: Region, request: Request) -> OperationResult:
    """Describe a consumer."""
    stream, consumer = region.consumer(request)
    return {"ConsumerDescription": {**described(consumer), "StreamARN": stream.arn}}


def list_stream_consumers(region: Region, request: Request) -> OperationResult:
    """List a stream's consumers by their names, a page at a time."""
    stream = region.stream(request)
    created = request.get("StreamCreationTimestamp")
    if created is not None and int(created) != stream.created // 1000:
        raise InvalidArgument(f"Stream {stream.name} was not created at the StreamCreationTimestamp.")
    after = ""
    if request.get("NextToken"):
        after = read_token("consumers", request["NextToken"], now=region.now)["after"]
    names = sorted(name for name in stream.consumers if name > after)
    page = names[: min(request.get("MaxResults") or LISTED, LISTED)]
    answer: OperationResult = {"Consumers": [described(stream.consumers[name]) for name in page]}
    if len(names) > len(page):
        answer["NextToken"] = write_token("consumers", {"after": page[-1]}, now=region.now)
    return answer


def subscribe_to_shard(region: Region, request: Request) -> Subscription:
    """Begin a subscription, for the adapter to run."""
    stream, consumer = region.consumer(request)
    shard = region.shard(stream, request["ShardId"], by_reader=True)
    start = request["StartingPosition"]
    position = position_of(
        region, (stream, shard), start["Type"], start.get("SequenceNumber"), start.get("Timestamp")
    )
    if request.get("DryRun"):
        raise DryRun(DRY_RUN)
    return subscribe(region, (stream, shard, consumer), position)
