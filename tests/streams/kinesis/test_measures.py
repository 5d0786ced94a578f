"""What is measured has the names and dimensions that alarms are checked against."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from contextlib import suppress

from localcloud.streams.kinesis.errors import KinesisError
from localcloud.streams.kinesis.interfaces import Dimensions, Names, ProcessInterfaces
from localcloud.streams.kinesis.subscriptions import Subscription
from localcloud.watchtower.metrics.emitted import EMITTED
from tests.streams.kinesis.cloud import PLACE, Cloud


class Noted:
    """Keeps the names of what is measured, and adds up the values of streams."""

    def __init__(self) -> None:
        self.names: defaultdict[tuple[str, ...], set[str]] = defaultdict(set)
        self.sums: defaultdict[str, float] = defaultdict(float)

    def put_several(
        self, namespace: str, dimensions: Dimensions, names: Names, values: Sequence[float]
    ) -> None:
        assert namespace == "AWS/Kinesis"
        place = tuple(name for name, _ in dimensions)
        for (name, _unit), value in zip(names, values, strict=True):
            self.names[place].add(name)
            if place == ("StreamName",):
                self.sums[name] += value


def test_alarms_may_use_every_measured_metric() -> None:
    noted = Noted()
    cloud = Cloud(ProcessInterfaces(measures=noted))
    cloud.create()
    cloud("EnableEnhancedMonitoring", StreamName="orders", ShardLevelMetrics=["ALL"])
    for _ in range(3):
        entries = [{"PartitionKey": "a", "Data": b"1"}] * 400
        cloud("PutRecords", StreamName="orders", Records=entries)
    with suppress(KinesisError):
        cloud.put("a")
    iterator = cloud.iterator()
    for _ in range(6):
        with suppress(KinesisError):
            cloud.get(iterator)
    consumer = cloud("RegisterStreamConsumer", StreamARN=cloud.arn("orders"), ConsumerName="c")["Consumer"]
    request = {
        "ConsumerARN": consumer["ConsumerARN"],
        "ShardId": "0",
        "StartingPosition": {"Type": "TRIM_HORIZON"},
    }
    subscription = cloud.service.answer(PLACE, "SubscribeToShard", request)
    assert isinstance(subscription, Subscription) and subscription.event() is not None
    assert {place: set(names) for place, names in EMITTED["AWS/Kinesis"].items()} == noted.names
    assert noted.sums["IncomingRecords"] == 1000
    assert noted.sums["PutRecords.ThrottledRecords"] == 200
    assert noted.sums["WriteProvisionedThroughputExceeded"] == 201
    assert noted.sums["GetRecords.Records"] == 5000
    assert noted.sums["ReadProvisionedThroughputExceeded"] == 1
