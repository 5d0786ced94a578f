"""Who follows an order, asked of DynamoDB for each change, or first for a batch whether any connection does.

Each is one signed POST, made here: through boto3 it costs four times the processor time, and its
client, the first time, 100 ms that every cold start would pay. Everything else goes through boto3.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from orders.adapters.attributes import Attribute, number, text
from orders.adapters.connection_items import (
    CUSTOMERS,
    STAFF,
    SubscribersQuery,
    flags_query,
    marked_order,
    markers_request,
    read_subscription,
    subscribers_query,
    wide_query,
)
from orders.adapters.dynamodb_http import DynamoDBPosts, error_code
from orders.adapters.signing import Role
from orders.connections import Subscription
from orders.errors import PublishFailed
from orders.model import OrderId, OrderStatusChanged

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import BatchGetItemOutputTypeDef, QueryOutputTypeDef

PAGE = 2 * 1024 * 1024
"""Bytes; DynamoDB ends a page at 1 MB of items, which JSON makes longer."""

READS = 100
"""DynamoDB's limit on the keys of one BatchGetItem."""

FLAGS_LAST = 3.0
"""Seconds for which it is remembered whether any connection follows all orders of a customer."""


class DynamoDBSubscribers:
    """What fan-out needs of ``orders.connections.Connections``.

    Parameters
    ----------
    table : str
        The connections table's name.
    region : str
        The region that it is in.
    forget : callable
        Removes a connection that is gone: rare enough for boto3.
    role : Role, optional
        Who signs.
    """

    def __init__(
        self,
        table: str,
        region: str,
        forget: Callable[[Subscription], None],
        role: Role | None = None,
    ) -> None:
        self._table = table
        self._posts = DynamoDBPosts(region, role, largest=PAGE)
        self._forget = forget
        self._flags: frozenset[str] = frozenset()
        self._flags_until = 0.0

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._posts.prepare()

    def followed(self, order_ids: Collection[OrderId], *, deadline: float) -> set[OrderId]:
        """Return which orders any connection may follow, by their markers, before ``deadline``.

        Read consistently, up to 100 in a request. An order whose marker was not read may be followed.

        Raises
        ------
        PublishFailed, PublishLate
        """
        orders, followed = list(order_ids), set[OrderId]()
        for start in range(0, len(orders), READS):
            followed |= self._marked(orders[start : start + READS], deadline)
        return followed

    def subscribers(
        self, change: OrderStatusChanged, *, deadline: float, followed: bool = True
    ) -> list[Subscription]:
        """Return the possible subscribers of a change, before ``deadline``.

        Who follows one order costs one query, unless it is known not to be ``followed``. Those who follow
        all orders of a customer, or of everyone, are asked for only while there are any: that is looked up
        every few seconds, and a new subscriber waits for as long before it counts on it
        (``DynamoDBOperations.subscribe``).

        Raises
        ------
        PublishFailed, PublishLate
        """
        followers = self._all(subscribers_query(self._table, change.order_id), deadline) if followed else []
        flags = self._wide(deadline)
        if CUSTOMERS in flags:
            followers += self._all(wide_query(self._table, change.customer_id), deadline)
        if STAFF in flags:
            followers += self._all(wide_query(self._table, None), deadline)
        return followers

    def forget(self, gone: Subscription) -> None:
        """Remove a connection that is gone, and this subscription of its in any case."""
        self._forget(gone)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._posts.close()

    def _wide(self, deadline: float) -> frozenset[str]:
        if time.monotonic() >= self._flags_until:
            start = time.monotonic()
            items = self._page(flags_query(self._table), None, deadline)["Items"]
            now = time.time()
            self._flags = frozenset(text(item, "sk") for item in items if number(item, "expiresAt") > now)
            self._flags_until = start + FLAGS_LAST
        return self._flags

    def _all(self, query: SubscribersQuery, deadline: float) -> list[Subscription]:
        followers: list[Subscription] = []
        after: dict[str, Attribute] | None = None
        while True:
            page = self._page(query, after, deadline)
            followers += map(read_subscription, page["Items"])
            after = page.get("LastEvaluatedKey")
            if not after:
                return followers

    def _page(
        self, query: SubscribersQuery, after: dict[str, Attribute] | None, deadline: float
    ) -> QueryOutputTypeDef:
        request: dict[str, object] = dict(query)
        if after is not None:
            request["ExclusiveStartKey"] = after
        return cast("QueryOutputTypeDef", self._post("Query", request, deadline))

    def _marked(self, orders: Sequence[OrderId], deadline: float) -> set[OrderId]:
        request = markers_request(self._table, orders)
        answer = cast("BatchGetItemOutputTypeDef", self._post("BatchGetItem", request, deadline))
        now = time.time()
        # TTL deletes late.
        live = [item for item in answer["Responses"].get(self._table, []) if number(item, "expiresAt") > now]
        unread = answer.get("UnprocessedKeys", {}).get(self._table, {"Keys": []})["Keys"]
        return {marked_order(item) for item in (*live, *unread)}

    def _post(self, operation: str, request: Mapping[str, object], deadline: float) -> Mapping[str, object]:
        response = self._posts.post(operation, request, deadline=deadline)
        try:
            document: Mapping[str, object] = json.loads(response.body)
        except ValueError:
            raise PublishFailed(f"DynamoDB answered {response.status} without JSON") from None
        if response.status != 200:
            raise PublishFailed(f"DynamoDB answered {response.status} {error_code(document)}")
        return document
