"""`StockRoom` on DynamoDB: one transaction for each item that an order takes, one to give all back.

::

    pk = STOCK#<sku>                   sku, available
    pk = RESERVATION#<order id>#<sku>  quantity, status HELD | RELEASED

The reservation makes both ways idempotent: it is written with the stock that it takes, and
turned with the stock that it gives back. A release that finds none leaves a RELEASED one, so
that a reservation which was still on its way (its Lambda timed out, say) takes nothing after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from orders.adapters.attributes import Attribute, Item, number, text, to_attribute, to_item
from orders.adapters.transactions import Refusal, Transaction, cancellation
from orders.errors import AlreadyCompensated, Contended, OutOfStock, UnknownItem
from orders.model import OrderId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

HELD = "HELD"
RELEASED = "RELEASED"
_RELEASE_ATTEMPTS = 4


def _stock_key(sku: str) -> dict[str, Attribute]:
    return {"pk": {"S": f"STOCK#{sku}"}}


def _reservation_key(order_id: OrderId, sku: str) -> dict[str, Attribute]:
    return {"pk": {"S": f"RESERVATION#{order_id}#{sku}"}}


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
        stocked = {text(item, "sku") for item in self._read([_stock_key(sku) for sku in wanted], "sku")}
        return [sku for sku in wanted if sku not in stocked]

    def reserve(self, order_id: OrderId, sku: str, quantity: int) -> None:
        """Take one item of an order; an order that holds the item already takes no more."""
        transaction = Transaction(self._client, "Reserving stock")
        transaction.put(
            self._table,
            _reservation_key(order_id, sku) | to_item({"quantity": quantity, "status": HELD}),
            condition="attribute_not_exists(pk)",
        )
        transaction.update(
            self._table,
            _stock_key(sku),
            "SET available = available - :quantity",
            condition="available >= :quantity",
            values={":quantity": to_attribute(quantity)},
        )
        refusals = transaction.commit()
        if cancellation(refusals) is not None:
            self._explain(order_id, sku, refusals)

    def _explain(self, order_id: OrderId, sku: str, refusals: Sequence[Refusal]) -> None:
        """Return if the order holds the item already; raise why it cannot have it otherwise."""
        reservation, shelf = refusals
        if reservation.code == "ConditionalCheckFailed":
            earlier = reservation.item or self._reservations(order_id, [sku]).get(sku)
            if earlier is not None and text(earlier, "status") == HELD:
                return
            raise AlreadyCompensated("stock")
        raise OutOfStock([sku]) if shelf.item else UnknownItem([sku])

    def release(self, order_id: OrderId, skus: Sequence[str]) -> bool:
        """Give back what the order holds of ``skus``, at most 50, once."""
        for _ in range(_RELEASE_ATTEMPTS):
            reservations = self._reservations(order_id, skus)
            transaction = Transaction(self._client, "Releasing stock")
            reserved = [sku for sku, item in reservations.items() if text(item, "status") == HELD]
            missing = [sku for sku in skus if sku not in reservations]
            if not reserved and not missing:
                return False
            for sku in missing:
                transaction.put(
                    self._table,
                    _reservation_key(order_id, sku) | to_item({"quantity": 0, "status": RELEASED}),
                    condition="attribute_not_exists(pk)",
                )
            for sku in reserved:
                self._give_back(transaction, order_id, sku, number(reservations[sku], "quantity"))
            if cancellation(transaction.commit()) is None:
                return bool(reserved)
            # Another run reserved or released since we looked: look again.
        raise Contended("Releasing stock", _RELEASE_ATTEMPTS)

    def _give_back(self, transaction: Transaction, order_id: OrderId, sku: str, quantity: int) -> None:
        transaction.update(
            self._table,
            _reservation_key(order_id, sku),
            "SET #status = :released",
            condition="#status = :held",
            names={"#status": "status"},
            values={":released": to_attribute(RELEASED), ":held": to_attribute(HELD)},
        )
        transaction.update(
            self._table,
            _stock_key(sku),
            "SET available = available + :quantity",
            condition="attribute_exists(pk)",
            values={":quantity": to_attribute(quantity)},
        )

    def _reservations(self, order_id: OrderId, skus: Sequence[str]) -> dict[str, Item]:
        """Return the reservations that an order has, by sku, read consistently."""
        names = {f"RESERVATION#{order_id}#{sku}": sku for sku in skus}
        items = self._read([_reservation_key(order_id, sku) for sku in skus])
        return {names[text(item, "pk")]: item for item in items}

    def _read(self, keys: Sequence[dict[str, Attribute]], *fields: str) -> Iterator[Item]:
        """Yield the items of up to 100 keys, consistently where they are read whole."""
        read: KeysAndAttributesTypeDef = {"Keys": list(keys)}
        if fields:
            read["ProjectionExpression"] = ", ".join(fields)
        else:
            read["ConsistentRead"] = True
        request: dict[str, KeysAndAttributesTypeDef] = {self._table: read}
        while request:
            answer = self._client.batch_get_item(RequestItems=request)
            yield from answer["Responses"].get(self._table, [])
            request = dict(answer.get("UnprocessedKeys", {}))  # type: ignore[arg-type]
