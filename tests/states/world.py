"""A world around the service: functions are Python's, other services answer as scripted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import unquote, urlsplit

from localcloud.states.facade import ApiError, Execution, JournalStore, StateMachine, StepFunctions, segment
from localcloud.states.integrations import InvokeReply, TaskReply
from localcloud.states.language.scope import Json
from localcloud.watchtower.traces.facade import Document, TraceHeader, new_trace_id

ACCOUNT, REGION = "000000000000", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/states"
INVOKE = "arn:aws:states:::lambda:invoke"
TOKEN = f"{INVOKE}.waitForTaskToken"
START = "arn:aws:states:::states:startExecution"

Function = Callable[[Json], Json | Awaitable[Json]]


class FunctionFailure(Exception):
    """A function ends with an error of this type."""

    def __init__(self, kind: str, message: str = "") -> None:
        super().__init__(kind, message)
        self.kind, self.message = kind, message


class World:
    """The service and the process around it.

    Attributes
    ----------
    functions
        By name; a function may be a coroutine function.
    objects
        What S3 holds, by bucket and key: ``/shop/lines``.
    transitions
        The name of the machine of each state transition.
    changes
        The status of each execution each time that it changed.
    segments
        What X-Ray was sent of executions whose machine is traced.
    """

    def __init__(self, store: JournalStore | None = None) -> None:
        self.functions: dict[str, Function] = {}
        self.objects: dict[str, bytes] = {}
        self.calls: list[tuple[str, Json]] = []
        self.transitions: list[str] = []
        self.changes: list[tuple[str, str]] = []
        self.logs: list[tuple[str, int]] = []
        self.segments: list[Document] = []
        self.service = StepFunctions(self)
        if store is not None:
            self.service.restore(store)
        self.region = self.service.region(ACCOUNT, REGION)

    # The port of the service.

    def transport(self, account: str, region: str) -> World:
        return self

    def transition(self, machine: str) -> None:
        self.transitions.append(machine)

    def changed(self, execution: Execution) -> None:
        self.changes.append((execution.name, execution.status))

    def logged(self, execution: Execution, machine: StateMachine) -> None:
        self.logs.append((execution.name, len(execution.history)))

    def begin_trace(self, execution: Execution, header: TraceHeader | None) -> TraceHeader:
        return header or TraceHeader(new_trace_id(), sampled=True)

    def traced(self, execution: Execution, *, whole: bool) -> None:
        self.segments.append(segment(execution, whole=whole))

    # The transport.

    async def send(
        self, service: str, operation: str, *, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> TaskReply:
        if service == "stepfunctions":
            return self._own(operation, json.loads(body))
        if service == "events":
            self.calls.append((operation, json.loads(body)))
            return TaskReply(200, {}, b'{"FailedEntryCount":0,"Entries":[{"EventId":"e"}]}')
        assert service == "s3", f"{service} {operation}"
        where = unquote(urlsplit(path).path)
        if method == "PUT":
            self.objects[where] = body
            return TaskReply(200)
        return TaskReply(200, {}, self.objects[where]) if where in self.objects else TaskReply(404)

    def _own(self, operation: str, request: Json) -> TaskReply:
        try:
            return TaskReply(
                200, {}, json.dumps(self.service.answer(self.region, operation, request)).encode()
            )
        except ApiError as error:
            body = json.dumps({"__type": error.code, "message": error.message})
            return TaskReply(error.status, {}, body.encode())

    async def invoke(
        self, function: str, payload: bytes, *, kind: str, client_context: str | None, limit: float | None
    ) -> InvokeReply:
        name = function.split(":")[6] if function.startswith("arn:") else function
        event = json.loads(payload)
        self.calls.append((name, event))
        try:
            async with asyncio.timeout(limit):
                answer = self.functions[name](event)
                if isinstance(answer, Awaitable):
                    answer = await answer
        except TimeoutError:
            return InvokeReply(504)
        except FunctionFailure as failure:
            record = {"errorMessage": failure.message, "errorType": failure.kind}
            return InvokeReply(200, json.dumps(record).encode(), function_error="Unhandled")
        return InvokeReply(200, json.dumps(answer).encode(), executed_version="$LATEST")

    async def fetch(self, method: str, url: str, headers: dict[str, str], body: bytes) -> TaskReply:
        raise OSError("there is no web here")

    # What tests do with it.

    def ask(self, operation: str, **request: Json) -> Any:
        """Return an operation's answer."""
        return self.service.answer(self.region, operation, request)

    def refusal(self, operation: str, **request: Json) -> tuple[str, str]:
        """Return the code and the message with which an operation is refused."""
        try:
            answer = self.ask(operation, **request)
        except ApiError as error:
            return error.code, error.message
        raise AssertionError(f"{operation} is answered: {answer}")

    def create(self, definition: dict[str, Json], name: str = "orders", **fields: Json) -> str:
        """Create a state machine; return its ARN."""
        request = {"name": name, "definition": json.dumps(definition), "roleArn": ROLE, **fields}
        return str(self.ask("CreateStateMachine", **request)["stateMachineArn"])

    def start(self, machine: str, data: Json = None, name: str = "one", **fields: Json) -> str:
        """Start an execution; return its ARN."""
        text = json.dumps({} if data is None else data)
        answer = self.ask("StartExecution", stateMachineArn=machine, input=text, name=name, **fields)
        return str(answer["executionArn"])

    async def end(self, execution: str) -> Any:
        """Return what DescribeExecution says of an execution once it has ended."""
        return await self.region.end_of(execution)

    async def run(self, definition: dict[str, Json], data: Json = None) -> Run:
        """Run a machine to its end."""
        execution = self.start(self.create(definition), data)
        return Run(await self.end(execution), self.events(execution))

    def events(self, execution: str, **request: Json) -> list[dict[str, Any]]:
        """Return an execution's history."""
        answer = self.ask("GetExecutionHistory", executionArn=execution, maxResults=1000, **request)
        return list(answer["events"])


