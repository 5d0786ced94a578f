"""Who follows an order, asked of DynamoDB for each change that there is: fan-out's hottest request.

It is one signed POST, made here: through boto3 it costs four times the processor time, and its
client, the first time, 100 ms that every cold start would pay. All else goes through boto3.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from orders.adapters.attributes import Attribute
from orders.adapters.connection_items import read_subscription, subscribers_query
from orders.adapters.dynamodb_http import DynamoDBPosts, error_code
from orders.adapters.signing import Role
from orders.connections import Subscription
from orders.errors import PublishFailed
from orders.model import OrderId

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import QueryOutputTypeDef

PAGE = 2 * 1024 * 1024
"""Bytes; DynamoDB ends a page at 1 MB of items, which JSON makes longer."""


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
        forget: Callable[[str, OrderId], None],
        role: Role | None = None,
    ) -> None:
        self._table = table
        self._posts = DynamoDBPosts(region, role, largest=PAGE)
        self._forget = forget

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._posts.prepare()

    def subscribers(self, order_id: OrderId, *, deadline: float) -> list[Subscription]:
        """Return who is to hear of an order, before ``deadline``.

        Raises
        ------
        PublishFailed, PublishLate
        """
        found: list[Subscription] = []
        after: dict[str, Attribute] | None = None
        while True:
            page = self._page(order_id, after, deadline)
            found += map(read_subscription, page["Items"])
            after = page.get("LastEvaluatedKey")
            if not after:
                return found

    def forget(self, connection_id: str, order_id: OrderId) -> None:
        """Remove a connection that is gone, and its subscription to this order in any case."""
        self._forget(connection_id, order_id)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._posts.close()

    def _page(
        self, order_id: OrderId, after: dict[str, Attribute] | None, deadline: float
    ) -> QueryOutputTypeDef:
        request = dict(subscribers_query(self._table, order_id))
        if after is not None:
            request["ExclusiveStartKey"] = after
        response = self._posts.post("Query", request, deadline=deadline)
        try:
            document: QueryOutputTypeDef = json.loads(response.body)
        except ValueError:
            raise PublishFailed(f"DynamoDB answered {response.status} without JSON") from None
        if response.status != 200:
            raise PublishFailed(f"DynamoDB answered {response.status} {error_code(document)}")
        return document
