"""`Approvals` and `Decisions` on DynamoDB: what wakes a run lies beside its order, under the order's key.

::

    pk = ORDER#<id>   sk = APPROVAL   taskToken or callbackId, since; then outcome, endedBy, endedAt, note

The order's runner writes it, in one transaction with a look at the order's status, and then waits: the
workflow a task token of Step Functions', the durable function a callback of Lambda's. It is no state of the
order: fan-out is not invoked for it, and nothing that answers a client reads it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from orders.adapters.attributes import optional_text, text, to_attribute, to_item
from orders.adapters.order_items import APPROVAL, STATE, key
from orders.adapters.transactions import Transaction, cancellation
from orders.errors import NotWoken
from orders.model import OrderId, Timestamp
from orders.ports import EndOfWait
from orders.status import OrderStatus

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

    from orders.adapters.attributes import Item

_WAITS_NO_MORE = {
    *("TaskTimedOut", "TaskDoesNotExist", "InvalidToken"),
    *("CallbackTimeoutException", "ResourceNotFoundException"),
}


class DecisionCallbacks:
    """Leaves the callbacks of durable functions beside their orders."""

    def __init__(self, dynamodb: DynamoDBClient, table: str) -> None:
        self._client = dynamodb
        self._table = table

    def keep(self, order_id: OrderId, callback_id: str, at: Timestamp) -> bool:
        """Leave the callback beside an order that awaits approval; False when it does not any more."""
        transaction = Transaction(self._client, "Waiting for a decision")
        transaction.check(
            self._table,
            key(order_id, STATE),
            "#status = :awaiting",
            names={"#status": "status"},
            values={":awaiting": to_attribute(OrderStatus.AWAITING_APPROVAL)},
        )
        waiting = key(order_id, APPROVAL) | to_item({"callbackId": callback_id, "since": at})
        transaction.put(self._table, waiting, condition=None)
        return cancellation(transaction.commit()) is None


class WaitingWorkflows:
    """Wakes workflows and durable functions that wait for a human.

    Parameters
    ----------
    dynamodb : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    stepfunctions, functions : callable
        Return boto3's clients of Step Functions and Lambda, which most calls do without.
    table : str
        The orders table's name.
    """

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        stepfunctions: Callable[[], SFNClient],
        functions: Callable[[], LambdaClient],
        table: str,
    ) -> None:
        self._client = dynamodb
        self._stepfunctions = stepfunctions
        self._functions = functions
        self._table = table

    def end(self, order_id: OrderId, end: EndOfWait) -> None:
        """Note what ended the wait, and wake who waits."""
        waiting = self._note(order_id, end)
        if waiting is None:
            return  # it has not begun to wait, and looks at the order's status before it does
        output = json.dumps({"outcome": end.outcome})
        callback_id = optional_text(waiting, "callbackId")
        try:
            if callback_id is None:
                token = text(waiting, "taskToken")
                self._stepfunctions().send_task_success(taskToken=token, output=output)
            else:
                self._functions().send_durable_execution_callback_success(
                    CallbackId=callback_id, Result=output.encode()
                )
        except ClientError as error:
            if error.response["Error"]["Code"] not in _WAITS_NO_MORE:
                raise NotWoken from error
        except BotoCoreError as error:
            raise NotWoken from error

    def _note(self, order_id: OrderId, end: EndOfWait) -> Item | None:
        """Write what ended the wait; return what the waiting run has left, None when no run waits."""
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
        return answer["Attributes"]
