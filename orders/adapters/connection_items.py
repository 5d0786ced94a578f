"""The items of the connections table, written and read.

::

    pk = TICKET#<sha256>   sk = TICKET             a secret's hash, and who was given it
    pk = CONNECTION#<id>   sk = META               an open connection, and the orders that it follows
    pk = ORDER#<id>        sk = CONNECTION#<id>    what fan-out reads: all that a push needs

    pk = ORDER#<id>        sk = CONNECTION#<id>#<operation>    the same for one of GraphQL's operations,
    pk = CUSTOMER#<id>     sk = CONNECTION#<id>#<operation>    for one that asks for all of a customer's,
    pk = CUSTOMER#*        sk = CONNECTION#<id>#<operation>    and for one of staff's, who see everyone's
    pk = WIDE              sk = CUSTOMERS, STAFF   whether there is a follower of all; `since` in milliseconds
    pk = FOLLOWED#<id>     sk = FOLLOWED           an order's marker: without it, no connection follows it

Each has `expiresAt`, the table's TTL, in seconds since 1970.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, TypedDict

from orders.adapters.attributes import Attribute, Item, number, optional_map, optional_text, text, to_item
from orders.caller import Caller
from orders.connections import CONNECTION_LIFE, Connection, Subscription
from orders.model import CustomerId, OrderId
from orders.operations import GraphQLConnection, Operation
from orders.transport_ws import SUBPROTOCOL

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import KeysAndAttributesTypeDef

TICKET = "TICKET"
META = "META"
WIDE = "WIDE"
CUSTOMERS = "CUSTOMERS"
STAFF = "STAFF"
FOLLOWED = "FOLLOWED"
MARKER_LIFE = CONNECTION_LIFE + timedelta(minutes=5)
"""For which a marker outlives the subscription that wrote it. The next one may be of a connection that was
opened earlier, and its marker must outlive this one's subscription all the same; with what clocks differ."""
_EVERYONE = "*"
_CONNECTION = "CONNECTION#"
_ORDER = "ORDER#"
_CUSTOMER = "CUSTOMER#"
_MARK = "|"


class SubscribersQuery(TypedDict):
    """The parameters of a query, for boto3 or as JSON."""

    TableName: str
    KeyConditionExpression: str
    ExpressionAttributeValues: dict[str, Attribute]
    ConsistentRead: bool


class MarkersRequest(TypedDict):
    """The parameters of a BatchGetItem, for boto3 or as JSON."""

    RequestItems: dict[str, KeysAndAttributesTypeDef]


def ticket_key(digest: str) -> dict[str, Attribute]:
    """Return the key of a ticket."""
    return to_item({"pk": f"TICKET#{digest}", "sk": TICKET})


def connection_key(connection_id: str) -> dict[str, Attribute]:
    """Return the key of a connection."""
    return to_item({"pk": f"{_CONNECTION}{connection_id}", "sk": META})


def subscription_key(order_id: OrderId, connection_id: str) -> dict[str, Attribute]:
    """Return the key of a subscription."""
    return to_item({"pk": f"{_ORDER}{order_id}", "sk": f"{_CONNECTION}{connection_id}"})


def key_of(subscription: Subscription) -> dict[str, Attribute]:
    """Return the key of a subscription of either protocol."""
    connection = f"{_CONNECTION}{subscription.connection_id}"
    operation = subscription.operation
    sort = connection if operation is None else f"{connection}#{operation.id}"
    return to_item({"pk": partition_of(subscription), "sk": sort})


def operation_key(partition: str, connection_id: str, operation_id: str) -> dict[str, Attribute]:
    """Return the key of an operation, whose partition its connection's item names."""
    return to_item({"pk": partition, "sk": f"{_CONNECTION}{connection_id}#{operation_id}"})


def partition_of(subscription: Subscription) -> str:
    """Return the partition that fan-out finds a subscription in."""
    if subscription.order_id is not None:
        return f"{_ORDER}{subscription.order_id}"
    caller = subscription.caller
    return f"{_CUSTOMER}{_EVERYONE if caller.is_staff else caller.customer_id}"


def subscribers_query(table: str, order_id: OrderId) -> SubscribersQuery:
    """Return the query for an order's subscriptions.

    It reads consistently: a change that is committed just after a subscription was written is sent
    only by fan-out, which must see it.
    """
    return _query(table, f"{_ORDER}{order_id}")


def wide_query(table: str, customer_id: CustomerId | None) -> SubscribersQuery:
    """Return the query for those who follow all orders of a customer, or of everyone's without one."""
    return _query(table, f"{_CUSTOMER}{customer_id or _EVERYONE}")


def flags_query(table: str) -> SubscribersQuery:
    """Return the query for whether any connection follows all orders of a customer."""
    return _query(table, WIDE)