class Run:
    """How an execution ended, and its history."""

    def __init__(self, description: dict[str, Any], events: list[dict[str, Any]]) -> None:
        self.status: str = description["status"]
        self.error: str | None = description.get("error")
        self.cause: str | None = description.get("cause")
        self.output: Json = json.loads(description["output"]) if "output" in description else None
        self.events = events

    @property
    def kinds(self) -> list[str]:
        """The types of the events."""
        return [event["type"] for event in self.events]

    def details(self, kind: str) -> list[Any]:
        """Return the details of each event of a type."""
        return [details_of(event) for event in self.events if event["type"] == kind]


def details_of(event: dict[str, Any]) -> Any:
    """Return an event's details; None where it has none."""
    return next((value for name, value in event.items() if name.endswith("EventDetails")), None)


def chain(**states: dict[str, Json]) -> dict[str, Json]:
    """Return a machine whose states follow each other, but for those that say where they lead."""
    names = list(states)
    linked: dict[str, Json] = {}
    for name, following in zip(names, [*names[1:], None], strict=True):
        state = states[name]
        leads = {"Next", "End", "Choices"} & state.keys() or state["Type"] in {"Succeed", "Fail"}
        linked[name] = state if leads else {**state, **({"Next": following} if following else {"End": True})}
    return {"StartAt": names[0], "States": linked}


def jsonata(**states: dict[str, Json]) -> dict[str, Json]:
    """Return a chain whose query language is JSONata."""
    return {"QueryLanguage": "JSONata", **chain(**states)}


def invocation(function: str, payload: Json = None, **fields: Json) -> dict[str, Json]:
    """Return a JSONPath Task that invokes a function with what it is given, or with ``payload``."""
    return {
        "Type": "Task",
        "Resource": INVOKE,
        "Parameters": {
            "FunctionName": function,
            **({"Payload.$": "$"} if payload is None else {"Payload": payload}),
        },
        "ResultSelector": {"value.$": "$.Payload"},
        **fields,
    }
