"""UpdateItem and PutItem: what a write would do is found first, and done only if there is nothing unusual."""

from __future__ import annotations

from typing import NamedTuple

from localcloud.engine.meter import Meter
from localcloud.engine.ministack.dynamodb import DynamoDB, dynamodb
from localcloud.engine.ministack.facade import Patch
from localcloud.engine.ministack.types import Operation as DynamoDBOperation
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.quick import expressions
from localcloud.engine.quick.answers import answered
from localcloud.engine.quick.sharing import shared
from localcloud.engine.quick.tables import (
    ITEM_BYTES,
    ItemPlace,
    check_indexes,
    index_units,
    kilobytes,
    place,
    table_of,
)
from localcloud.engine.quick.updates import Update
from localcloud.engine.quick.values import Unusual, measure, measure_all, measure_item, remember

EXPRESSIONS = {"ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
COMMON = {"TableName", "ReturnValues", "ReturnValuesOnConditionCheckFailure", "ReturnConsumedCapacity"}
FIELDS = {
    "Put": EXPRESSIONS | COMMON | {"Item"},
    "Update": EXPRESSIONS | COMMON | {"Key", "UpdateExpression"},
    "Delete": EXPRESSIONS | COMMON | {"Key"},
    "ConditionCheck": EXPRESSIONS | COMMON | {"Key"},
}
# Compared, not hashed: a request may have anything there.
ON_FAILURE = (None, "NONE", "ALL_OLD")
UNSAID = (None, "NONE")


class Write(NamedTuple):
    """A write that may be done.

    Attributes
    ----------
    before, after
        The item as it is, and as it becomes; None where there is none.
    size
        What the larger of the two weighs.
    """

    operation: str
    place: ItemPlace
    before: Record | None
    after: Record | None
    size: int
    condition: expressions.WriteCondition | None
    values: Record

    @property
    def allowed(self) -> bool:
        """Whether the condition holds."""
        return self.condition is None or self.condition.holds(self.before, self.values)

    def carry_out(self, dynamodb: DynamoDB) -> None:
        """Do it, in the table, its indexes and its stream."""
        name, table, partition, sort = self.place
        if self.after is not None and self.operation != "ConditionCheck":
            dynamodb.set_item(table, partition, sort, self.after)
            dynamodb.emit_stream_event(name, "MODIFY" if self.before else "INSERT", self.before, self.after)
        elif self.before is not None and self.operation == "Delete":
            dynamodb.remove_item(table, partition, sort)
            dynamodb.emit_stream_event(name, "REMOVE", self.before, None)

    def units(self, factor: float = 1.0) -> float:
        """Return what it costs, the table's part times ``factor``."""
        return factor * kilobytes(self.size) + index_units(self.place.table, self.before, self.after)


def prepare(dynamodb: DynamoDB, operation: str, data: Record) -> Write:
    """Find what a write would do.

    Parameters
    ----------
    operation
        ``Put``, ``Update``, ``Delete`` or ``ConditionCheck``.

    Raises
    ------
    Unusual
        It is MiniStack's; nothing has been changed.
    """
    if type(data) is not dict or not data.keys() <= FIELDS[operation]:
        raise Unusual
    if (
        data.get("ReturnConsumedCapacity") not in UNSAID
        or data.get("ReturnValuesOnConditionCheckFailure") not in ON_FAILURE
    ):
        raise Unusual
    name = data.get("TableName")
    table = table_of(dynamodb, name)
    plan = expressions.plan(operation, data)
    values: Record = data.get("ExpressionAttributeValues") or {}
    weight = sum(map(measure, values.values()))
    where = place(
        str(name), table, data.get("Item" if operation == "Put" else "Key"), whole=operation != "Put"
    )
    before = where.item
    size = measure_item(before) if before is not None else 0
    after = None if operation == "Delete" else before
    if operation == "Put":
        after = shared(data["Item"])
    elif plan.update is not None:
        update = plan.update
        if update.targets & {table["pk_name"], table["sk_name"]}:
            raise Unusual
        if update.tokens * (weight + update.longest + 64) > ITEM_BYTES:
            raise Unusual
        after = update.apply(before if before is not None else data["Key"], shared(values))
    elif operation == "Update":
        raise Unusual
    if after is not None and after is not before:
        if "" in after:
            raise Unusual
        new_size = _new_size(before, after, plan.update)
        if new_size > ITEM_BYTES:
            raise Unusual
        size = max(size, new_size)
        check_indexes(table, after, before)
    elif operation == "ConditionCheck" and before is None:
        size = measure_item(data["Key"])
    return Write(operation, where, before, after, size, plan.condition, values)


def _new_size(before: Record | None, after: Record, update: Update | None) -> int:
    """Return what an item weighs once it is written; of an updated one only what changed is weighed."""
    if before is None or update is None:
        return measure_item(after)
    was = {name: before[name] for name in update.targets & before.keys()}
    becomes = {name: after[name] for name in update.targets & after.keys()}
    return remember(after, measure_item(before) - measure_all(was) + measure_all(becomes))


def take_short_cuts(meter: Meter) -> None:
    """Put the short ways before MiniStack's UpdateItem and PutItem."""

    def shorten(
        name: Patch[DynamoDBOperation], operation: str, returned: dict[str | None, str | None]
    ) -> None:
        """Answer an operation; ``returned`` says which item each ReturnValues asks for."""

        @name.wrap
        def _(before: Function) -> Function:
            def write(data: Record) -> Response:
                try:
                    if type(data) is not dict or data.get("ReturnValues") not in [*returned]:
                        raise Unusual
                    if dynamodb.older_validation_region():
                        raise Unusual
                    change = prepare(dynamodb, operation, data)
                    if not change.allowed:
                        raise Unusual
                    units = change.units()
                except Unusual:
                    response: Response = before(data)
                    return response
                change.carry_out(dynamodb)
                meter.consumed(change.place.name, write=units)
                which = returned[data.get("ReturnValues")]
                item = getattr(change, which) if which else None
                return answered({"Attributes": item} if item else {})

            return write

    none: dict[str | None, str | None] = {None: None, "NONE": None, "ALL_OLD": "before"}
    shorten(DynamoDB.put_item, "Put", none)
    shorten(DynamoDB.update_item, "Update", {**none, "ALL_NEW": "after"})
