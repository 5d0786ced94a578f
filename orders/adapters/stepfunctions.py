"""`WorkflowStarter` on Step Functions: the order's id is the execution's name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import ClientError

from orders.errors import StartThrottled
from orders.model import OrderId
from orders.origins import Workflow

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class _PartOf(TypedDict, total=False):
    traceHeader: str


class StepFunctionsStarter:
    """Starts executions of the Standard state machine, or of the Express one.

    The input is the id and nothing else, character for character what AppSync sends: a running
    execution of the same name and *the same input* is answered as if it had just been started.
    """

    def __init__(self, client: SFNClient, standard_arn: str, express_arn: str) -> None:
        self._client = client
        self._machines = {Workflow.STANDARD: standard_arn, Workflow.EXPRESS: express_arn}

    def start(self, order_id: OrderId, workflow: Workflow, *, trace: str | None = None) -> bool:
        """Start the workflow; False when a Standard one of that name exists, running or closed."""
        # Botocore refuses a header that is None.
        part_of: _PartOf = {} if trace is None else {"traceHeader": trace}
        try:
            self._client.start_execution(
                stateMachineArn=self._machines[workflow],
                name=order_id,
                input=json.dumps({"orderId": order_id}, separators=(",", ":")),
                **part_of,
            )
        except self._client.exceptions.ExecutionAlreadyExists:
            return False
        except ClientError as error:
            if error.response["Error"]["Code"] == "ThrottlingException":
                raise StartThrottled from error
            raise
        return True
