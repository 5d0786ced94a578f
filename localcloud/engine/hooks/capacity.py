"""DynamoDB's capacity units, by the rules of "DynamoDB read and write operations"."""

from __future__ import annotations

import json
import math
from typing import Any

from localcloud.engine.meter import Meter
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.types import Operation
from localcloud.engine.patching import Function, Record, Response

READ_BYTES = 4096


def read_units(size: int, *, consistent: bool) -> float:
    """Return what reading ``size`` bytes costs.

    Examples
    --------
    >>> read_units(4097, consistent=True), read_units(100, consistent=False), read_units(0, consistent=True)
    (2.0, 0.5, 1.0)
    """
    return max(1, math.ceil(size / READ_BYTES)) * (1.0 if consistent else 0.5)


def count_capacity(meter: Meter) -> None:
    """Count the capacity units of each table with its indexes.

    A write costs one unit per started KB of the larger of the old and the new item, plus each
    index whose entry changes; a refused condition costs as the item that it looked at. A read
    costs one unit per started 4 KB, half when eventually consistent; Query and Scan round the sum
    of their items. Transactions cost double.

    Notes
    -----
    Approximated: Query and Scan count the items as they are returned, scaled up by ScannedCount
    where a filter dropped some, so a projection counts as smaller than it is on AWS; a cancelled
    transaction and PartiQL statements count nothing.
    """
    _count_single_writes(dynamodb, meter)
    _count_reads(dynamodb, meter)
    _count_batches(dynamodb, meter)
    _count_transactions(dynamodb, meter)


def _count_single_writes(dynamodb: DynamoDB, meter: Meter) -> None:
    size_of = dynamodb.item_size_bytes

    @DynamoDB.add_consumed_capacity.wrap
    def _(before: Function) -> Function:
        def add(result: Record, data: Record, table: str, *rest: Any, **keywords: Any) -> None:
            before(result, data, table, *rest, **keywords)
            if keywords.get("write"):
                usage: Record = {}
                before(usage, {"ReturnConsumedCapacity": "TOTAL"}, table, *rest, **keywords)
                meter.consumed(table, write=float(usage["ConsumedCapacity"]["CapacityUnits"]))

        return add

    @DynamoDB.conditional_check_failed.wrap
    def _(before: Function) -> Function:
        def fail(data: Record, old_item: Record | None, *rest: Any) -> Any:
            table = dynamodb.normalize_table_name(data.get("TableName") or "")
            if table:
                size = size_of(old_item) if old_item else 0
                meter.consumed(table, write=float(max(1, math.ceil(size / 1024))))
            return before(data, old_item, *rest)

        return fail


def _count_reads(dynamodb: DynamoDB, meter: Meter) -> None:
    size_of = dynamodb.item_size_bytes
    add = dynamodb.add_consumed_capacity

    def count(result: Record, data: Record, table: str, *rest: Any, **keywords: Any) -> None:
        add(result, data, table, *rest, **keywords)
        if keywords.get("write"):
            return
        operation = "Query" if "KeyConditionExpression" in data or "KeyConditions" in data else "Scan"
        if "Key" in data:
            operation, key = "GetItem", data["Key"]
            item = dynamodb.get_item_by_key(dynamodb.tables.get(table) or {}, key)
            size = size_of(item) if item else 0
        else:
            items = result.get("Items") or []
            size = sum(size_of(item) for item in items)
            scanned = result.get("ScannedCount") or 0
            if items and scanned > len(items):
                size = math.ceil(size * scanned / len(items))
        units = read_units(size, consistent=bool(data.get("ConsistentRead")))
        meter.consumed(table, read=units, by=f"dynamodb.{operation}")

    DynamoDB.add_consumed_capacity.replace(count)


def _count_batches(dynamodb: DynamoDB, meter: Meter) -> None:
    size_of = dynamodb.item_size_bytes
    by_key = dynamodb.get_item_by_key

    @DynamoDB.accumulate_write_capacity.wrap
    def _(before: Function) -> Function:
        def accumulate(_cap: Record, table: Record, old: Record | None, new: Record | None) -> None:
            own: Record = {"table": 0.0, "gsi": {}, "lsi": {}}
            before(own, table, old, new)
            before(_cap, table, old, new)
            units = own["table"] + sum(own["gsi"].values()) + sum(own["lsi"].values())
            meter.consumed(str(table.get("TableName")), write=float(units))

        return accumulate

    @DynamoDB.batch_get_item.wrap
    def _(before: Function) -> Function:
        def get(data: Record) -> Response:
            response: Response = before(data)
            if response[0] == 200:
                for name, request in (data.get("RequestItems") or {}).items():
                    table = dynamodb.normalize_table_name(name)
                    records: Any = dynamodb.tables.get(table)
                    consistent = bool(request.get("ConsistentRead"))
                    items = [by_key(records, key) for key in request.get("Keys", []) if records]
                    sizes = [size_of(item) if item else 0 for item in items]
                    units = sum(read_units(size, consistent=consistent) for size in sizes)
                    meter.consumed(table, read=units, by="dynamodb.BatchGetItem")
            return response

        return get


def _count_transactions(dynamodb: DynamoDB, meter: Meter) -> None:
    """Have MiniStack say what a transaction consumed, and remove it where it was not requested."""

    def count(operation: Patch[Operation], unit: str) -> None:
        @operation.wrap
        def _(before: Function) -> Function:
            def run(data: Record) -> Response:
                requested = data.get("ReturnConsumedCapacity", "NONE") != "NONE"
                status, headers, body = before(
                    data if requested else {**data, "ReturnConsumedCapacity": "TOTAL"}
                )
                if status != 200:
                    return status, headers, body
                answer = json.loads(body)
                for entry in answer.get("ConsumedCapacity") or []:
                    # A repeated request token writes nothing and costs a read.
                    table = dynamodb.normalize_table_name(entry["TableName"])
                    units = float(entry["CapacityUnits"])
                    if "ReadCapacityUnits" in entry or unit == "read":
                        meter.consumed(table, read=units)
                    else:
                        meter.consumed(table, write=units)
                if not requested:
                    answer.pop("ConsumedCapacity", None)
                    body = json.dumps(answer, ensure_ascii=False).encode()
                return status, headers, body

            return run

    count(DynamoDB.transact_write_items, "write")
    count(DynamoDB.transact_get_items, "read")
