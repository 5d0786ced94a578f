"""The facade of Kinesis: what the rest of the local cloud may use of it."""

from localcloud.streams.kinesis.checking import check as check_request
from localcloud.streams.kinesis.declared import creation, mode_of, settling, whole
from localcloud.streams.kinesis.errors import KinesisError, NotFound, Serialization
from localcloud.streams.kinesis.interfaces import ProcessInterfaces
from localcloud.streams.kinesis.keeping import JournalKeeping, restore
from localcloud.streams.kinesis.limits import UNCOUNTED
from localcloud.streams.kinesis.operations.catalog import OPERATIONS
from localcloud.streams.kinesis.protocol import CBOR, JSON, kind_of, read, write, write_error
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.service import KinesisService
from localcloud.streams.kinesis.subscriptions import Subscription

__all__ = [
    "CBOR",
    "JSON",
    "OPERATIONS",
    "UNCOUNTED",
    "JournalKeeping",
    "KinesisError",
    "KinesisService",
    "NotFound",
    "ProcessInterfaces",
    "Region",
    "Serialization",
    "Subscription",
    "check_request",
    "creation",
    "kind_of",
    "mode_of",
    "read",
    "restore",
    "settling",
    "whole",
    "write",
    "write_error",
]
