"""Starting and redriving durable orders, with a client in memory."""

from __future__ import annotations

from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from orders.adapters.durable_functions import DurableOrders, EveryWorkflow
from orders.errors import StartThrottled
from orders.model import OrderId
from orders.origins import Workflow
from orders.runs import Run
from tests.orders.fakes import MemoryWorkflows

ALIAS = "arn:aws:lambda:eu-west-1:123456789012:function:run-order:live"
ORDER = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")


class AlreadyStarted(Exception):
    """boto3's error of a name that has another input."""


class Events:
    """What botocore calls before it sends."""

    def __init__(self) -> None:
        self.handlers: list[Any] = []

    def register(self, _name: str, handler: Any, _id: str) -> None:
        self.handlers.append(handler)

    def unregister(self, _name: str, handler: Any, _id: str) -> None:
        self.handlers.remove(handler)


class MemoryLambda:
    """The three operations, and what they were called with."""

    class exceptions:  # noqa: N801 - boto3's own name
        DurableExecutionAlreadyStartedException = AlreadyStarted

    def __init__(self, **executions: tuple[str, dict[str, str]]) -> None:
        self.executions = {name.replace("_", "-"): execution for name, execution in executions.items()}
        self.invoked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.refusal: Exception | None = None
        self.events = Events()
        self.meta = self

    def invoke(self, **request: Any) -> None:
        headers: dict[str, str] = {}
        for handler in self.events.handlers:
            handler(params={"headers": headers}, model=None)
        if self.refusal is not None:
            raise self.refusal
        self.invoked.append(request)
        self.headers.append(headers)

    def list_durable_executions_by_function(self, **request: str) -> dict[str, Any]:
        assert request["FunctionName"] == ALIAS.removesuffix(":live")
        name = request["DurableExecutionName"].removeprefix(ORDER) or "first"
        if name not in self.executions:
            return {"DurableExecutions": []}
        row = {"DurableExecutionName": request["DurableExecutionName"], "DurableExecutionArn": name}
        return {"DurableExecutions": [{**row, "Status": self.executions[name][0]}]}

    def get_durable_execution(self, **request: str) -> dict[str, Any]:
        return {"Error": self.executions[request["DurableExecutionArn"]][1]}


def orders(client: MemoryLambda) -> DurableOrders:
    return DurableOrders(lambda: cast("Any", client), ALIAS)


FAILED = ("FAILED", {"ErrorType": "aws_durable_execution_sdk_python.exceptions.StepError"})
SETTLED = ("FAILED", {"ErrorType": "resolvers.run_parts.InternalError", "ErrorMessage": "x"})
UNSETTLED = ("FAILED", {"ErrorType": "resolvers.run_parts.NotSettled", "ErrorMessage": "OUT_OF_STOCK"})


def test_order_is_started_by_name_within_its_trace() -> None:
    client = MemoryLambda()
    assert orders(client).start(ORDER, Workflow.DURABLE, trace="Root=1-2-3") is True
    assert client.invoked == [
        {
            "FunctionName": ALIAS,
            "InvocationType": "Event",
            "DurableExecutionName": ORDER,
            "Payload": f'{{"orderId":"{ORDER}"}}'.encode(),
        }
    ]
    assert client.headers == [{"X-Amzn-Trace-Id": "Root=1-2-3"}]
    assert client.events.handlers == []


def test_throttled_start_has_a_type_and_an_existing_name_is_ignored() -> None:
    client = MemoryLambda()
    client.refusal = AlreadyStarted()
    assert orders(client).start(ORDER, Workflow.DURABLE) is False
    client.refusal = ClientError({"Error": {"Code": "TooManyRequestsException", "Message": ""}}, "Invoke")
    with pytest.raises(StartThrottled):
        orders(client).start(ORDER, Workflow.DURABLE)
    client.refusal = ClientError({"Error": {"Code": "ServiceException", "Message": ""}}, "Invoke")
    with pytest.raises(ClientError):
        orders(client).start(ORDER, Workflow.DURABLE)


@pytest.mark.parametrize(
    ("executions", "run"),
    [
        ({}, None),
        ({"first": ("RUNNING", {})}, Run(express=False, until=None)),
        ({"first": ("SUCCEEDED", {})}, Run(express=False, until=None, succeeded=True, ended=True)),
        ({"first": SETTLED}, Run(express=False, until=None, error="InternalError", ended=True)),
        ({"first": FAILED, "_2": ("RUNNING", {})}, Run(express=False, until=None, redriven=True)),
    ],
)
def test_last_execution_is_the_one_with_the_highest_number(executions: Any, run: Run | None) -> None:
    assert orders(MemoryLambda(**executions)).last(ORDER) == run


@pytest.mark.parametrize(
    ("executions", "name", "payload"),
    [
        ({"first": FAILED}, f"{ORDER}-2", {"orderId": ORDER}),
        ({"first": FAILED, "_2": FAILED}, f"{ORDER}-3", {"orderId": ORDER}),
        ({"first": UNSETTLED}, f"{ORDER}-2", {"orderId": ORDER, "failure": "OUT_OF_STOCK"}),
    ],
)
def test_redrive_starts_the_execution_after_the_last(
    executions: Any, name: str, payload: dict[str, str]
) -> None:
    import json

    client = MemoryLambda(**executions)
    assert orders(client).redrive(ORDER) is True
    [invoked] = client.invoked
    assert (invoked["DurableExecutionName"], json.loads(invoked["Payload"])) == (name, payload)


def test_running_execution_is_not_redriven() -> None:
    client = MemoryLambda(first=FAILED, _2=("RUNNING", {}))
    assert orders(client).redrive(ORDER) is False
    assert client.invoked == []


def test_each_workflow_has_its_starter() -> None:
    machines, functions = MemoryWorkflows(), MemoryWorkflows()
    every = EveryWorkflow(machines, functions)
    for number, workflow in enumerate(Workflow):
        every.start(OrderId(str(number)), workflow)
    assert set(machines.kinds.values()) == {Workflow.STANDARD, Workflow.EXPRESS}
    assert set(functions.kinds.values()) == {Workflow.DURABLE}
