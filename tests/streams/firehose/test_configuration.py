"""What CreateDeliveryStream takes and refuses, and what the other operations answer."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.streams.firehose.errors import InvalidArgument
from localcloud.streams.firehose.facade import FirehoseError
from localcloud.streams.firehose.queries import parse_query
from tests.streams.firehose.world import (
    CONVERSION,
    FUNCTION,
    LARGE,
    ROLE,
    Shop,
    extended,
    processing,
    processor,
)

QUERY = processor("MetadataExtraction", MetadataExtractionQuery="{a: .a}", JsonParsingEngine="JQ-1.6")
PARTITIONS = {"DynamicPartitioningConfiguration": {"Enabled": True}}
ERRORS = {"ErrorOutputPrefix": "e/!{firehose:error-output-type}/"}


@pytest.mark.parametrize(
    ("destination", "message"),
    [
        ({"BufferingHints": {"SizeInMBs": 129, "IntervalInSeconds": 60}}, "less than or equal to 128"),
        ({"BufferingHints": {"SizeInMBs": 1, "IntervalInSeconds": 901}}, "less than or equal to 900"),
        ({"BufferingHints": {"SizeInMBs": 1}}, "Both SizeInMBs and IntervalInSeconds"),
        ({"CompressionFormat": "Snappy"}, "Snappy is not served"),
        ({"CompressionFormat": "LZ4"}, "enum value set"),
        ({"Prefix": "!{timestamp:yyyy}/"}, "ErrorOutputPrefix cannot be null"),
        ({"Prefix": "!{timestamp:yyyy}/", "ErrorOutputPrefix": "e/"}, "at least one instance"),
        ({"Prefix": "!{firehose:error-output-type}/", **ERRORS}, "cannot contain"),
        ({"Prefix": "!{timestamp:QQ}/", **ERRORS}, "QQ are not served"),
        ({"Prefix": "!{when}/", **ERRORS}, "not of the form"),
        ({"Prefix": "!{partitionKeyFromQuery:a}/", **ERRORS}, "dynamic partitioning is not enabled"),
        ({"BucketARN": "arn:aws:s3:::"}, "regular expression pattern"),
        ({"FileExtension": "parquet"}, "regular expression pattern"),
        ({"CustomTimeZone": "Mars/Base"}, "not a supported time zone"),
        ({"S3BackupMode": "Enabled"}, "S3BackupConfiguration must be specified"),
        ({"DataFormatConversionConfiguration": CONVERSION}, "at least 64"),
        (
            {
                "DataFormatConversionConfiguration": CONVERSION,
                "BufferingHints": LARGE,
                "CompressionFormat": "GZIP",
            },
            "must be UNCOMPRESSED",
        ),
        (
            {
                "DataFormatConversionConfiguration": {
                    **CONVERSION,
                    "OutputFormatConfiguration": {"Serializer": {"OrcSerDe": {}}},
                },
                "BufferingHints": LARGE,
            },
            "OrcSerDe is not served",
        ),
        ({**PARTITIONS, **ERRORS, "BufferingHints": LARGE}, "must contain a partition key"),
        (
            {**PARTITIONS, "BufferingHints": LARGE, "Prefix": "a/"},
            "ErrorOutputPrefix cannot be empty",
        ),
        (
            {
                **PARTITIONS,
                **ERRORS,
                "BufferingHints": LARGE,
                "Prefix": "!{partitionKeyFromQuery:b}/",
                "ProcessingConfiguration": processing(QUERY),
            },
            "does not define the partition keys of Prefix: b",
        ),
        ({"ProcessingConfiguration": processing(FUNCTION, FUNCTION)}, "Multiple processors"),
        ({"ProcessingConfiguration": processing(QUERY)}, "need dynamic partitioning"),
        ({"ProcessingConfiguration": processing(processor("CloudWatchLogProcessing"))}, "not served"),
        ({"ProcessingConfiguration": processing(processor("Lambda", LambdaArn="x"))}, "not the ARN"),
    ],
)
def test_unsupported_destination_is_refused(destination: dict[str, Any], message: str) -> None:
    with pytest.raises(FirehoseError, match=message) as refusal:
        Shop().create(**destination)
    assert refusal.value.code == "InvalidArgumentException"


@pytest.mark.parametrize("kind", ["HttpEndpoint", "Redshift", "Amazonopensearchservice", "Iceberg"])
def test_other_destinations_are_refused_by_name(kind: str) -> None:
    request = {"DeliveryStreamName": "a", f"{kind}DestinationConfiguration": {"RoleARN": ROLE}}
    with pytest.raises(FirehoseError, match=f"the destination {kind} is not served"):
        Shop().service.answer("CreateDeliveryStream", request)


@pytest.mark.parametrize(
    "query",
    [
        "{a: .a | ascii_downcase}",
        "{a: (.a)}",
        ".a",
        "{a}",
        "{a: .}",
        "{a: .a..b}",
        "{a: .a[]}",
        "{a: .a[1:2]}",
        "{a: .a,}",
        "{a: .a?}",
        "{a: .a} | .",
        '{a: "b"}',
        "{}",
        "{a: .a.",
    ],
)
def test_query_beyond_paths_is_refused(query: str) -> None:
    with pytest.raises(InvalidArgument, match="plain paths"):
        parse_query(query)


@given(st.text(alphabet='{}[]:,."\\ab1|- ', max_size=20))
def test_any_query_is_read_or_refused(query: str) -> None:
    with contextlib.suppress(InvalidArgument):
        parse_query(query)


async def test_a_stream_is_described_with_its_defaults_and_listed_with_its_tags() -> None:
    shop = Shop()
    destination = {key: value for key, value in extended().items() if key != "BufferingHints"}
    request = {
        "DeliveryStreamName": "orders",
        "ExtendedS3DestinationConfiguration": destination,
        "Tags": [{"Key": "team", "Value": "shop"}],
    }
    arn = "arn:aws:firehose:us-east-1:000000000000:deliverystream/orders"
    assert shop.service.answer("CreateDeliveryStream", request) == {"DeliveryStreamARN": arn}
    answer = shop.service.answer("DescribeDeliveryStream", {"DeliveryStreamName": "orders"})
    description = answer["DeliveryStreamDescription"]
    assert description["DeliveryStreamStatus"] == "ACTIVE" and description["VersionId"] == "1"
    described = description["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert described["BufferingHints"] == {"SizeInMBs": 5, "IntervalInSeconds": 300}
    assert described["S3BackupMode"] == "Disabled"
    named = {"DeliveryStreamName": "orders"}
    assert shop.service.answer("ListTagsForDeliveryStream", named)["Tags"] == request["Tags"]
    shop.service.answer("UntagDeliveryStream", {**named, "TagKeys": ["team"]})
    assert shop.service.answer("ListTagsForDeliveryStream", named) == {"Tags": [], "HasMoreTags": False}
    assert shop.service.answer("ListDeliveryStreams", {"Limit": 1}) == {
        "DeliveryStreamNames": ["orders"],
        "HasMoreDeliveryStreams": False,
    }
    with pytest.raises(FirehoseError, match="already exists"):
        shop.service.answer("CreateDeliveryStream", request)
    shop.service.answer("DeleteDeliveryStream", named)
    with pytest.raises(FirehoseError, match="not found") as refusal:
        shop.service.answer("DescribeDeliveryStream", named)
    assert refusal.value.code == "ResourceNotFoundException"


async def test_batch_beyond_its_limits_is_refused() -> None:
    shop = Shop()
    shop.create()
    for records in ([], [b"a"] * 501, [b"a" * (1000 * 1024 + 1)], [b"a" * 1024 * 1000] * 5):
        with pytest.raises(FirehoseError) as refusal:
            shop.put(*records)
        assert refusal.value.code == "InvalidArgumentException"


async def test_put_beyond_the_rate_is_throttled_and_passes_later() -> None:
    shop = Shop()
    shop.create(BufferingHints={"SizeInMBs": 128, "IntervalInSeconds": 900})
    shop.put(*[b"a" * 1000 * 1024] * 4)
    with pytest.raises(FirehoseError, match=r"Slow down\.") as refusal:
        shop.put(*[b"a" * 1000 * 1024] * 3)
    assert refusal.value.code == "ServiceUnavailableException" and refusal.value.status == 503
    shop.factor = None
    shop.put(*[b"a" * 1000 * 1024] * 3)
    shop.factor = 1.0
    await shop.clock.pass_on(1)
    shop.put(*[b"a" * 1000 * 1024] * 3)
    assert shop.measured("ThrottledRecords") == 3