def flag_key(*, is_staff: bool) -> dict[str, Attribute]:
    """Return the key of the item that says so, of staff or of customers."""
    return to_item({"pk": WIDE, "sk": STAFF if is_staff else CUSTOMERS})


def markers_request(table: str, order_ids: Sequence[OrderId]) -> MarkersRequest:
    """Return the request for the markers of up to 100 orders; it reads consistently, as the query does."""
    keys = [marker_key(order_id) for order_id in order_ids]
    return {"RequestItems": {table: {"Keys": keys, "ConsistentRead": True}}}


def _query(table: str, partition: str) -> SubscribersQuery:
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :order",
        "ExpressionAttributeValues": {":order": {"S": partition}},
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


def graphql_connection_item(connection: GraphQLConnection) -> dict[str, Attribute]:
    """Return the item of a connection that has not said yet whose it is."""
    fields = to_item({"endpoint": connection.endpoint, "expiresAt": connection.expires_at})
    protocol = to_item({"protocol": SUBPROTOCOL, "operations": {}})
    return connection_key(connection.connection_id) | fields | protocol


def read_connection(item: Item) -> Connection | GraphQLConnection:
    """Return the connection that an item holds, by its protocol."""
    if optional_text(item, "protocol") == SUBPROTOCOL:
        return GraphQLConnection(
            connection_id=text(item, "pk").removeprefix(_CONNECTION),
            endpoint=text(item, "endpoint"),
            expires_at=number(item, "expiresAt"),
            caller=read_caller(item) if "customerId" in item else None,
        )
    return Connection(
        connection_id=text(item, "pk").removeprefix(_CONNECTION),
        caller=read_caller(item),
        endpoint=text(item, "endpoint"),
        expires_at=number(item, "expiresAt"),
    )


def followed(item: Item) -> list[OrderId]:
    """Return the orders that a connection's item names."""
    return [OrderId(order_id) for order_id in item.get("follows", {}).get("SS", [])]


def operation_keys(item: Item) -> list[dict[str, Attribute]]:
    """Return the keys of the operations that a connection's item names."""
    operations = followed_operations(item)
    if not operations:
        return []
    connection_id = text(item, "pk").removeprefix(_CONNECTION)
    return [operation_key(partition, connection_id, id_) for id_, partition in operations.items()]


def followed_operations(item: Item) -> dict[str, str]:
    """Return the partition of each operation that a connection's item names, by the operation's id."""
    partitions = optional_map(item, "operations") or {}
    return {id_: text(partitions, id_).partition(_MARK)[0] for id_ in partitions}


def marked(partition: str, mark: str) -> str:
    """Return a claim's value: the partition of its operation, and the mark of the call that wrote it."""
    return f"{partition}{_MARK}{mark}"


def is_marked(item: Item, operation_id: str, mark: str) -> bool:
    """Return whether the call with this mark wrote a connection's claim."""
    partitions = optional_map(item, "operations") or {}
    return operation_id in partitions and text(partitions, operation_id).endswith(f"{_MARK}{mark}")


def marker_key(order_id: OrderId) -> dict[str, Attribute]:
    """Return the key of an order's marker."""
    return to_item({"pk": f"{FOLLOWED}#{order_id}", "sk": FOLLOWED})


def marker_item(order_id: OrderId, expires_at: int) -> dict[str, Attribute]:
    """Return the marker of an order with a subscription that expires then."""
    return marker_key(order_id) | to_item({"expiresAt": expires_at + int(MARKER_LIFE.total_seconds())})


def marked_order(key: Item) -> OrderId:
    """Return the order of a marker, or of a marker's key."""
    return OrderId(text(key, "pk").removeprefix(f"{FOLLOWED}#"))


def subscription_item(subscription: Subscription) -> dict[str, Attribute]:
    """Return a subscription's item."""
    fields = to_item({"endpoint": subscription.endpoint, "expiresAt": subscription.expires_at})
    if subscription.operation is not None:
        fields |= to_item({"operation": subscription.operation.text()})
    return key_of(subscription) | caller_fields(subscription.caller) | fields


def read_subscription(item: Item) -> Subscription:
    """Return the subscription that an item holds."""
    partition = text(item, "pk")
    connection_id, _, operation_id = text(item, "sk").removeprefix(_CONNECTION).partition("#")
    compiled = optional_text(item, "operation")
    return Subscription(
        order_id=OrderId(partition.removeprefix(_ORDER)) if partition.startswith(_ORDER) else None,
        connection_id=connection_id,
        caller=read_caller(item),
        endpoint=text(item, "endpoint"),
        expires_at=number(item, "expiresAt"),
        operation=None if compiled is None else Operation.parse(operation_id, compiled),
    )
