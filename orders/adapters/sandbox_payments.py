"""A payment provider for tests and demonstrations: the card's token says how it behaves.

``tok_approve…`` is approved, ``tok_timeout…`` is not answered until the timeout is over, and
``tok_decline…``, like every token that it does not know, is declined.

Its ledger is one item per order, written on a condition, which makes the order's id the
idempotency key that a real provider takes::

    pk = PAYMENT#<order id>   status AUTHORIZED | DECLINED | VOIDED, amount, currency, reference
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from orders.adapters.attributes import Attribute, Item, text, to_item
from orders.errors import AlreadyCompensated, Contended, OrderwireError, PaymentDeclined, PaymentTimeout
from orders.model import OrderId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AUTHORIZED = "AUTHORIZED"
DECLINED = "DECLINED"
VOIDED = "VOIDED"
_VOID_ATTEMPTS = 4


class SandboxPayments:
    """`PaymentProvider` that moves no money.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    table : str
        The fulfilment table's name.
    timeout : float
        How many seconds to wait for an answer.
    sleep : callable
        Waits some seconds: how ``tok_timeout`` stays silent.
    """

    def __init__(
        self,
        client: DynamoDBClient,
        table: str,
        *,
        timeout: float,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._client = client
        self._table = table
        self._timeout = timeout
        self._sleep = sleep

    def authorize(self, order_id: OrderId, *, amount: int, currency: str, card_token: str) -> str:
        """Authorize the payment once, however often it is asked, and return its reference."""
        if card_token.startswith("tok_timeout") and self._entry(order_id) is None:
            self._sleep(self._timeout)
            raise PaymentTimeout(self._timeout)
        approved = card_token.startswith("tok_approve")
        reference = f"sandbox-{order_id}"
        entry = to_item(
            {
                "status": AUTHORIZED if approved else DECLINED,
                "amount": amount,
                "currency": currency,
                "reference": reference,
            }
        )
        earlier = self._write_first(order_id, entry)
        status = text(earlier, "status")
        if status == DECLINED:
            raise PaymentDeclined
        if status == VOIDED:
            raise AlreadyCompensated("payment")
        return text(earlier, "reference")

    def void(self, order_id: OrderId) -> bool:
        """Give the payment back, once; True when this call did it."""
        earlier = self._write_first(order_id, to_item({"status": VOIDED}))
        for _ in range(_VOID_ATTEMPTS):
            if text(earlier, "status") != AUTHORIZED:
                return False
            try:
                self._client.update_item(
                    TableName=self._table,
                    Key=self._key(order_id),
                    UpdateExpression="SET #status = :voided",
                    ConditionExpression="#status = :authorized",
                    ExpressionAttributeNames={"#status": "status"},
                    ExpressionAttributeValues={":voided": {"S": VOIDED}, ":authorized": {"S": AUTHORIZED}},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                earlier = self._entry(order_id) or {}
            else:
                return True
        raise Contended("Voiding the payment", _VOID_ATTEMPTS)

    def _write_first(self, order_id: OrderId, entry: dict[str, Attribute]) -> Item:
        """Write the ledger's entry unless there is one; return the one that is there then."""
        try:
            self._client.put_item(
                TableName=self._table,
                Item=self._key(order_id) | entry,
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            there = self._entry(order_id)
            if there is None:
                raise OrderwireError("The payment's entry vanished from the ledger.") from None
            return there
        return entry

    def _entry(self, order_id: OrderId) -> Item | None:
        answer = self._client.get_item(TableName=self._table, Key=self._key(order_id), ConsistentRead=True)
        return answer.get("Item")

    @staticmethod
    def _key(order_id: OrderId) -> dict[str, Attribute]:
        return {"pk": {"S": f"PAYMENT#{order_id}"}}
