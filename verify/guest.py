"""What the smoke leaves no trace of: a user who can sign in, an item in stock, and the orders' items."""

from __future__ import annotations

import contextlib
import json
import secrets
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from clients import BadSettings, Credentials, Refused
from localcloud.stack.account import Account

NEEDED = (
    "GraphQLUrl",
    "RealtimeUrl",
    "UserPoolId",
    "UserPoolClientId",
    "OrdersTableName",
    "FulfilmentTableName",
)


@dataclass
class Guest:
    """A person who may sign in and order one item, until the smoke is over."""

    account: Account
    outputs: Mapping[str, str]
    sku: str
    credentials: Credentials
    orders: list[str] = field(default_factory=list)

    def available(self) -> int:
        """Return how many of the item there are."""
        return int(self._fulfilment(f"STOCK#{self.sku}", "available", "N"))

    def given_back(self, order_id: str) -> bool:
        """Say whether the workflow has given back the order's stock and payment."""
        stock = self._fulfilment(f"RESERVATION#{order_id}#{self.sku}", "status", "S")
        return (stock, self._fulfilment(f"PAYMENT#{order_id}", "status", "S")) == ("RELEASED", "VOIDED")

    def deliver(self, order_id: str) -> None:
        """Report the order's delivery, as a warehouse does, where the stack leaves that to one."""
        if self.outputs.get("Fulfilment") != "external":
            return
        detail = {"eventId": str(uuid.uuid4()), "orderId": order_id}
        answer = self.account.client("events").put_events(
            Entries=[
                {
                    "Source": "orderwire.fulfilment",
                    "DetailType": "OrderDelivered",
                    "Detail": json.dumps(detail),
                }
            ]
        )
        if answer["FailedEntryCount"]:
            raise Refused("EventBridge did not take the event of a delivery")

    def _fulfilment(self, key: str, attribute: str, kind: Literal["S", "N"]) -> str:
        item = self.account.client("dynamodb").get_item(
            TableName=self.outputs["FulfilmentTableName"], Key={"pk": {"S": key}}, ConsistentRead=True
        )
        return item.get("Item", {}).get(attribute, {}).get(kind, "")

    def remember(self, order_id: str) -> str:
        """Clean this order up in the end; return its id."""
        self.orders.append(order_id)
        return order_id


@contextlib.contextmanager
def guest(account: Account, outputs: Mapping[str, str], *, available: int) -> Iterator[Guest]:
    """Make a user and stock; take away both, and the orders, however the block ends.

    Raises
    ------
    BadSettings
        The stack is not Orderwire's.
    """
    missing = [name for name in NEEDED if name not in outputs]
    if missing:
        raise BadSettings(f"the stack has no output {', '.join(missing)}: is it Orderwire's?")
    cognito, dynamodb = account.client("cognito-idp"), account.client("dynamodb")
    name = f"verify-{secrets.token_hex(6)}"
    guest = Guest(
        account=account,
        outputs=outputs,
        sku=name.upper(),
        # A pool's policy asks for each kind of character.
        credentials=Credentials(name, f"Aa1-{secrets.token_urlsafe(24)}"),
    )
    pool = outputs["UserPoolId"]
    with contextlib.ExitStack() as cleaning:
        cognito.admin_create_user(UserPoolId=pool, Username=name, MessageAction="SUPPRESS")
        cleaning.callback(cognito.admin_delete_user, UserPoolId=pool, Username=name)
        cognito.admin_set_user_password(
            UserPoolId=pool, Username=name, Password=guest.credentials.password, Permanent=True
        )
        cleaning.callback(_forget, guest)
        dynamodb.put_item(
            TableName=outputs["FulfilmentTableName"],
            Item={
                "pk": {"S": f"STOCK#{guest.sku}"},
                "sku": {"S": guest.sku},
                "available": {"N": str(available)},
            },
        )
        yield guest


def _forget(guest: Guest) -> None:
    dynamodb, outputs = guest.account.client("dynamodb"), guest.outputs
    for order_id in guest.orders:
        for sort in ("CONTENTS", "STATE", "APPROVAL", "CLAIM"):
            dynamodb.delete_item(
                TableName=outputs["OrdersTableName"],
                Key={"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": sort}},
            )
    keys = [f"STOCK#{guest.sku}"]
    for order_id in guest.orders:
        keys += [f"RESERVATION#{order_id}#{guest.sku}", f"PAYMENT#{order_id}"]
    for key in keys:
        dynamodb.delete_item(TableName=outputs["FulfilmentTableName"], Key={"pk": {"S": key}})
