"""What requests change of a delivery stream."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.streams.firehose.destination import parse_destination, refuse_others
from localcloud.streams.firehose.errors import InvalidArgument
from localcloud.streams.firehose.shapes import check_request
from localcloud.streams.firehose.stream import DIRECT_PUT, FROM_KINESIS


@dataclass(frozen=True)
class Creation:
    """What CreateDeliveryStream asks for.

    Attributes
    ----------
    extended
        Whether the destination is that of ``ExtendedS3DestinationConfiguration``.
    """

    type: str
    destination: Mapping[str, Any]
    extended: bool
    source: Mapping[str, Any]


def checked_creation(request: Mapping[str, Any]) -> Creation:
    """Read a request for a stream.

    Raises
    ------
    InvalidArgument
        AWS refuses it, or the local cloud does not serve it.
    """
    refuse_others(request)
    check_request("CreateDeliveryStream", request)
    extended, plain = (
        request.get("ExtendedS3DestinationConfiguration"),
        request.get("S3DestinationConfiguration"),
    )
    if bool(extended) == bool(plain):
        raise InvalidArgument("Exactly one destination configuration is supported for a Firehose")
    kind = str(request.get("DeliveryStreamType") or DIRECT_PUT)
    source = request.get("KinesisStreamSourceConfiguration") or {}
    if kind not in {DIRECT_PUT, FROM_KINESIS}:
        raise InvalidArgument(f"The local cloud reads Kinesis streams alone: {kind} is not served")
    if (kind == FROM_KINESIS) != bool(source):
        raise InvalidArgument(f"KinesisStreamSourceConfiguration does not go with the type {kind}")
    destination = extended or plain or {}
    parse_destination(destination)
    if request.get("DeliveryStreamEncryptionConfigurationInput") and kind == FROM_KINESIS:
        raise InvalidArgument("Server-side encryption is not available with a Kinesis stream as source")
    return Creation(kind, destination, bool(extended), source)


def merged(before: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    """Return a destination with what an update changes; backup's update merges into backup's own.

    Examples
    --------
    >>> merged({"Prefix": "a/", "BucketARN": "x"}, {"Prefix": "b/"})
    {'Prefix': 'b/', 'BucketARN': 'x'}
    """
    update = {name: value for name, value in change.items() if name != "S3BackupUpdate"}
    document = {**before, **update}
    if change.get("S3BackupUpdate"):
        document["S3BackupConfiguration"] = {
            **(before.get("S3BackupConfiguration") or {}),
            **change["S3BackupUpdate"],
        }
    return document


def encryption_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of a stream's server-side encryption.

    Raises
    ------
    InvalidArgument
    """
    if request.get("KeyType") == "CUSTOMER_MANAGED_CMK" and not request.get("KeyARN"):
        raise InvalidArgument("KeyARN must be specified with CUSTOMER_MANAGED_CMK")
    return {
        "Status": "ENABLED",
        **{name: request[name] for name in ("KeyType", "KeyARN") if request.get(name)},
    }
