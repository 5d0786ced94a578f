"""`WorkflowRuns` on Step Functions: Standard executions by their names, Express ones by their claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from orders.adapters.attributes import number, text
from orders.adapters.order_items import CLAIM, key
from orders.errors import StartThrottled
from orders.model import OrderId
from orders.runs import Run

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_stepfunctions import SFNClient

_AGAIN = "-again"
"""What the name of an Express execution ends with that takes up what another has left."""


class StepFunctionsRuns:
    """Looks at the executions of an order, and has them go on.

    Parameters
    ----------
    dynamodb : DynamoDBClient
        boto3's client, or ``dynamodb_http``'s.
    stepfunctions : callable
        Returns boto3's client.
    table : str
        The orders table's name: claims lie beside the orders.
    """

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        stepfunctions: Callable[[], SFNClient],
        table: str,
        *,
        standard_arn: str,
        express_arn: str,
    ) -> None:
        self._dynamodb = dynamodb
        self._stepfunctions = stepfunctions
        self._table = table
        self._executions = standard_arn.replace(":stateMachine:", ":execution:")
        self._express_arn = express_arn

    def last(self, order_id: OrderId) -> Run | None:
        """Return the order's Standard execution, else what its claim says of an Express one."""
        client = self._stepfunctions()
        try:
            described = client.describe_execution(executionArn=f"{self._executions}:{order_id}")
        except client.exceptions.ExecutionDoesNotExist:
            return self._claimed(order_id)
        return Run(
            express=False,
            until=None,
            succeeded=described["status"] == "SUCCEEDED",
            error=described.get("error", ""),
            redriven=described.get("redriveCount", 0) > 0,
            ended=described["status"] != "RUNNING",
        )

    def redrive(self, order_id: OrderId) -> bool:
        """Redrive the order's Standard execution; False when it runs, or ended over 14 days ago."""
        client = self._stepfunctions()
        try:
            client.redrive_execution(executionArn=f"{self._executions}:{order_id}")
        except client.exceptions.ExecutionNotRedrivable:
            return False
        return True

    def take_up(self, order_id: OrderId) -> None:
        """Start an Express execution whose name says that it is not the first."""
        try:
            self._stepfunctions().start_execution(
                stateMachineArn=self._express_arn,
                name=f"{order_id}{_AGAIN}",
                input=json.dumps({"orderId": order_id}, separators=(",", ":")),
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ThrottlingException":
                raise StartThrottled from error
            raise

    def _claimed(self, order_id: OrderId) -> Run | None:
        answer = self._dynamodb.get_item(TableName=self._table, Key=key(order_id, CLAIM), ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            return None
        until = datetime.fromtimestamp(number(item, "claimedUntil") / 1000, UTC)
        return Run(express=True, until=until, redriven=f"{_AGAIN}:" in text(item, "execution"))
