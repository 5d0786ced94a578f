"""What requests change of a delivery stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.streams.firehose.errors import InvalidArgument


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
    """Return what a stream tells of its server-side encryption.

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
