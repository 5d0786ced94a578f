"""Every operation of botocore's model is answered, and a request that is wrong in AWS's words."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.loaders import create_loader

from localcloud.streams.kinesis.errors import (
    DryRun,
    ExpiredNextToken,
    InUse,
    InvalidArgument,
    KinesisError,
    LimitExceeded,
    NotFound,
    Serialization,
    UnknownOperation,
    Validation,
)
from localcloud.streams.kinesis.members import MEMBERS
from localcloud.streams.kinesis.operations.catalog import OPERATIONS
from localcloud.streams.kinesis.protocol import CBOR, JSON, kind_of, read
from tests.streams.kinesis.cloud import Cloud, Json

MODEL: Json = create_loader().load_service_model("kinesis", "service-2")
# Announced in the year that the model is of, and not served: each answers UnknownOperationException.
NEWER = ("Queue", "Channel")


def test_every_operation_of_the_model_is_answered(cloud: Cloud) -> None:
    newer = {name for name in MODEL["operations"] if any(noun in name for noun in NEWER)}
    assert OPERATIONS.keys() == MODEL["operations"].keys() - newer
    for name in newer:
        with pytest.raises(UnknownOperation, match=f"^{name}: the local cloud has no queues and channels"):
            cloud(name)
    with pytest.raises(UnknownOperation, match=r"^Unknown operation Nonsense$"):
        cloud("Nonsense")


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_an_operation_requires_what_the_model_requires(name: str) -> None:
    shape = MODEL["shapes"][MODEL["operations"][name]["input"]["shape"]]
    assert set(OPERATIONS[name].required) == set(shape.get("required", ()))
    assert shape["members"].keys() <= MEMBERS.keys()


def test_missing_or_invalid_member_is_refused_in_the_words_of_aws(cloud: Cloud) -> None:
    with pytest.raises(Validation) as raised:
        cloud("GetShardIterator", StreamName="a b", ShardIteratorType="FIRST")
    assert raised.value.message == (
        "3 validation errors detected: "
        "Value 'a b' at 'streamName' failed to satisfy constraint: Member must satisfy regular expression "
        "pattern: [a-zA-Z0-9_.-]+; "
        "Value 'FIRST' at 'shardIteratorType' failed to satisfy constraint: Member must satisfy enum value "
        "set: [AFTER_SEQUENCE_NUMBER, LATEST, AT_TIMESTAMP, AT_SEQUENCE_NUMBER, TRIM_HORIZON]; "
        "Value null at 'shardId' failed to satisfy constraint: Member must not be null"
    )
    cloud.create()
    with pytest.raises(Validation, match=r"^1 validation error detected: Value null at 'partitionKey'"):
        cloud("PutRecord", StreamName="orders", Data=b"x")
    with pytest.raises(Validation, match=r"at 'records\.2\.member\.partitionKey' failed .* equal to 256$"):
        entries = [{"PartitionKey": key, "Data": b""} for key in ("a", "a" * 257)]
        cloud("PutRecords", StreamName="orders", Records=entries)


@pytest.mark.parametrize(
    ("members", "words"),
    [
        ({"StreamName": 7}, "NUMBER_VALUE can not be converted to a String"),
        ({"StreamName": ["a"]}, "Start of list found where not expected"),
        ({"Limit": "7"}, "STRING_VALUE can not be converted to an Integer"),
        ({"Limit": True}, "TRUE_VALUE can not be converted to an Integer"),
    ],
)
def test_a_member_of_another_type_cannot_be_read(cloud: Cloud, members: Json, words: str) -> None:
    with pytest.raises(Serialization, match=words):
        cloud("DescribeStream", **members)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        *((JSON, body) for body in (b"{", b"[]", b'{"Data": "a"}', b'{"Records": [{"Data": "a?=="}]}')),
        *((CBOR, body) for body in (b"\xff", b"\x80", b"", b"\xa1\x61")),
    ],
)
def test_body_that_is_no_document_is_a_serialization_error(kind: str, body: bytes) -> None:
    with pytest.raises(Serialization):
        read(kind_of(kind), body)


def test_streams_are_created_once_and_listed_a_page_at_a_time(cloud: Cloud) -> None:
    for name in ("a", "b", "c"):
        cloud.create(name)
    with pytest.raises(InUse, match=r"^Stream a under account 000000000000 already exists\.$"):
        cloud.create("a")
    page = cloud("ListStreams", Limit=2)
    assert (page["StreamNames"], page["HasMoreStreams"]) == (["a", "b"], True)
    rest = cloud("ListStreams", NextToken=page["NextToken"])
    assert (rest["StreamNames"], rest["HasMoreStreams"]) == (["c"], False)
    assert cloud("ListStreams", ExclusiveStartStreamName="b")["StreamNames"] == ["c"]
    cloud.seconds += 301
    with pytest.raises(ExpiredNextToken):
        cloud("ListStreams", NextToken=page["NextToken"])


def test_shards_are_listed_a_page_at_a_time(cloud: Cloud) -> None:
    cloud.create(shards=3)
    page = cloud("ListShards", StreamName="orders", MaxResults=2)
    rest = cloud("ListShards", NextToken=page["NextToken"])
    ids = [shard["ShardId"] for shard in [*page["Shards"], *rest["Shards"]]]
    assert ids == [f"shardId-{number:012}" for number in range(3)] and "NextToken" not in rest
    with pytest.raises(InvalidArgument, match=r"^NextToken and StreamName cannot be provided together\.$"):
        cloud("ListShards", StreamName="orders", NextToken=page["NextToken"])
    with pytest.raises(InvalidArgument, match=r"^Either NextToken or StreamName should be provided\.$"):
        cloud("ListShards")
    described = cloud("DescribeStream", StreamName="orders", Limit=1)["StreamDescription"]
    assert (len(described["Shards"]), described["HasMoreShards"]) == (1, True)


def test_a_stream_on_demand_has_four_shards_and_may_ignore_keys(cloud: Cloud) -> None:
    cloud("CreateStream", StreamName="free", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    arn = cloud.arn("free")
    assert len(cloud.shards("free")) == 4
    cloud("UpdateStreamRecordDistributionStrategy", StreamARN=arn, RecordDistributionStrategy="AUTO")
    shards = {cloud("PutRecord", StreamARN=arn, Data=b"x")["ShardId"] for _ in range(4)}
    assert len(shards) == 4
    cloud("UpdateStreamMode", StreamARN=arn, StreamModeDetails={"StreamMode": "PROVISIONED"})
    with pytest.raises(Validation, match="Value null at 'partitionKey'"):
        cloud("PutRecord", StreamARN=arn, Data=b"x")
    with pytest.raises(InvalidArgument, match="ON_DEMAND"):
        cloud("UpdateStreamRecordDistributionStrategy", StreamARN=arn, RecordDistributionStrategy="AUTO")
    with pytest.raises(InvalidArgument, match="ShardCount must not be specified"):
        cloud("CreateStream", StreamName="x", ShardCount=1, StreamModeDetails={"StreamMode": "ON_DEMAND"})
    assert cloud("DescribeLimits")["OpenShardCount"] == 4


def test_warm_throughput_takes_a_commitment(cloud: Cloud) -> None:
    cloud("CreateStream", StreamName="free", StreamModeDetails={"StreamMode": "ON_DEMAND"})
    with pytest.raises(InvalidArgument, match="MinimumThroughputBillingCommitment"):
        cloud("UpdateStreamWarmThroughput", StreamName="free", WarmThroughputMiBps=10)
    cloud("UpdateAccountSettings", MinimumThroughputBillingCommitment={"Status": "ENABLED"})
    warm = cloud("UpdateStreamWarmThroughput", StreamName="free", WarmThroughputMiBps=10)
    assert warm["WarmThroughput"] == {"TargetMiBps": 10, "CurrentMiBps": 10}


def test_encryption_shows_in_descriptions_and_records(cloud: Cloud) -> None:
    cloud.create()
    cloud("StartStreamEncryption", StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert cloud.put("a")["EncryptionType"] == "KMS"
    assert cloud.get(cloud.iterator())["Records"][0]["EncryptionType"] == "KMS"
    described = cloud("DescribeStream", StreamName="orders")["StreamDescription"]
    assert (described["EncryptionType"], described["KeyId"]) == ("KMS", "alias/aws/kinesis")
    cloud("StopStreamEncryption", StreamName="orders", EncryptionType="KMS", KeyId="alias/aws/kinesis")
    assert "EncryptionType" not in cloud.put("a")


def test_enhanced_monitoring_names_what_it_measured_and_will(cloud: Cloud) -> None:
    cloud.create()
    enabled = cloud("EnableEnhancedMonitoring", StreamName="orders", ShardLevelMetrics=["IncomingBytes"])
    assert (enabled["CurrentShardLevelMetrics"], enabled["DesiredShardLevelMetrics"]) == (
        [],
        ["IncomingBytes"],
    )
    disabled = cloud("DisableEnhancedMonitoring", StreamName="orders", ShardLevelMetrics=["ALL"])
    assert disabled["DesiredShardLevelMetrics"] == []
    with pytest.raises(Validation, match="at 'shardLevelMetrics' failed"):
        cloud("EnableEnhancedMonitoring", StreamName="orders", ShardLevelMetrics=["Nonsense"])


def test_tags_have_their_limits(cloud: Cloud) -> None:
    cloud.create()
    arn = cloud.arn("orders")
    cloud("AddTagsToStream", StreamName="orders", Tags={"a": "1", "b": "2"})
    cloud("TagResource", ResourceARN=arn, Tags={"c": "3"})
    cloud("RemoveTagsFromStream", StreamName="orders", TagKeys=["a"])
    cloud("UntagResource", ResourceARN=arn, TagKeys=["b"])
    assert cloud("ListTagsForResource", ResourceARN=arn)["Tags"] == [{"Key": "c", "Value": "3"}]
    page = cloud("ListTagsForStream", StreamName="orders", Limit=1)
    assert page == {"Tags": [{"Key": "c", "Value": "3"}], "HasMoreTags": False}
    with pytest.raises(InvalidArgument, match="because a given stream cannot have more than 50 tags"):
        cloud("AddTagsToStream", StreamName="orders", Tags={f"k{number}": "" for number in range(50)})
    with pytest.raises(InvalidArgument, match="Some tags contain invalid characters"):
        cloud("AddTagsToStream", StreamName="orders", Tags={"a": "!"})


def policy(arn: str, action: str = "kinesis:PutRecord") -> str:
    statement = {"Effect": "Allow", "Principal": "*", "Action": action, "Resource": arn}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_resource_policy_is_stored_or_refused(cloud: Cloud) -> None:
    cloud.create()
    arn = cloud.arn("orders")
    assert cloud("GetResourcePolicy", ResourceARN=arn)["Policy"] == "{}"
    cloud("PutResourcePolicy", ResourceARN=arn, Policy=policy(arn))
    assert cloud("GetResourcePolicy", ResourceARN=arn)["Policy"] == policy(arn)
    cloud("DeleteResourcePolicy", ResourceARN=arn)
    with pytest.raises(NotFound, match=r"^No resource policy found for resource ARN arn:"):
        cloud("DeleteResourcePolicy", ResourceARN=arn)
    for text, words in (
        ("{", "This policy contains invalid Json"),
        ("{}", "Missing required field Version"),
        (policy(arn, "kinesis:DeleteStream"), 'names are invalid: "kinesis:DeleteStream"'),
        (policy("*"), "resource must be the same as the resource ARN"),
    ):
        with pytest.raises(InvalidArgument, match=words):
            cloud("PutResourcePolicy", ResourceARN=arn, Policy=text)


def test_a_dry_run_says_whether_it_would_succeed_and_does_nothing(cloud: Cloud) -> None:
    cloud.create()
    iterator = cloud.iterator()
    calls: list[tuple[str, dict[str, Any]]] = [
        ("PutRecord", {"StreamName": "orders", "PartitionKey": "a", "Data": b"x"}),
        ("PutRecords", {"StreamName": "orders", "Records": [{"PartitionKey": "a", "Data": b"x"}]}),
        ("GetRecords", {"ShardIterator": iterator}),
    ]
    for operation, request in calls:
        with pytest.raises(DryRun):
            cloud(operation, **request, DryRun=True)
    assert cloud.get(iterator)["Records"] == []
    with pytest.raises(NotFound):
        cloud("PutRecord", StreamName="nowhere", PartitionKey="a", Data=b"x", DryRun=True)


def test_stream_is_named_by_name_or_local_arn(cloud: Cloud) -> None:
    cloud.create()
    with pytest.raises(InvalidArgument, match="Either StreamName or StreamARN should be provided"):
        cloud("DescribeStream")
    with pytest.raises(InvalidArgument, match="does not match the endpoint region"):
        cloud("DescribeStream", StreamARN="arn:aws:kinesis:eu-west-1:000000000000:stream/orders")
    with pytest.raises(NotFound, match="under account 111111111111 not found"):
        cloud("DescribeStream", StreamARN="arn:aws:kinesis:us-east-1:111111111111:stream/orders")
    with pytest.raises(InvalidArgument, match="name different streams"):
        cloud("DescribeStream", StreamName="other", StreamARN=cloud.arn("orders"))


def test_an_account_has_a_limit_of_shards(cloud: Cloud) -> None:
    with pytest.raises(LimitExceeded, match=r"Current shard count for the account: 0\. Limit: 20000\."):
        cloud.create(shards=20_001)


def test_each_error_has_a_code_of_the_model() -> None:
    common = {"InternalFailure", "SerializationException", "UnknownOperationException"}
    errors: list[type[KinesisError]] = [KinesisError, *KinesisError.__subclasses__()]
    codes = {error.code for error in errors}
    assert codes - common <= MODEL["shapes"].keys()


def test_tags_have_their_lengths(cloud: Cloud) -> None:
    cloud.create()
    words = (
        r"at 'tags' failed to satisfy constraint: Map {} must satisfy constraint: \[Member must have length"
    )
    for tags, part in (({"k" * 129: ""}, "keys"), ({"k": "v" * 257}, "value")):
        with pytest.raises(Validation, match=words.format(part)):
            cloud("AddTagsToStream", StreamName="orders", Tags=tags)
    with pytest.raises(Serialization):
        cloud("RemoveTagsFromStream", StreamName="orders", TagKeys=[1])
