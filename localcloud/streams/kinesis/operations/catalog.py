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

Answer = Any
Handler = Callable[[Region, Mapping[str, Any]], Answer]


@dataclass(frozen=True)
class Operation:
    """An operation.

    Attributes
    ----------
    required
        Members that must be there.
    """

    handler: Handler
    required: tuple[str, ...] = ()


OPERATIONS: Final[Mapping[str, Operation]] = {
    "AddTagsToStream": Operation(tagging.add_tags_to_stream, ("Tags",)),
    "CreateStream": Operation(streams.create_stream, ("StreamName",)),
    "DecreaseStreamRetentionPeriod": Operation(changing.decrease_retention, ("RetentionPeriodHours",)),
    "DeleteResourcePolicy": Operation(policies.delete_resource_policy, ("ResourceARN",)),
    "DeleteStream": Operation(streams.delete_stream),
    "DeregisterStreamConsumer": Operation(consuming.deregister_stream_consumer),
    "DescribeAccountSettings": Operation(streams.describe_account_settings),
    "DescribeLimits": Operation(streams.describe_limits),
    "DescribeStream": Operation(streams.describe_stream),
    "DescribeStreamConsumer": Operation(consuming.describe_stream_consumer),
    "DescribeStreamSummary": Operation(streams.describe_stream_summary),
    "DisableEnhancedMonitoring": Operation(changing.disable_monitoring, ("ShardLevelMetrics",)),
    "EnableEnhancedMonitoring": Operation(changing.enable_monitoring, ("ShardLevelMetrics",)),
    "GetRecords": Operation(reading.get_records, ("ShardIterator",)),
    "GetResourcePolicy": Operation(policies.get_resource_policy, ("ResourceARN",)),
    "GetShardIterator": Operation(reading.get_shard_iterator, ("ShardId", "ShardIteratorType")),
    "IncreaseStreamRetentionPeriod": Operation(changing.increase_retention, ("RetentionPeriodHours",)),
    "ListShards": Operation(listing.list_shards),
    "ListStreamConsumers": Operation(consuming.list_stream_consumers, ("StreamARN",)),
    "ListStreams": Operation(streams.list_streams),
    "ListTagsForResource": Operation(tagging.list_tags_for_resource, ("ResourceARN",)),
    "ListTagsForStream": Operation(tagging.list_tags_for_stream),
    "MergeShards": Operation(resharding.merge_shards, ("ShardToMerge", "AdjacentShardToMerge")),
    "PutRecord": Operation(putting.put_record, ("Data",)),
    "PutRecords": Operation(putting.put_records, ("Records",)),
    "PutResourcePolicy": Operation(policies.put_resource_policy, ("ResourceARN", "Policy")),
    "RegisterStreamConsumer": Operation(consuming.register_stream_consumer, ("StreamARN", "ConsumerName")),
    "RemoveTagsFromStream": Operation(tagging.remove_tags_from_stream, ("TagKeys",)),
    "SplitShard": Operation(resharding.split_shard, ("ShardToSplit", "NewStartingHashKey")),
    "StartStreamEncryption": Operation(changing.start_encryption, ("EncryptionType", "KeyId")),
    "StopStreamEncryption": Operation(changing.stop_encryption, ("EncryptionType", "KeyId")),
    "SubscribeToShard": Operation(
        consuming.subscribe_to_shard, ("ConsumerARN", "ShardId", "StartingPosition")
    ),
    "TagResource": Operation(tagging.tag_resource, ("Tags", "ResourceARN")),
    "UntagResource": Operation(tagging.untag_resource, ("TagKeys", "ResourceARN")),
    "UpdateAccountSettings": Operation(
        streams.update_account_settings, ("MinimumThroughputBillingCommitment",)
    ),
    "UpdateMaxRecordSize": Operation(changing.update_max_record_size, ("MaxRecordSizeInKiB",)),
    "UpdateShardCount": Operation(resharding.update_shard_count, ("TargetShardCount", "ScalingType")),
    "UpdateStreamMode": Operation(changing.update_stream_mode, ("StreamARN", "StreamModeDetails")),
    "UpdateStreamRecordDistributionStrategy": Operation(
        changing.update_distribution, ("StreamARN", "RecordDistributionStrategy")
    ),
    "UpdateStreamWarmThroughput": Operation(changing.update_warm_throughput, ("WarmThroughputMiBps",)),
}
