"""`Connections` and `Tickets` on DynamoDB, in one table whose items all end within five hours."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from orders.adapters.attributes import Attribute, Item
from orders.adapters.batch_writes import delete_all, put_all
from orders.adapters.connection_items import (
    META,
    caller_fields,
    connection_item,
    connection_key,
    followed,
    key_of,
    marker_item,
    operation_keys,
    read_caller,
    read_connection,
    read_subscription,
    subscribers_query,
    subscription_item,
    subscription_key,
    ticket_key,
)
from orders.caller import Caller
from orders.connections import MOST_ORDERS, TICKET_LIFE, Connection, Subscription
from orders.errors import ConnectionGone, TooManySubscriptions
from orders.model import OrderId
from orders.operations import GraphQLConnection

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBTickets:
    """Tickets: what is kept is the hash of a secret that cannot be guessed, and a hash opens nothing.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client.
    table : str
        The connections table's name.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def issue(self, caller: Caller, at: datetime) -> str:
        """Return a new secret, good for a minute."""
        secret = secrets.token_urlsafe(32)
        ends: dict[str, Attribute] = {"expiresAt": {"N": str(int((at + TICKET_LIFE).timestamp()))}}
        self._client.put_item(
            TableName=self._table, Item=ticket_key(_digest(secret)) | caller_fields(caller) | ends
        )
        return secret

    def redeem(self, secret: str, at: datetime) -> Caller | None:
        """Return who was given ``secret``, once.

        The item that is deleted is the proof: of two at once one gets it. If its answer is lost the
        ticket is lost too, and the client asks for another.
        """
        try:
            answer = self._client.delete_item(
                TableName=self._table,
                Key=ticket_key(_digest(secret)),
                # TTL deletes late: the time is checked here.
                ConditionExpression="expiresAt > :now",
                ExpressionAttributeValues={":now": {"N": str(int(at.timestamp()))}},
                ReturnValues="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return read_caller(answer["Attributes"])


class DynamoDBConnections:
    """Connections, each with the set of orders that it follows, and a subscription for each of those.

    The set is the claim: written before the subscription and removed after it, so that a process that
    forgets a connection finds all its subscriptions in the last state of its item.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client.
    table : str
        The connections table's name.
    sleep : callable
        Waits some seconds between attempts.
    """

    def __init__(
        self, client: DynamoDBClient, table: str, *, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._client = client
        self._table = table
        self._sleep = sleep

    def open(self, connection: Connection) -> None:
        """Remember a connection."""
        self._client.put_item(TableName=self._table, Item=connection_item(connection))

    def find(self, connection_id: str) -> Connection | GraphQLConnection | None:
        """Return an open connection, read consistently: its first frame may follow at once."""
        answer = self._client.get_item(
            TableName=self._table, Key=connection_key(connection_id), ConsistentRead=True
        )
        item = answer.get("Item")
        return None if item is None else read_connection(item)

    def claim(self, order_id: OrderId, connection_id: str) -> None:
        """Count an order among those that the connection follows, in one conditional write."""
        try:
            self._client.update_item(
                TableName=self._table,
                Key=connection_key(connection_id),
                UpdateExpression="ADD follows :orders",
                ConditionExpression="attribute_exists(pk) AND (attribute_not_exists(follows)"
                " OR size(follows) < :most OR contains(follows, :order))",
                ExpressionAttributeValues={
                    ":orders": {"SS": [order_id]},
                    ":order": {"S": order_id},
                    ":most": {"N": str(MOST_ORDERS)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            if error.response.get("Item"):
                raise TooManySubscriptions(MOST_ORDERS) from error
            raise ConnectionGone from error

    def subscribe(self, subscription: Subscription) -> None:
        """Have every later change sent to the connection, with the marker that the order is followed.

        Without a condition on the connection, which may be forgotten meanwhile: the first push to
        what is left of it then reaches no client, and is removed.
        """
        items = [subscription_item(subscription)]
        if subscription.order_id is not None:
            items.append(marker_item(subscription.order_id, subscription.expires_at))
        put_all(self._client, self._table, items, "Subscribing", self._sleep)

    def unsubscribe(self, order_id: OrderId, connection_id: str) -> None:
        """Take a subscription and its claim back, if they are there."""
        self._client.delete_item(TableName=self._table, Key=subscription_key(order_id, connection_id))
        try:
            self._client.update_item(
                TableName=self._table,
                Key=connection_key(connection_id),
                UpdateExpression="DELETE follows :orders",
                # An update of what is not there would make it.
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues={":orders": {"SS": [order_id]}},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def subscribers(self, order_id: OrderId) -> Iterator[Subscription]:
        """Return the subscribers of an order, page by page."""
        pages = self._client.get_paginator("query").paginate(**subscribers_query(self._table, order_id))
        for page in pages:
            yield from map(read_subscription, page["Items"])

    def forget(self, connection_id: str, leftover: Subscription | OrderId | None = None) -> None:
        """Remove a connection and all its subscriptions, the one that was ``leftover`` in any case."""
        answer = self._client.delete_item(
            TableName=self._table, Key=connection_key(connection_id), ReturnValues="ALL_OLD"
        )
        item = answer.get("Attributes", {})
        keys: list[Item] = [subscription_key(order, connection_id) for order in followed(item)]
        keys += operation_keys(item)
        if leftover is not None:
            key = (
                key_of(leftover)
                if isinstance(leftover, Subscription)
                else subscription_key(leftover, connection_id)
            )
            if key not in keys:
                keys.append(key)
        delete_all(self._client, self._table, keys, "Forgetting a connection", self._sleep)

    def stale(self, before: datetime, limit: int) -> Sequence[Connection | GraphQLConnection]:
        """Return up to ``limit`` connections that expired before ``before`` and are still remembered."""
        pages = self._client.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="sk = :meta AND expiresAt < :before",
            ExpressionAttributeValues={
                ":meta": {"S": META},
                ":before": {"N": str(int(before.timestamp()))},
            },
            PaginationConfig={"MaxItems": limit},
        )
        expired: list[Connection | GraphQLConnection] = []
        for page in pages:
            expired += map(read_connection, page["Items"])
        return expired


def _digest(secret: str) -> str:
    # What comes in a URL may be any text, halves of a surrogate pair too.
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
