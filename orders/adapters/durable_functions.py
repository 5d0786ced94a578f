"""`WorkflowStarter` and `WorkflowRuns` on Lambda: durable executions of one function, by the orders' names.

The first execution of an order has its id for a name. One that has failed cannot be redriven: a second one,
``<id>-2``, takes up what it has left, and so on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from typing import TYPE_CHECKING, Any, NamedTuple

from botocore.exceptions import ClientError

from orders.errors import StartThrottled
from orders.model import OrderId
from orders.origins import Workflow
from orders.runs import Run
from orders.status import FailureReason

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_lambda.type_defs import ExecutionTypeDef

    from orders.ports import WorkflowStarter

_RUNNING = {"RUNNING", "PAUSING", "PAUSED"}


NOT_SETTLED = "NotSettled"
"""The error of an execution that was giving back what its order held; its message is the order's reason."""


class ExecutionError(NamedTuple):
    """The name of an error without its module, and its message."""

    kind: str
    message: str


def name_of(order_id: OrderId, number: int) -> str:
    """Return the name of an order's execution.

    Examples
    --------
    >>> name_of(OrderId("4b0c"), 1), name_of(OrderId("4b0c"), 2)
    ('4b0c', '4b0c-2')
    """
    return order_id if number == 1 else f"{order_id}-{number}"


class DurableOrders:
    """Starts the durable function of orders, and looks at its executions.

    Parameters
    ----------
    client : callable
        Returns boto3's client.
    function_arn : str
        The alias', by which executions are started: each stays with the version that it leads to.
    """

    def __init__(self, client: Callable[[], LambdaClient], function_arn: str) -> None:
        self.client = client
        self._function_arn = function_arn

    def start(self, order_id: OrderId, workflow: Workflow, *, trace: str | None = None) -> bool:
        """Start an order's first execution, or join it."""
        assert workflow is Workflow.DURABLE
        return self._start(order_id, 1, trace)

    def last(self, order_id: OrderId) -> Run | None:
        """Return the order's last execution."""
        executions = self.executions(order_id)
        return self._run(executions[-1], len(executions)) if executions else None

    def redrive(self, order_id: OrderId) -> bool:
        """Start the execution after the order's last one, unless that runs."""
        executions = self.executions(order_id)
        last = executions[-1] if executions else None
        if last is not None and last["Status"] in _RUNNING:
            return False
        error = self.error_of(last) if last is not None else None
        # It was giving back what the order held: the order fails for the reason that it had.
        unsettled = error is not None and error.kind == NOT_SETTLED and error.message in list(FailureReason)
        failure = error.message if error is not None and unsettled else None
        return self._start(order_id, len(executions) + 1, failure=failure)

    def take_up(self, order_id: OrderId) -> None:
        """Do as `redrive` does: an execution has its name, and needs no claim."""
        self.redrive(order_id)

    def _start(
        self, order_id: OrderId, number: int, trace: str | None = None, failure: str | None = None
    ) -> bool:
        client = self.client()
        event = {"orderId": order_id} if failure is None else {"orderId": order_id, "failure": failure}

        def add_header(params: dict[str, Any], **_: object) -> None:
            if trace is not None:
                params["headers"]["X-Amzn-Trace-Id"] = trace

        client.meta.events.register("before-call.lambda.Invoke", add_header, "trace")
        try:
            client.invoke(
                FunctionName=self._function_arn,
                InvocationType="Event",
                DurableExecutionName=name_of(order_id, number),
                # Character for character what AppSync sends: the same name and the same input are joined.
                Payload=json.dumps(event, separators=(",", ":")).encode(),
            )
        except client.exceptions.DurableExecutionAlreadyStartedException:
            return False
        except ClientError as error:
            if error.response["Error"]["Code"] == "TooManyRequestsException":
                raise StartThrottled from error
            raise
        finally:
            client.meta.events.unregister("before-call.lambda.Invoke", add_header, "trace")
        return True

    def executions(self, order_id: OrderId) -> Sequence[ExecutionTypeDef]:
        """Return the order's executions, the first one first."""
        return list(self._listed(order_id))

    def _listed(self, order_id: OrderId) -> Iterator[ExecutionTypeDef]:
        function, _, _ = self._function_arn.rpartition(":")
        for number in count(1):
            name = name_of(order_id, number)
            answer = self.client().list_durable_executions_by_function(
                FunctionName=function, DurableExecutionName=name
            )
            executions = [e for e in answer["DurableExecutions"] if e["DurableExecutionName"] == name]
            if not executions:
                return
            yield executions[0]

    def _run(self, execution: ExecutionTypeDef, number: int) -> Run:
        ended = execution["Status"] not in _RUNNING
        succeeded = execution["Status"] == "SUCCEEDED"
        return Run(
            express=False,
            until=None,
            succeeded=succeeded,
            error=self.error_of(execution).kind if ended and not succeeded else "",
            redriven=number > 1,
            ended=ended,
        )

    def error_of(self, execution: ExecutionTypeDef) -> ExecutionError:
        """Return why an execution has failed."""
        described = self.client().get_durable_execution(DurableExecutionArn=execution["DurableExecutionArn"])
        error = described.get("Error", {})
        # The SDK writes the whole name of the error's class.
        kind = error.get("ErrorType", execution["Status"]).rpartition(".")[2]
        return ExecutionError(kind, error.get("ErrorMessage", ""))


class EveryWorkflow:
    """Starts orders by what runs them.

    Parameters
    ----------
    machines, functions
        Start state machines and the durable function.
    """

    def __init__(self, machines: WorkflowStarter, functions: WorkflowStarter) -> None:
        self._machines = machines
        self._functions = functions

    def start(self, order_id: OrderId, workflow: Workflow, *, trace: str | None = None) -> bool:
        """Start the order's workflow."""
        starter = self._functions if workflow is Workflow.DURABLE else self._machines
        return starter.start(order_id, workflow, trace=trace)
