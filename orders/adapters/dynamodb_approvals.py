"""`Approvals` on DynamoDB and Step Functions: the task token lies beside the order, under its key.

::

    pk = ORDER#<id>   sk = APPROVAL   taskToken, since; then outcome, endedBy, endedAt, note

The workflow writes it, in one transaction with a look at the order's status, and then waits. It is no
state of the order: fan-out is not invoked for it, and nothing that answers a client reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orders.adapters.attributes import text, to_attribute
from orders.adapters.order_items import APPROVAL, key
from orders.errors import NotWoken
from orders.model import OrderId
from orders.ports import EndOfWait

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient

_WAITS_NO_MORE = {"TaskTimedOut", "TaskDoesNotExist", "InvalidToken"}


class WaitingWorkflows:
    """Wakes workflows that wait for a human.

    Parameters
    ----------
    dynamodb : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    stepfunctions : callable
        Returns boto3's client, which most calls do without.
    table : str
        The orders table's name.
    """

    def __init__(self, dynamodb: DynamoDBClient, stepfunctions: Callable[[], SFNClient], table: str) -> None:
        self._client = dynamodb
        self._stepfunctions = stepfunctions
        self._table = table

    def end(self, order_id: OrderId, end: EndOfWait) -> None:
        """Note what ended the wait, and wake the workflow."""
        token = self._note(order_id, end)
        if token is None:
            return  # it has not begun to wait, and looks at the order's status before it does
        try:
            self._stepfunctions().send_task_success(
                taskToken=token, output=json.dumps({"outcome": end.outcome})
            )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _WAITS_NO_MORE:
                raise NotWoken from error
        except BotoCoreError as error:
            raise NotWoken from error

    def _note(self, order_id: OrderId, end: EndOfWait) -> str | None:
        """Write what ended the wait; return the task token, None when nobody waits."""
        values = {
            ":outcome": to_attribute(end.outcome),
            ":by": to_attribute(end.by),
            ":at": to_attribute(end.at),
            ":note": to_attribute(end.note or ""),
        }
        try:
            answer = self._client.update_item(
                TableName=self._table,
                Key=key(order_id, APPROVAL),
                UpdateExpression="SET outcome = :outcome, endedBy = :by, endedAt = :at, note = :note",
                ConditionExpression="attribute_exists(pk)",
                ExpressionAttributeValues=values,
                ReturnValues="ALL_NEW",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return None
        return text(answer["Attributes"], "taskToken")
