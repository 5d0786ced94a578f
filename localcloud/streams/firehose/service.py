"""The operations of Firehose on one account's streams in one Region."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict
from typing import Any, Final

from localcloud.streams.firehose.changes import checked_creation, encryption_of, merged
from localcloud.streams.firehose.describing import DESTINATION_ID, described
from localcloud.streams.firehose.destination import parse_destination, refuse_others
from localcloud.streams.firehose.errors import (
    ConcurrentModification,
    FirehoseError,
    InvalidArgument,
    LimitExceeded,
    ResourceInUse,
    ResourceNotFound,
)
from localcloud.streams.firehose.limits import MOST_STREAMS
from localcloud.streams.firehose.putting import put_record, put_record_batch
from localcloud.streams.firehose.shapes import check_destination, check_request
from localcloud.streams.firehose.stream import FROM_KINESIS, Around, DeliveryStream, Description
from localcloud.streams.firehose.tags import checked_tags, tag_page

Document = dict[str, Any]
MOST_LISTED: Final = 10_000
_NAME: Final = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


class FirehoseService:
    """Carries operations out.

    Attributes
    ----------
    streams
        By their names.
    """

    def __init__(self, account: str, region: str, around: Around) -> None:
        self._account, self._region, self._around = account, region, around
        self.streams: dict[str, DeliveryStream] = {}
        self._operations: dict[str, Callable[[Document], Document]] = {
            "CreateDeliveryStream": self._create,
            "DeleteDeliveryStream": self._delete,
            "DescribeDeliveryStream": lambda request: {
                "DeliveryStreamDescription": described(self._stream(request).description)
            },
            "ListDeliveryStreams": self._list,
            "ListTagsForDeliveryStream": lambda request: tag_page(
                self._stream(request).description.tags, request
            ),
            "PutRecord": lambda request: put_record(self._stream(request), request, around.clock.now()),
            "PutRecordBatch": lambda request: put_record_batch(
                self._stream(request), request, around.clock.now()
            ),
            "StartDeliveryStreamEncryption": self._start_encryption,
            "StopDeliveryStreamEncryption": self._stop_encryption,
            "TagDeliveryStream": self._tag,
            "UntagDeliveryStream": self._untag,
            "UpdateDestination": self._update,
        }

    def answer(self, operation: str, request: Document) -> Document:
        """Carry an operation out.

        Raises
        ------
        FirehoseError
        """
        carry_out = self._operations.get(operation)
        if carry_out is None:
            raise UnknownOperation(f"Firehose has no operation {operation}")
        return carry_out(request)

    def restore(self, name: str, document: Mapping[str, Any]) -> None:
        """Take a stream of the process before, with what waits in it."""
        stream = DeliveryStream(self._key(name), self._region, Description(**document), self._around)
        self.streams[name] = stream
        stream.restore()

    def _create(self, request: Document) -> Document:
        creation = checked_creation(request)
        name = str(request["DeliveryStreamName"])
        if name in self.streams:
            raise ResourceInUse(f"Firehose {name} under accountId {self._account} already exists")
        if len(self.streams) >= MOST_STREAMS:
            raise LimitExceeded("You have already consumed your firehose quota.")
        encryption = request.get("DeliveryStreamEncryptionConfigurationInput")
        now = self._around.clock.now()
        description = Description(
            name,
            f"arn:aws:firehose:{self._region}:{self._account}:deliverystream/{name}",
            creation.type,
            created=now,
            updated=now,
            destination=dict(creation.destination),
            extended=creation.extended,
            source=dict(creation.source),
            tags=checked_tags(request.get("Tags") or []),
            encryption=encryption_of(encryption) if encryption else {},
        )
        stream = self.streams[name] = DeliveryStream(self._key(name), self._region, description, self._around)
        self._write(stream)
        stream.read_source()
        return {"DeliveryStreamARN": description.arn}

    def _delete(self, request: Document) -> Document:
        stream = self._stream(request)
        stream.stop()
        del self.streams[stream.description.name]
        if self._around.keeping is not None:
            self._around.keeping.forget_stream(stream.key)
        return {}

    def _list(self, request: Document) -> Document:
        kind, start = (
            request.get("DeliveryStreamType"),
            str(request.get("ExclusiveStartDeliveryStreamName") or ""),
        )
        limit = int(request.get("Limit") or 10)
        if not 0 < limit <= MOST_LISTED:
            raise InvalidArgument(f"Limit must be between 1 and {MOST_LISTED}, not {limit}")
        names = sorted(
            name
            for name, stream in self.streams.items()
            if name > start and kind in {None, stream.description.type}
        )
        return {"DeliveryStreamNames": names[:limit], "HasMoreDeliveryStreams": len(names) > limit}

    def _update(self, request: Document) -> Document:
        refuse_others(request)
        check_request("UpdateDestination", request)
        stream = self._stream(request)
        description = stream.description
        version = str(request["CurrentDeliveryStreamVersionId"])
        if version != str(description.version):
            raise ConcurrentModification(
                f"Cannot update firehose: {description.name} since the current version id: "
                f"{description.version} and specified version id: {version} do not match"
            )
        if request["DestinationId"] != DESTINATION_ID:
            raise InvalidArgument(f"Destination Id {request['DestinationId']} not found")
        change = request.get("ExtendedS3DestinationUpdate") or request.get("S3DestinationUpdate")
        if not change:
            raise InvalidArgument("Exactly one destination update is required")
        self.replace(stream, merged(description.destination, change))
        return {}

    def replace(self, stream: DeliveryStream, destination: Document) -> None:
        """Give a stream another destination.

        Raises
        ------
        InvalidArgument
        """
        check_destination(destination)
        before = (stream.description.destination.get("DynamicPartitioningConfiguration") or {}).get("Enabled")
        after = (destination.get("DynamicPartitioningConfiguration") or {}).get("Enabled")
        if bool(before) != bool(after):
            raise InvalidArgument(
                "Dynamic partitioning cannot be enabled or disabled on an existing Firehose"
            )
        stream.change(destination, parse_destination(destination))
        self._write(stream)

    def _start_encryption(self, request: Document) -> Document:
        check_request("StartDeliveryStreamEncryption", request)
        stream = self._stream(request)
        if stream.description.type == FROM_KINESIS:
            raise InvalidArgument("Server-side encryption is not available with a Kinesis stream as source")
        keys = request.get("DeliveryStreamEncryptionConfigurationInput") or {"KeyType": "AWS_OWNED_CMK"}
        stream.description.encryption = encryption_of(keys)
        self._write(stream)
        return {}

    def _stop_encryption(self, request: Document) -> Document:
        stream = self._stream(request)
        stream.description.encryption = {}
        self._write(stream)
        return {}

    def _tag(self, request: Document) -> Document:
        stream = self._stream(request)
        stream.description.tags = checked_tags(request.get("Tags") or [], stream.description.tags)
        self._write(stream)
        return {}

    def _untag(self, request: Document) -> Document:
        stream = self._stream(request)
        for key in request.get("TagKeys") or []:
            stream.description.tags.pop(str(key), None)
        self._write(stream)
        return {}

    def _stream(self, request: Mapping[str, Any]) -> DeliveryStream:
        name = str(request.get("DeliveryStreamName") or "")
        if _NAME.fullmatch(name) is None:
            raise InvalidArgument(
                f"1 validation error detected: Value '{name}' at 'deliveryStreamName' failed to satisfy "
                "constraint: Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"
            )
        stream = self.streams.get(name)
        if stream is None:
            raise ResourceNotFound(f"Firehose {name} under account {self._account} not found.")
        return stream

    def _key(self, name: str) -> str:
        return f"{self._account}/{self._region}/{name}"

    def _write(self, stream: DeliveryStream) -> None:
        if self._around.keeping is not None:
            self._around.keeping.write_stream(stream.key, asdict(stream.description))


class UnknownOperation(FirehoseError):
    """Firehose has no such operation."""

    code = "UnknownOperationException"
