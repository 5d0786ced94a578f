"""A table's Kinesis streaming destinations: each change of an item becomes a record, in AWS's form.

Source of the form: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/kds.html
"""

from __future__ import annotations

import hashlib
import json
import time
from typing import TYPE_CHECKING, Any, Final

from localcloud.engine.ministack.dynamodb import DynamoDB
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record, Response, wrap_handler

if TYPE_CHECKING:
    from localcloud.engine.streams.adapter import KinesisAdapter

TABLE: Final = "AWS::DynamoDB::Table"
SPECIFICATION: Final = "KinesisStreamSpecification"
Created = tuple[str, dict[str, Any]]


class TableDestinations:
    """Puts changes of items into streams.

    MiniStack's own way gives a record another form than AWS does and spreads an item's changes over all
    shards by a random partition key, so that their order is lost; it also takes a stream that is not there.

    Parameters
    ----------
    dynamodb
        MiniStack's module.
    """

    def __init__(self, dynamodb: DynamoDB, adapter: KinesisAdapter) -> None:
        self._dynamodb, self._adapter = dynamodb, adapter
        self._region = responses.get_region
        self._destinations = dynamodb.kinesis_destinations
        self._size = dynamodb.item_size_bytes

    def install(self) -> None:
        """Take over."""
        DynamoDB.fan_out_to_kinesis.replace(self._put)
        refuse = self._dynamodb.error_response_json

        @DynamoDB.enable_kinesis_streaming_destination.wrap
        def _(before: Function) -> Function:
            def enable(data: Record) -> Response:
                arn = data.get("StreamArn")
                if arn and self._adapter.described(str(arn)) is None:
                    refusal: Response = refuse(
                        "ResourceNotFoundException", f"User does not have a valid stream: {arn}", 400
                    )
                    return refusal
                response: Response = before(data)
                return response

            return enable

        self._form()

    def _put(self, table: str, change: Record) -> None:
        """Put a change into each stream of a table, whatever its shards took: DynamoDB tries until it may."""
        images = change["dynamodb"]
        if change["eventName"] == "MODIFY" and images.get("OldImage") == images.get("NewImage"):
            return
        key = hashlib.md5(json.dumps(images["Keys"], sort_keys=True).encode(), usedforsecurity=False)
        for destination in list(self._destinations.get(table, [])):
            if destination["DestinationStatus"] == "ACTIVE":
                data = self._record(table, change, destination["ApproximateCreationDateTimePrecision"])
                self._adapter.put(destination["StreamArn"], key.hexdigest(), data)

    def _record(self, table: str, change: Record, precision: str) -> bytes:
        images = {
            name: change["dynamodb"][name]
            for name in ("Keys", "NewImage", "OldImage")
            if name in change["dynamodb"]
        }
        fine = precision == "MICROSECOND"
        document = {
            "awsRegion": self._region(),
            "eventID": change["eventID"],
            "eventName": change["eventName"],
            "userIdentity": None,
            "recordFormat": "application/json",
            "tableName": table,
            "dynamodb": {
                "ApproximateCreationDateTime": int(time.time() * (1_000_000 if fine else 1000)),
                **({"ApproximateCreationDateTimePrecision": precision} if fine else {}),
                **images,
                "SizeBytes": sum(self._size(image) for image in images.values()),
            },
            "eventSource": "aws:dynamodb",
        }
        return json.dumps(document, separators=(",", ":"), default=str).encode()

    def _form(self) -> None:
        """Let a template name a table's stream."""

        @wrap_handler(TABLE, "create")
        def _(before: Function) -> Function:
            def create(logical_id: str, props: Record, stack: str) -> Created:
                created: Created = before(logical_id, props, stack)
                self._settle(created[0], {}, props)
                return created

            return create

        @wrap_handler(TABLE, "update")
        def _(before: Function) -> Function:
            def update(physical_id: str, old: Record, new: Record, *rest: Any, **keywords: Any) -> Created:
                updated: Created = before(physical_id, old, new, *rest, **keywords)
                self._settle(updated[0], old if updated[0] == physical_id else {}, new)
                return updated

            return update

    def _settle(self, table: str, old: Record, new: Record) -> None:
        specification, present = new.get(SPECIFICATION) or {}, old.get(SPECIFICATION) or {}
        if specification == present:
            return
        disable = self._dynamodb.disable_kinesis_streaming_destination
        enable = self._dynamodb.enable_kinesis_streaming_destination
        if present:
            disable({"TableName": table, "StreamArn": present["StreamArn"]})
        if specification:
            precision = specification.get("ApproximateCreationDateTimePrecision")
            configuration = {"ApproximateCreationDateTimePrecision": precision} if precision else {}
            status, _, body = enable(
                {
                    "TableName": table,
                    "StreamArn": specification["StreamArn"],
                    "EnableKinesisStreamingConfiguration": configuration,
                }
            )
            if status != 200:
                raise ValueError(f"{json.loads(body)['message']} (Service: DynamoDb, Status Code: 400)")
