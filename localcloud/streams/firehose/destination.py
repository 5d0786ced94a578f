"""The destination S3, as ``ExtendedS3DestinationConfiguration`` describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from localcloud.streams.firehose.compression import EXTENSIONS, check_compression
from localcloud.streams.firehose.conversion import Conversion, parse_conversion
from localcloud.streams.firehose.errors import InvalidArgument
from localcloud.streams.firehose.prefixes import LAMBDA, QUERY, Prefix, check_prefixes, parse_prefix
from localcloud.streams.firehose.processing import MEGABYTE, Processing, parse_processing

Document = Mapping[str, Any]
# With dynamic partitioning, or conversion.
LEAST_LARGE: Final = 64
_NOT_SERVED: Final = (
    "RedshiftDestinationConfiguration",
    "ElasticsearchDestinationConfiguration",
    "AmazonopensearchserviceDestinationConfiguration",
    "AmazonOpenSearchServerlessDestinationConfiguration",
    "SplunkDestinationConfiguration",
    "HttpEndpointDestinationConfiguration",
    "SnowflakeDestinationConfiguration",
    "IcebergDestinationConfiguration",
)
NOT_SERVED: Final = frozenset(
    {*_NOT_SERVED, *(name.replace("Configuration", "Update") for name in _NOT_SERVED)}
)


@dataclass(frozen=True)
class ObjectPlace:
    """Where objects go, and when.

    Attributes
    ----------
    size, seconds
        What is buffered: bytes, and for how long.
    """

    bucket: str
    prefix: Prefix
    error: Prefix
    size: int
    seconds: int
    compression: str
    zone: tzinfo
    extension: str


@dataclass(frozen=True)
class Destination:
    """A destination that has been read.

    Attributes
    ----------
    backup
        Where source records go as they came in; None: nowhere.
    log
        The log group and the stream in it that receive failures; None: none does.
    """

    place: ObjectPlace
    processing: Processing
    conversion: Conversion | None = None
    partitioned: bool = False
    backup: ObjectPlace | None = None
    log: tuple[str, str] | None = None


def parse_destination(document: Document) -> Destination:
    """Read a destination.

    Parameters
    ----------
    document
        Of the form that botocore's model allows.

    Raises
    ------
    InvalidArgument
        In what the model does not say, or the local cloud does not serve.
    """
    processing = parse_processing(document.get("ProcessingConfiguration"))
    conversion = parse_conversion(document.get("DataFormatConversionConfiguration"))
    partitioned = (document.get("DynamicPartitioningConfiguration") or {}).get("Enabled") is True
    large = partitioned or conversion is not None
    place = _place(document, default=128 if large else 5)
    if conversion is not None:
        if document.get("CompressionFormat", "UNCOMPRESSED") != "UNCOMPRESSED":
            raise InvalidArgument(
                "CompressionFormat must be UNCOMPRESSED when data format conversion is enabled: "
                "the serializer compresses"
            )
        if document.get("S3BackupMode") == "Enabled" and not document.get("S3BackupConfiguration"):
            raise InvalidArgument("S3BackupConfiguration must be specified when S3BackupMode is Enabled")
    if large and place.size < LEAST_LARGE * MEGABYTE:
        feature = "dynamic partitioning" if partitioned else "data format conversion"
        raise InvalidArgument(
            f"BufferingHints.SizeInMBs must be at least {LEAST_LARGE} when {feature} is enabled"
        )
    _check_partitioning(document, place, processing, partitioned=partitioned)
    return Destination(place, processing, conversion, partitioned, _backup(document), _log(document))


def refuse_others(request: Document) -> None:
    """Refuse destinations and sources that nothing here delivers to or reads.

    Raises
    ------
    InvalidArgument
    """
    for name in request:
        if name in NOT_SERVED and request[name]:
            kind = name.partition("Destination")[0]
            raise InvalidArgument(
                f"The local cloud delivers to S3 alone: the destination {kind} is not served"
            )
    for name in ("MSKSourceConfiguration", "DatabaseSourceConfiguration"):
        if request.get(name):
            raise InvalidArgument(f"The local cloud reads Kinesis streams alone: {name} is not served")


def _place(document: Document, default: int) -> ObjectPlace:
    zone = _zone(str(document.get("CustomTimeZone") or "UTC"))
    prefix = parse_prefix(str(document.get("Prefix") or ""), zone)
    error_text = str(document.get("ErrorOutputPrefix") or "")
    error = parse_prefix(error_text, zone, error=True) if error_text else None
    check_prefixes(prefix, error)
    compression = str(document.get("CompressionFormat") or "UNCOMPRESSED")
    check_compression(compression)
    hints = document.get("BufferingHints") or {}
    if len(hints) == 1:
        raise InvalidArgument("Both SizeInMBs and IntervalInSeconds must be specified in BufferingHints")
    converted = (document.get("DataFormatConversionConfiguration") or {}).get("Enabled") is True
    extension = ".parquet" if converted else EXTENSIONS[compression]
    return ObjectPlace(
        bucket=str(document["BucketARN"]).rpartition(":::")[2],
        prefix=prefix,
        error=error or parse_prefix(prefix.source, zone, error=True),
        size=int(hints.get("SizeInMBs", default)) * MEGABYTE,
        seconds=int(hints.get("IntervalInSeconds", 300)),
        compression="UNCOMPRESSED" if converted else compression,
        zone=zone,
        extension=str(document.get("FileExtension") or extension),
    )


def _zone(name: str) -> tzinfo:
    if name == "UTC":
        return UTC
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        raise InvalidArgument(f"CustomTimeZone {name} is not a supported time zone") from None


def _backup(document: Document) -> ObjectPlace | None:
    if document.get("S3BackupMode", "Disabled") != "Enabled":
        return None
    backup = document.get("S3BackupConfiguration")
    if not backup:
        raise InvalidArgument("S3BackupConfiguration must be specified when S3BackupMode is Enabled")
    return _place(backup, default=5)


def _log(document: Document) -> tuple[str, str] | None:
    options = document.get("CloudWatchLoggingOptions") or {}
    if options.get("Enabled") is not True:
        return None
    group, stream = str(options.get("LogGroupName") or ""), str(options.get("LogStreamName") or "")
    if not group or not stream:
        raise InvalidArgument("LogGroupName and LogStreamName must be specified when logging is enabled")
    return group, stream


def _check_partitioning(
    document: Document, place: ObjectPlace, processing: Processing, *, partitioned: bool
) -> None:
    query, function = place.prefix.names(QUERY), place.prefix.names(LAMBDA)
    if not partitioned:
        if query or function:
            raise InvalidArgument(
                "Prefix cannot contain partitionKeyFromQuery or partitionKeyFromLambda "
                "when dynamic partitioning is not enabled"
            )
        if processing.query is not None or processing.deaggregate:
            raise InvalidArgument(
                "MetadataExtraction and RecordDeAggregation need dynamic partitioning to be enabled"
            )
        return
    if not document.get("ErrorOutputPrefix"):
        raise InvalidArgument("ErrorOutputPrefix cannot be empty when dynamic partitioning is enabled")
    if not query and not function:
        raise InvalidArgument("Prefix must contain a partition key when dynamic partitioning is enabled")
    if place.seconds < 60:
        raise InvalidArgument(
            "BufferingHints.IntervalInSeconds must be at least 60 when dynamic partitioning is enabled"
        )
    extracted = frozenset(processing.query.paths) if processing.query else frozenset()
    if query - extracted:
        missing = ", ".join(sorted(query - extracted))
        raise InvalidArgument(
            f"MetadataExtractionQuery does not define the partition keys of Prefix: {missing}"
        )
    if function and processing.transformation is None:
        raise InvalidArgument("partitionKeyFromLambda needs a processor of type Lambda")
