"""`WebhookStore` on DynamoDB, and fan-out's one read of it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from orders.adapters.dynamodb_http import DynamoDBPosts, error_code
from orders.adapters.signing import Role
from orders.adapters.webhook_items import read_webhooks, webhooks_item, webhooks_request
from orders.errors import PublishFailed
from orders.model import CustomerId
from orders.webhooks.model import Webhook
from orders.webhooks.ports import Kept

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


class DynamoDBWebhooks:
    """Keeps all endpoints of a customer in one item, so that a limit on their number holds.

    Parameters
    ----------
    client : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    table : str
        The webhooks table's name.
    """

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def load(self, customer_id: CustomerId) -> Kept:
        """Return a customer's endpoints."""
        item = self._client.get_item(**webhooks_request(self._table, customer_id)).get("Item")
        return Kept() if item is None else read_webhooks(item, customer_id)

    def save(self, customer_id: CustomerId, kept: Kept) -> bool:
        """Write all of a customer's endpoints, unless others have since ``kept.revision``.

        A repetition after a lost answer finds its own revision and says False: the use case reads again,
        and carries out its change once more, which is safe for each of them but the registration, whose
        first endpoint then stays, PENDING, for its customer to remove.
        """
        item = webhooks_item(customer_id, replace(kept, revision=kept.revision + 1))
        condition = "attribute_not_exists(pk)" if kept.revision == 0 else "revision = :revision"
        values = {} if kept.revision == 0 else {":revision": {"N": str(kept.revision)}}
        try:
            if values:
                self._client.put_item(
                    TableName=self._table,
                    Item=item,
                    ConditionExpression=condition,
                    ExpressionAttributeValues=values,
                )
            else:
                self._client.put_item(TableName=self._table, Item=item, ConditionExpression=condition)
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


class WebhookReader:
    """Reads a customer's endpoints for fan-out: one signed POST, made here, before a deadline.

    Parameters
    ----------
    table, region : str
        The webhooks table, and where it is.
    role : Role, optional
        Who signs.
    """

    def __init__(self, table: str, region: str, role: Role | None = None) -> None:
        self._table = table
        self._posts = DynamoDBPosts(region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._posts.prepare()

    def webhooks(self, customer_id: CustomerId, *, deadline: float) -> Sequence[Webhook]:
        """Return a customer's endpoints.

        Raises
        ------
        PublishFailed, PublishLate
        """
        request = dict(webhooks_request(self._table, customer_id))
        response = self._posts.post("GetItem", request, deadline=deadline)
        try:
            document = json.loads(response.body)
        except ValueError:
            raise PublishFailed(f"DynamoDB answered {response.status} without JSON") from None
        if response.status != 200:
            raise PublishFailed(f"DynamoDB answered {response.status} {error_code(document)}")
        item = document.get("Item")
        return () if item is None else read_webhooks(item, customer_id).webhooks

    def close(self) -> None:
        """Close the connections that are kept."""
        self._posts.close()
