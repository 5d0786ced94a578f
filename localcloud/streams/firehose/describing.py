"""Delivery streams as DescribeDeliveryStream shows them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from localcloud.streams.firehose.stream import Description

DESTINATION_ID: Final = "destinationId-000000000001"
_EXTENDED: Final = (
    *("RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix", "CloudWatchLoggingOptions", "FileExtension"),
    *("ProcessingConfiguration", "DynamicPartitioningConfiguration", "CustomTimeZone"),
    "DataFormatConversionConfiguration",
)


def described(stream: Description) -> dict[str, Any]:
    """Return ``DeliveryStreamDescription``."""
    document: dict[str, Any] = {
        "DeliveryStreamName": stream.name,
        "DeliveryStreamARN": stream.arn,
        "DeliveryStreamStatus": "ACTIVE",
        "DeliveryStreamType": stream.type,
        "VersionId": str(stream.version),
        "CreateTimestamp": stream.created,
        "LastUpdateTimestamp": stream.updated,
        "Destinations": [_destination(stream)],
        "HasMoreDestinations": False,
        "DeliveryStreamEncryptionConfiguration": stream.encryption or {"Status": "DISABLED"},
    }
    if stream.source:
        source = {**stream.source, "DeliveryStartTimestamp": stream.created}
        document["Source"] = {"KinesisStreamSourceDescription": source}
    return document


def _destination(stream: Description) -> dict[str, Any]:
    configuration = stream.destination
    plain = _plain(configuration)
    document: dict[str, Any] = {"DestinationId": DESTINATION_ID, "S3DestinationDescription": plain}
    if stream.extended:
        extended = {
            **plain,
            **{name: configuration[name] for name in _EXTENDED if configuration.get(name) is not None},
            "S3BackupMode": configuration.get("S3BackupMode", "Disabled"),
        }
        backup = configuration.get("S3BackupConfiguration")
        if backup:
            extended["S3BackupDescription"] = _plain(backup)
        document["ExtendedS3DestinationDescription"] = extended
    return document


def _plain(configuration: Mapping[str, Any]) -> dict[str, Any]:
    large = any(
        (configuration.get(name) or {}).get("Enabled") is True
        for name in ("DataFormatConversionConfiguration", "DynamicPartitioningConfiguration")
    )
    hints = {"SizeInMBs": 128 if large else 5, "IntervalInSeconds": 300}
    names = ("RoleARN", "BucketARN", "Prefix", "ErrorOutputPrefix")
    return {
        **{name: configuration[name] for name in names if configuration.get(name) is not None},
        "BufferingHints": configuration.get("BufferingHints") or hints,
        "CompressionFormat": configuration.get("CompressionFormat", "UNCOMPRESSED"),
        "EncryptionConfiguration": configuration.get("EncryptionConfiguration")
        or {"NoEncryptionConfig": "NoEncryption"},
        "CloudWatchLoggingOptions": configuration.get("CloudWatchLoggingOptions") or {"Enabled": False},
    }
