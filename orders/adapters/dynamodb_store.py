"""`OrderStore` on DynamoDB: a status change is one conditional update of one small item."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from orders.adapters.attributes import Attribute, Item, text, to_attribute
from orders.adapters.order_items import (
    CONTENTS,
    PENDING,
    STATE,
    contents_item,
    history_entry,
    key,
    owned_key,
    read_contents,
    read_position,
    read_state,
    state_item,
)
from orders.adapters.transactions import Transaction, cancellation
from orders.errors import ChangeRefused, OrderNotFound
from orders.model import (
    ChangeOrder,
    CustomerId,
    OrderContents,
    OrderId,
    OrderState,
    StatusChange,
    Timestamp,
)
from orders.ports import Position, Recorded
from orders.status import OrderStatus

if TYPE_CHECKING:
    from botocore.exceptions import ClientError
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import QueryInputTypeDef


class DynamoDBOrderStore:
    """Orders in a table with keys ``pk`` and ``sk`` and the indexes ``byOwner`` and ``pending``.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    table : str
        The orders table's name.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def record(self, contents: OrderContents, state: OrderState) -> bool:
        """Write both items or none; False when the id is taken."""
        transaction = Transaction(self._client, "Recording the order")
        for item in (contents_item(contents), state_item(state)):
            transaction.put(self._table, item, condition="attribute_not_exists(pk)")
        return cancellation(transaction.commit()) is None

    def contents(self, order_id: OrderId) -> OrderContents | None:
        """Return what was ordered, read consistently."""
        item = self._item(order_id, CONTENTS)
        return None if item is None else read_contents(item)

    def state(self, order_id: OrderId) -> OrderState | None:
        """Return how the order is doing, read consistently."""
        item = self._item(order_id, STATE)
        return None if item is None else read_state(item)

    def order(self, order_id: OrderId) -> Recorded | None:
        """Return both parts of an order, read consistently and at once."""
        items = self._client.query(
            TableName=self._table,
            KeyConditionExpression="pk = :order",
            ExpressionAttributeValues={":order": key(order_id, STATE)["pk"]},
            ConsistentRead=True,
        )["Items"]
        by_key = {text(item, "sk"): item for item in items}
        if CONTENTS not in by_key or STATE not in by_key:
            return None
        return Recorded(read_contents(by_key[CONTENTS]), read_state(by_key[STATE]))

    def owned(
        self, owner: CustomerId, *, status: OrderStatus | None, limit: int, after: Position | None
    ) -> tuple[Sequence[OrderState], Position | None]:
        """Return a customer's orders after a place, newest first, and the place to go on from."""
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": "byOwner",
            "KeyConditionExpression": "ownerKey = :owner",
            "ExpressionAttributeValues": {":owner": {"S": owner}},
            "ScanIndexForward": False,
            "Limit": limit,
        }
        if status is not None:
            request["FilterExpression"] = "#status = :status"
            request["ExpressionAttributeNames"] = {"#status": "status"}
            request["ExpressionAttributeValues"] = {
                ":owner": {"S": owner},
                ":status": to_attribute(status),
            }
        if after is not None:
            request["ExclusiveStartKey"] = owned_key(owner, after)
        answer = self._client.query(**request)
        last = answer.get("LastEvaluatedKey")
        return [read_state(item) for item in answer["Items"]], None if last is None else read_position(last)

    def change(self, order_id: OrderId, command: ChangeOrder) -> OrderState:
        """Carry out ``command`` in one conditional write, and return the state after it.

        botocore repeats an update whose answer was lost, and the repeat then fails its own
        condition: the item as it was at that moment, which comes with the refusal, shows by its
        ``lastChange`` whether it was us.
        """
        names, values, update = _change_expression(command)
        allowed = {f":from{index}": to_attribute(source) for index, source in enumerate(command.sources)}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(order_id, STATE),
                UpdateExpression=update,
                ConditionExpression=f"#status IN ({', '.join(allowed)})",
                ExpressionAttributeNames=names,
                ExpressionAttributeValues={**values, **allowed},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            return self._settle(order_id, command, error)
        return read_state(answer["Attributes"])

    def pending_since(self, before: Timestamp, limit: int) -> Sequence[OrderId]:
        """Return up to ``limit`` orders, oldest first, that no workflow has begun."""
        pending: list[OrderId] = []
        request: QueryInputTypeDef = {
            "TableName": self._table,
            "IndexName": "pending",
            "KeyConditionExpression": "pendingKey = :pending AND pendingSince < :before",
            "ExpressionAttributeValues": {":pending": {"S": PENDING}, ":before": {"S": before}},
        }
        while len(pending) < limit:
            request["Limit"] = limit - len(pending)
            page = self._client.query(**request)
            # The index has keys alone; the order's id is in the table's own key.
            pending += [OrderId(text(item, "pk").removeprefix("ORDER#")) for item in page["Items"]]
            if "LastEvaluatedKey" not in page:
                break
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]
        return pending

    def _settle(self, order_id: OrderId, command: ChangeOrder, error: ClientError) -> OrderState:
        refused: Item | None = error.response.get("Item")  # type: ignore[assignment]
        item = refused or self._item(order_id, STATE)
        if item is None:
            raise OrderNotFound from error
        state = read_state(item)
        if state.last_change == command.origin and state.status is command.target:
            return state
        raise ChangeRefused(state.status, command.target) from error

    def _item(self, order_id: OrderId, sort: str) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=key(order_id, sort), ConsistentRead=True)
        return answer.get("Item")


def _change_expression(command: ChangeOrder) -> tuple[dict[str, str], Mapping[str, Attribute], str]:
    """Return names, values and the update expression of ``command``: the workflow's is the same."""
    entry = history_entry(StatusChange(command.target, command.at, command.reason))
    values = {
        ":target": to_attribute(command.target),
        ":one": to_attribute(1),
        ":entry": to_attribute([entry]),
        ":at": to_attribute(command.at),
        ":origin": to_attribute({"execution": command.origin.execution, "state": command.origin.state}),
    }
    names = {"#status": "status", "#version": "version", "#history": "history"}
    update = (
        "SET #status = :target, #version = #version + :one, #history = list_append(#history, :entry), "
        "updatedAt = :at, lastChange = :origin"
    )
    if command.reason is not None:
        values[":reason"] = to_attribute(command.reason)
        names["#reason"] = "reason"
        update += ", #reason = :reason"
    return names, values, f"{update} REMOVE pendingKey, pendingSince"
