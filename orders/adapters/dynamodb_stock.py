"""`StockRoom` on DynamoDB: one transaction per order, conditional on every item's stock.

::

    pk = STOCK#<sku>             sku, available
    pk = RESERVATION#<order id>  items, status HELD | RELEASED

The reservation makes both ways idempotent: it is written with the stock that it takes, and
turned with the stock that it gives back. A release that finds none leaves a RELEASED one, so
that a reservation which was still on its way (its Lambda timed out, say) takes nothing after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from orders.adapters.attributes import Attribute, Item, entries, number, text, to_attribute, to_item
from orders.adapters.transactions import Refusal, Transaction, cancellation
from orders.errors import AlreadyCompensated, Contended, OutOfStock, UnknownItem
from orders.model import OrderId, OrderItem

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

HELD = "HELD"
RELEASED = "RELEASED"
_RELEASE_ATTEMPTS = 4


def _stock_key(sku: str) -> dict[str, Attribute]:
    return {"pk": {"S": f"STOCK#{sku}"}}


def _reservation_key(order_id: OrderId) -> dict[str, Attribute]:
    return {"pk": {"S": f"RESERVATION#{order_id}"}}


class DynamoDBStockRoom:
    """Stock and reservations in the fulfilment table.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    table : str
        The fulfilment table's name.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def unknown(self, skus: Iterable[str]) -> Sequence[str]:
        """Return those of ``skus``, at most 100, that have no stock item."""
        wanted = list(dict.fromkeys(skus))
        request: dict[str, KeysAndAttributesTypeDef] = {
            self._table: {"Keys": [_stock_key(sku) for sku in wanted], "ProjectionExpression": "sku"}
        }
        known: set[str] = set()
        while request:
            answer = self._client.batch_get_item(RequestItems=request)
            known.update(text(item, "sku") for item in answer["Responses"].get(self._table, []))
            request = dict(answer.get("UnprocessedKeys", {}))  # type: ignore[arg-type]
        return [sku for sku in wanted if sku not in known]

    def reserve(self, order_id: OrderId, items: Sequence[OrderItem]) -> None:
        """Take all of ``items`` or none; an order that holds them already takes no more."""
        transaction = Transaction(self._client, "Reserving stock")
        transaction.put(
            self._table,
            _reservation_key(order_id)
            | to_item(
                {
                    "items": [{"sku": item.sku, "quantity": item.quantity} for item in items],
                    "status": HELD,
                }
            ),
            condition="attribute_not_exists(pk)",
        )
        for item in items:
            transaction.update(
                self._table,
                _stock_key(item.sku),
                "SET available = available - :quantity",
                condition="available >= :quantity",
                values={":quantity": to_attribute(item.quantity)},
            )
        refusals = transaction.commit()
        if cancellation(refusals) is not None:
            self._explain(order_id, items, refusals)

    def _explain(self, order_id: OrderId, items: Sequence[OrderItem], refusals: Sequence[Refusal]) -> None:
        """Return if the order holds its items already; raise why it cannot have them otherwise."""
        reservation, *lines = refusals
        if reservation.code == "ConditionalCheckFailed":
            held = reservation.item or self._reservation(order_id)
            if held is not None and text(held, "status") == HELD:
                return
            raise AlreadyCompensated("stock")
        short = [(i.sku, r) for i, r in zip(items, lines, strict=True) if r.code == "ConditionalCheckFailed"]
        missing = [sku for sku, refusal in short if not refusal.item]
        if missing:
            raise UnknownItem(missing)
        raise OutOfStock([sku for sku, _ in short])

    def release(self, order_id: OrderId) -> bool:
        """Give back what the order holds, once; True when this call did it."""
        for _ in range(_RELEASE_ATTEMPTS):
            held = self._reservation(order_id)
            if held is not None and text(held, "status") == RELEASED:
                return False
            transaction = Transaction(self._client, "Releasing stock")
            if held is None:
                transaction.put(
                    self._table,
                    _reservation_key(order_id) | to_item({"items": [], "status": RELEASED}),
                    condition="attribute_not_exists(pk)",
                )
            else:
                self._give_back(transaction, order_id, held)
            if cancellation(transaction.commit()) is None:
                return held is not None
            # Somebody reserved or released since we looked: look again.
        raise Contended("Releasing stock", _RELEASE_ATTEMPTS)

    def _give_back(self, transaction: Transaction, order_id: OrderId, held: Item) -> None:
        transaction.update(
            self._table,
            _reservation_key(order_id),
            "SET #status = :released",
            condition="#status = :held",
            names={"#status": "status"},
            values={":released": to_attribute(RELEASED), ":held": to_attribute(HELD)},
        )
        for line in entries(held, "items"):
            transaction.update(
                self._table,
                _stock_key(text(line, "sku")),
                "SET available = available + :quantity",
                condition="attribute_exists(pk)",
                values={":quantity": to_attribute(number(line, "quantity"))},
            )

    def _reservation(self, order_id: OrderId) -> Item | None:
        answer = self._client.get_item(
            TableName=self._table, Key=_reservation_key(order_id), ConsistentRead=True
        )
        return answer.get("Item")
