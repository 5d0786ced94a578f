"""Calls TestState, as a client would, in a region that keeps everything in memory."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

from localcloud.states.api.errors import ApiError
from localcloud.states.api.records import StateMachine
from localcloud.states.integrations import InvokeReply, TaskReply, Transport
from localcloud.states.running.execution import Execution
from localcloud.states.service import StepFunctions
from localcloud.watchtower.traces.facade import TraceHeader
from tests.states.integrations.transports import ReplayTransport

ACCOUNT, REGION = "000000000000", "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/tester"
INVOKE = "arn:aws:states:::lambda:invoke"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:orders"


@dataclass
class World:
    """The process around the service; it counts what is reported."""

    replies: list[TaskReply | InvokeReply | OSError] = field(default_factory=list)
    transitions: int = 0

    def __post_init__(self) -> None:
        self.wire = ReplayTransport(self.replies)

    def transport(self, account: str, region: str) -> Transport:
        return self.wire

    def transition(self, machine: str) -> None:
        self.transitions += 1

    def changed(self, execution: Execution) -> None:
        raise AssertionError("a test's execution is nobody's business")

    def logged(self, execution: Execution, machine: StateMachine) -> None:
        raise AssertionError("a test's execution has no log")

    def begin_trace(self, execution: Execution, header: TraceHeader | None) -> TraceHeader:
        raise AssertionError("a test's execution is not traced")

    def traced(self, execution: Execution, *, whole: bool) -> None:
        raise AssertionError("a test's execution is not traced")


class Laboratory:
    """A region in which states are tested."""

    def __init__(self, *replies: TaskReply | InvokeReply | OSError) -> None:
        self.world = World(list(replies))
        self.service = StepFunctions(self.world)
        self.region = self.service.region(ACCOUNT, REGION)

    def call(self, definition: Any, data: Any = None, **request: Any) -> dict[str, Any]:
        """Return the answer; values of the request that are JSON in a text may be given as values."""
        request["definition"] = definition if isinstance(definition, str) else json.dumps(definition)
        if data is not None:
            request["input"] = data if isinstance(data, str) else json.dumps(data)
        for name in ("variables", "context"):
            if isinstance(request.get(name), dict):
                request[name] = json.dumps(request[name])
        answer = asyncio.run(self.service.answer_slowly(self.region, "TestState", request))
        assert isinstance(answer, dict)
        return answer

    def inspected(self, definition: Any, data: Any = None, **request: Any) -> dict[str, Any]:
        """Return the inspection data."""
        level = request.pop("inspectionLevel", "DEBUG")
        data = self.call(definition, data, inspectionLevel=level, **request)["inspectionData"]
        assert isinstance(data, dict)
        return data

    def refusal(self, definition: Any, data: Any = None, **request: Any) -> ApiError:
        """Return the error that refuses a request."""
        try:
            answer = self.call(definition, data, **request)
        except ApiError as error:
            return error
        raise AssertionError(f"not refused: {answer}")


def result(value: Any, mode: str | None = None) -> dict[str, Any]:
    """Return a mock that is a result."""
    return {"result": json.dumps(value), **({} if mode is None else {"fieldValidationMode": mode})}


def failure(error: str, cause: str | None = None) -> dict[str, Any]:
    """Return a mock that is an error."""
    return {"errorOutput": {"error": error, **({} if cause is None else {"cause": cause})}}


def task(**fields: Any) -> dict[str, Any]:
    """Return a Task state that invokes a function."""
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {"FunctionName": "pay"},
        "Next": "Ship",
        **fields,
    }
