"""`ImportedOrders` on DynamoDB: many orders in one transaction, those that are there already left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from orders.adapters.attributes import text
from orders.adapters.order_items import (
    CONTENTS,
    contents_item,
    key,
    read_contents,
    read_import_line,
    state_item,
)
from orders.adapters.transactions import Refusal, Transaction
from orders.adapters.xray.header import current_text
from orders.errors import Contended, OrderwireError
from orders.model import OrderContents, OrderId, received
from orders.origins import ImportLine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

TOGETHER = 10
"""Orders of a transaction, two items each: the largest have far less than 4 MB, and no writer waits long."""
READS = 100
"""DynamoDB's limit on the items of one BatchGetItem."""
ROUNDS = 8


class DynamoDBImportedOrders:
    """Orders that are recorded together.

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

    def record_all(self, orders: Sequence[OrderContents]) -> Sequence[OrderContents | None]:
        """Record orders; return what was there before of those that were recorded already."""
        before: dict[OrderId, OrderContents] = {}
        for start in range(0, len(orders), TOGETHER):
            before |= self._record(orders[start : start + TOGETHER])
        return [before.get(contents.order_id) for contents in orders]

    def _record(self, orders: Sequence[OrderContents]) -> dict[OrderId, OrderContents]:
        """Record some; each round leaves out those that the one before found to be there."""
        before: dict[OrderId, OrderContents] = {}
        trace = current_text()
        for _ in range(ROUNDS):
            new = [contents for contents in orders if contents.order_id not in before]
            if not new:
                return before
            transaction = Transaction(self._client, "Recording imported orders")
            for contents in new:
                for item in (contents_item(contents), state_item(received(contents, trace))):
                    transaction.put(self._table, item, condition="attribute_not_exists(pk)")
            refusals = transaction.commit()
            if not refusals:
                return before
            before |= {
                contents.order_id: _there(refusal)
                for contents, refusal in zip(new, refusals[::2], strict=True)
                if refusal.code == "ConditionalCheckFailed"
            }
        raise Contended("Recording imported orders", ROUNDS)

    def lines_of(self, order_ids: Sequence[OrderId]) -> Mapping[OrderId, ImportLine | None]:
        """Read the lines of many orders, consistently."""
        imported: dict[OrderId, ImportLine | None] = {}
        for start in range(0, len(order_ids), READS):
            keys = [key(order_id, CONTENTS) for order_id in order_ids[start : start + READS]]
            for _ in range(ROUNDS):
                wanted: KeysAndAttributesTypeDef = {
                    "Keys": keys,
                    "ConsistentRead": True,
                    "ProjectionExpression": "orderId, importId, importLine",
                }
                answer = self._client.batch_get_item(RequestItems={self._table: wanted})
                for item in answer["Responses"].get(self._table, []):
                    imported[OrderId(text(item, "orderId"))] = read_import_line(item)
                keys = list(answer.get("UnprocessedKeys", {}).get(self._table, {"Keys": []})["Keys"])
                if not keys:
                    break
            else:
                raise Contended("Reading imported orders", ROUNDS)
        return imported


def _there(refusal: Refusal) -> OrderContents:
    if refusal.item is None:
        raise OrderwireError("DynamoDB refused an order and did not say what is there.")
    return read_contents(refusal.item)
