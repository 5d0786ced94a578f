"""All operations of Kinesis: what each needs, and what carries it out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from localcloud.streams.kinesis.operations import (
    changing,
    consuming,
    listing,
    policies,
    putting,
    reading,
    resharding,
    streams,
    tagging,
)
from localcloud.streams.kinesis.region import Region

OperationResult = Any
Handler = Callable[[Region, Mapping[str, Any]], OperationResult]


@dataclass(frozen=True)
class KinesisOperation:
    """An operation.

    Attributes
    ----------
    required
        Members that must be there.
    """

    handler: Handler
    required: tuple[str, ...] = ()


OPERATIONS: Final[Mapping[str, KinesisOperation]] = {
    "AddTagsToStream": KinesisOperation(tagging.add_tags_to_stream, ("Tags",)),
    "CreateStream": KinesisOperation(streams.create_stream, ("StreamName",)),
    "DecreaseStreamRetentionPeriod": KinesisOperation(changing.decrease_retention, ("RetentionPeriodHours",)),
    "DeleteResourcePolicy": KinesisOperation(policies.delete_resource_policy, ("ResourceARN",)),
    "DeleteStream": KinesisOperation(streams.delete_stream),
    "DeregisterStreamConsumer": KinesisOperation(consuming.deregister_stream_consumer),
    "DescribeAccountSettings": KinesisOperation(streams.describe_account_settings),
    "DescribeLimits": KinesisOperation(streams.describe_limits),
    "DescribeStream": KinesisOperation(streams.describe_stream),
    "DescribeStreamConsumer": KinesisOperation(consuming.describe_stream_consumer),
    "DescribeStreamSummary": KinesisOperation(streams.describe_stream_summary),
    "DisableEnhancedMonitoring": KinesisOperation(changing.disable_monitoring, ("ShardLevelMetrics",)),
    "EnableEnhancedMonitoring": KinesisOperation(changing.enable_monitoring, ("ShardLevelMetrics",)),
    "GetRecords": KinesisOperation(reading.get_records, ("ShardIterator",)),
    "GetResourcePolicy": KinesisOperation(policies.get_resource_policy, ("ResourceARN",)),
    "GetShardIterator": KinesisOperation(reading.get_shard_iterator, ("ShardId", "ShardIteratorType")),
    "IncreaseStreamRetentionPeriod": KinesisOperation(changing.increase_retention, ("RetentionPeriodHours",)),
    "ListShards": KinesisOperation(listing.list_shards),
    "ListStreamConsumers": KinesisOperation(consuming.list_stream_consumers, ("StreamARN",)),
    "ListStreams": KinesisOperation(streams.list_streams),
    "ListTagsForResource": KinesisOperation(tagging.list_tags_for_resource, ("ResourceARN",)),
    "ListTagsForStream": KinesisOperation(tagging.list_tags_for_stream),
    "MergeShards": KinesisOperation(resharding.merge_shards, ("ShardToMerge", "AdjacentShardToMerge")),
    "PutRecord": KinesisOperation(putting.put_record, ("Data",)),
    "PutRecords": KinesisOperation(putting.put_records, ("Records",)),
    "PutResourcePolicy": KinesisOperation(policies.put_resource_policy, ("ResourceARN", "Policy")),
    "RegisterStreamConsumer": KinesisOperation(
        consuming.register_stream_consumer, ("StreamARN", "ConsumerName")
    ),
    "RemoveTagsFromStream": KinesisOperation(tagging.remove_tags_from_stream, ("TagKeys",)),
    "SplitShard": KinesisOperation(resharding.split_shard, ("ShardToSplit", "NewStartingHashKey")),
    "StartStreamEncryption": KinesisOperation(changing.start_encryption, ("EncryptionType", "KeyId")),
    "StopStreamEncryption": KinesisOperation(changing.stop_encryption, ("EncryptionType", "KeyId")),
    "SubscribeToShard": KinesisOperation(
        consuming.subscribe_to_shard, ("ConsumerARN", "ShardId", "StartingPosition")
    ),
    "TagResource": KinesisOperation(tagging.tag_resource, ("Tags", "ResourceARN")),
    "UntagResource": KinesisOperation(tagging.untag_resource, ("TagKeys", "ResourceARN")),
    "UpdateAccountSettings": KinesisOperation(
        streams.update_account_settings, ("MinimumThroughputBillingCommitment",)
    ),
    "UpdateMaxRecordSize": KinesisOperation(changing.update_max_record_size, ("MaxRecordSizeInKiB",)),
    "UpdateShardCount": KinesisOperation(resharding.update_shard_count, ("TargetShardCount", "ScalingType")),
    "UpdateStreamMode": KinesisOperation(changing.update_stream_mode, ("StreamARN", "StreamModeDetails")),
    "UpdateStreamRecordDistributionStrategy": KinesisOperation(
        changing.update_distribution, ("StreamARN", "RecordDistributionStrategy")
    ),
    "UpdateStreamWarmThroughput": KinesisOperation(changing.update_warm_throughput, ("WarmThroughputMiBps",)),
}
