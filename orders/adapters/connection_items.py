"""The items of the connections table, written and read.

::

    pk = TICKET#<sha256>   sk = TICKET             a secret's hash, and who was given it
    pk = CONNECTION#<id>   sk = META               an open connection, and the orders that it follows
    pk = ORDER#<id>        sk = CONNECTION#<id>    what fan-out reads: all that a push needs

Each has `expiresAt`, the table's TTL, in seconds since 1970.
"""

from __future__ import annotations

from typing import TypedDict

from orders.adapters.attributes import Attribute, Item, number, text, to_item
from orders.caller import Caller
from orders.connections import Connection, Subscription
from orders.model import CustomerId, OrderId

TICKET = "TICKET"
META = "META"
_CONNECTION = "CONNECTION#"
_ORDER = "ORDER#"


class SubscribersQuery(TypedDict):
    """The parameters of a query, for boto3 or as JSON."""

    TableName: str
    KeyConditionExpression: str
    ExpressionAttributeValues: dict[str, Attribute]
    ConsistentRead: bool


def ticket_key(digest: str) -> dict[str, Attribute]:
    """Return the key of a ticket."""
    return to_item({"pk": f"TICKET#{digest}", "sk": TICKET})


def connection_key(connection_id: str) -> dict[str, Attribute]:
    """Return the key of a connection."""
    return to_item({"pk": f"{_CONNECTION}{connection_id}", "sk": META})


def subscription_key(order_id: OrderId, connection_id: str) -> dict[str, Attribute]:
    """Return the key of a subscription."""
    return to_item({"pk": f"{_ORDER}{order_id}", "sk": f"{_CONNECTION}{connection_id}"})


def subscribers_query(table: str, order_id: OrderId) -> SubscribersQuery:
    """Return the query for an order's subscriptions.

    It reads consistently: a change that is committed just after a subscription was written is told
    by nobody but fan-out, which must see it.
    """
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :order",
        "ExpressionAttributeValues": {":order": {"S": f"{_ORDER}{order_id}"}},
        "ConsistentRead": True,
    }


def caller_fields(caller: Caller) -> dict[str, Attribute]:
    """Return a caller's part of an item."""
    return to_item({"customerId": caller.customer_id, "isStaff": int(caller.is_staff)})


def read_caller(item: Item) -> Caller:
    """Return whom an item belongs to."""
    return Caller(CustomerId(text(item, "customerId")), bool(number(item, "isStaff")))


def connection_item(connection: Connection) -> dict[str, Attribute]:
    """Return a connection's item; the orders that it follows are added to it as they come."""
    fields = to_item({"endpoint": connection.endpoint, "expiresAt": connection.expires_at})
    return connection_key(connection.connection_id) | caller_fields(connection.caller) | fields


def read_connection(item: Item) -> Connection:
    """Return the connection that an item holds."""
    return Connection(
        connection_id=text(item, "pk").removeprefix(_CONNECTION),
        caller=read_caller(item),
        endpoint=text(item, "endpoint"),
        expires_at=number(item, "expiresAt"),
    )


def followed(item: Item) -> list[OrderId]:
    """Return the orders that a connection's item names."""
    return [OrderId(order_id) for order_id in item.get("follows", {}).get("SS", [])]


def subscription_item(subscription: Subscription) -> dict[str, Attribute]:
    """Return a subscription's item."""
    key = subscription_key(subscription.order_id, subscription.connection_id)
    fields = to_item({"endpoint": subscription.endpoint, "expiresAt": subscription.expires_at})
    return key | caller_fields(subscription.caller) | fields


def read_subscription(item: Item) -> Subscription:
    """Return the subscription that an item holds."""
    return Subscription(
        order_id=OrderId(text(item, "pk").removeprefix(_ORDER)),
        connection_id=text(item, "sk").removeprefix(_CONNECTION),
        caller=read_caller(item),
        endpoint=text(item, "endpoint"),
        expires_at=number(item, "expiresAt"),
    )
