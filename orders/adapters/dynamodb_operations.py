"""`Operations` on DynamoDB, in the connections table: what connections that speak GraphQL follow."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, cast
from uuid import uuid4

from orders.adapters.batch_writes import put_all
from orders.adapters.connection_items import (
    caller_fields,
    connection_key,
    flag_key,
    followed_operations,
    graphql_connection_item,
    is_marked,
    marked,
    marker_item,
    operation_key,
    partition_of,
    subscription_item,
)
from orders.adapters.dynamodb_subscribers import FLAGS_LAST
from orders.caller import Caller
from orders.connections import Subscription
from orders.errors import ConnectionGone, TooManySubscriptions
from orders.operations import MOST_OPERATIONS, AlreadyWelcome, GraphQLConnection, SubscriberExists

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from orders.adapters.attributes import Item

SKEW = 0.25
"""Seconds that the clocks of two functions may differ, with what a request takes."""


class DynamoDBOperations:
    """Operations, each named in its connection's item by its id, with the partition that it is in.

    That is the claim: it is written before the operation and removed after it, so that code that forgets
    a connection finds all its operations in the last state of its item.

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

    def open(self, connection: GraphQLConnection) -> None:
        """Remember a connection that has not said yet whose it is."""
        self._client.put_item(TableName=self._table, Item=graphql_connection_item(connection))

    def welcome(self, connection_id: str, caller: Caller, expires_at: int) -> None:
        """Remember whose a connection is, in one conditional write."""
        fields, mark = caller_fields(caller), uuid4().hex
        try:
            self._client.update_item(
                TableName=self._table,
                Key=connection_key(connection_id),
                UpdateExpression="SET customerId = :customer, isStaff = :staff, expiresAt = :expires,"
                " welcomeMark = :mark",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(customerId)",
                ExpressionAttributeValues={
                    ":customer": fields["customerId"],
                    ":staff": fields["isStaff"],
                    ":expires": {"N": str(expires_at)},
                    ":mark": {"S": mark},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item = cast("Item", error.response.get("Item") or {})
            if not item:
                raise ConnectionGone from error
            # The client sends a write again whose answer was lost: the same mark is this very call's.
            if item.get("welcomeMark") != {"S": mark}:
                raise AlreadyWelcome from error

    def claim(self, subscription: Subscription) -> None:
        """Count an operation among its connection's, in one conditional write."""
        assert subscription.operation is not None
        id_, mark = subscription.operation.id, uuid4().hex
        try:
            self._client.update_item(
                TableName=self._table,
                Key=connection_key(subscription.connection_id),
                UpdateExpression="SET operations.#id = :partition",
                ConditionExpression="attribute_exists(pk) AND attribute_not_exists(operations.#id)"
                " AND size(operations) < :most",
                ExpressionAttributeNames={"#id": id_},
                ExpressionAttributeValues={
                    ":partition": {"S": marked(partition_of(subscription), mark)},
                    ":most": {"N": str(MOST_OPERATIONS)},
                },
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except self._client.exceptions.ConditionalCheckFailedException as error:
            item = cast("Item", error.response.get("Item") or {})
            if not item:
                raise ConnectionGone from error
            if is_marked(item, id_, mark):  # by the first try of this very call, whose answer was lost
                return
            if id_ in followed_operations(item):
                raise SubscriberExists from error
            raise TooManySubscriptions(MOST_OPERATIONS) from error

    def subscribe(self, subscription: Subscription, at: datetime) -> float:
        """Have later changes pushed to an operation; return after how many seconds that is certain."""
        item = subscription_item(subscription)
        if subscription.order_id is not None:
            marker = marker_item(subscription.order_id, subscription.expires_at)
            put_all(self._client, self._table, [item, marker], "Subscribing", self._sleep)
            return 0.0
        self._client.put_item(TableName=self._table, Item=item)
        now = int(at.timestamp() * 1000)
        since = self._raise_flag(subscription, now)
        return max(0.0, FLAGS_LAST + SKEW - (now - since) / 1000)

    def remove(self, connection_id: str, operation_id: str) -> None:
        """Take an operation and its claim back, if they are there."""
        answer = self._client.get_item(
            TableName=self._table, Key=connection_key(connection_id), ConsistentRead=True
        )
        partition = followed_operations(answer.get("Item", {})).get(operation_id)
        if partition is None:
            return
        self._client.delete_item(
            TableName=self._table, Key=operation_key(partition, connection_id, operation_id)
        )
        try:
            self._client.update_item(
                TableName=self._table,
                Key=connection_key(connection_id),
                UpdateExpression="REMOVE operations.#id",
                # An update of what is not there would make it.
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeNames={"#id": operation_id},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return

    def _raise_flag(self, subscription: Subscription, now: int) -> int:
        """Record that a connection follows all orders of a customer; return since when, in milliseconds."""
        key = flag_key(is_staff=subscription.caller.is_staff)
        expires = {"N": str(subscription.expires_at)}
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key,
                UpdateExpression="SET expiresAt = :expires",
                # One that has ended may still be there: TTL deletes late.
                ConditionExpression="expiresAt > :now",
                ExpressionAttributeValues={":expires": expires, ":now": {"N": str(now // 1000)}},
                ReturnValues="ALL_NEW",
            )
            return int(answer["Attributes"]["since"]["N"])
        except self._client.exceptions.ConditionalCheckFailedException:
            item = key | {"expiresAt": expires, "since": {"N": str(now)}}
            self._client.put_item(TableName=self._table, Item=item)
            return now
