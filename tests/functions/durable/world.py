"""Durable executions on a clock that jumps, with functions that are written in the test.

A function here is a coroutine: it is given the event of each invocation and a `Wire` to checkpoint by, as
AWS's SDK does over HTTP.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import quote

from localcloud.clock import MovableClock
from localcloud.functions.durable.api import DurableApi
from localcloud.functions.durable.keeping import ExecutionStore
from localcloud.functions.durable.reporting import Report
from localcloud.functions.durable.service import DurableExecutions
from localcloud.functions.durable.tree import Invocation, Shows
from localcloud.functions.errors import FunctionNotFound
from localcloud.functions.model import DurableConfig, FunctionDefinition, InvokeResult
from localcloud.functions.registry import FunctionReference
from localcloud.wire import Request

Json = dict[str, Any]
Handler = Callable[[Json, "Wire"], Awaitable[Json | None]]
ARN = "arn:aws:lambda:us-east-1:000000000000:function:"


class LoopClock(MovableClock):
    """The event loop's time, from a moment that is easy to read."""

    def real(self) -> float:
        return 1_000_000.0 + asyncio.get_running_loop().time()


class Refusal(Exception):
    """An error document."""


class World:
    """Functions by name, and their executions."""

    def __init__(
        self,
        handlers: Mapping[str, Handler],
        config: DurableConfig | None = None,
        store: ExecutionStore | None = None,
        report: Report | None = None,
    ) -> None:
        self._handlers = handlers
        self._config = config or DurableConfig(execution_timeout=900)
        self.invocations: list[str] = []
        self.clock = LoopClock()
        self._shows: list[Shows] = []
        self.executions = DurableExecutions(self._attempt, self, self.clock, store, report, shows=self._show)
        self._api = DurableApi(self.executions, self)

    def show(self, shows: Shows) -> None:
        """Have each invocation shown that ends from now on."""
        self._shows.append(shows)

    def _show(self, invocation: Invocation) -> None:
        for shows in self._shows:
            shows(invocation)

    async def find(self, reference: FunctionReference) -> FunctionDefinition:
        name, qualifier = reference
        if name not in self._handlers:
            raise FunctionNotFound(name)
        durable = None if name.startswith("plain") else self._config
        return FunctionDefinition(
            name, ARN + name, "python3.13", "", f"role-of-{name}", qualifier=qualifier, durable=durable
        )

    async def refusal(self, caller: FunctionReference, target: FunctionDefinition) -> str | None:
        return "no policy allows it" if target.name.endswith("forbidden") else None

    async def _attempt(self, function: FunctionDefinition, payload: bytes, request_id: str) -> InvokeResult:
        self.invocations.append(function.name)
        event = json.loads(payload)
        try:
            answer = await self._handlers[function.name](event, Wire(self, event))
        except Exception as error:
            document = {"errorType": type(error).__name__, "errorMessage": str(error)}
            return InvokeResult(json.dumps(document).encode(), "Unhandled", request_id=request_id)
        return InvokeResult(json.dumps(answer).encode(), request_id=request_id)

    async def invoke(self, payload: Any = "in", **options: Any) -> InvokeResult:
        """Invoke the function ``work`` by ``$LATEST``."""
        function = await self.find(FunctionReference("work", "$LATEST"))
        return await self.executions.invoke(function, json.dumps(payload).encode(), **options)

    async def request(self, method: str, path: str, document: Any = None, query: str = "") -> Json:
        """Ask the API; raise `Refusal` with the code of an error."""
        body = b"" if document is None else json.dumps(document).encode()
        target = f"/2025-12-01/{path}" + (f"?{query}" if query else "")
        response = await self._api.answer(Request(method, target, {}, body))
        answer: Json = json.loads(response.body)
        if response.status >= 300:
            raise Refusal(f"{response.headers['x-amzn-ErrorType']}: {answer['message']}")
        return answer

    async def events(self, arn: str) -> list[str]:
        """Return the types of an execution's events."""
        return [event["EventType"] for event in (await self.history(arn))["Events"]]

    async def history(self, arn: str, query: str = "IncludeExecutionData=true") -> Json:
        return await self.request("GET", f"durable-executions/{quoted(arn)}/history", query=query)

    async def describe(self, arn: str) -> Json:
        return await self.request("GET", f"durable-executions/{quoted(arn)}")


class Wire:
    """What a running function asks of its execution."""

    def __init__(self, world: World, event: Json) -> None:
        self._world = world
        self.arn: str = event["DurableExecutionArn"]
        self.token: str = event["CheckpointToken"]
        rows = event["InitialExecutionState"]["Operations"]
        self.operations: dict[str, Json] = {row["Id"]: row for row in rows}

    async def checkpoint(self, *updates: Json, client: str | None = None) -> list[Json]:
        """Checkpoint; return the operations that changed."""
        document = {"CheckpointToken": self.token, "Updates": updates, "ClientToken": client}
        answer = await self._world.request(
            "POST", f"durable-executions/{quoted(self.arn)}/checkpoint", document
        )
        self.token = answer.get("CheckpointToken", "")
        changed: list[Json] = answer["NewExecutionState"]["Operations"]
        self.operations.update((row["Id"], row) for row in changed)
        return changed

    async def state(self, marker: str) -> Json:
        """Return a page of the state."""
        token = quote(self.token, safe="")
        path = f"durable-executions/{quoted(self.arn)}/state"
        return await self._world.request("GET", path, query=f"CheckpointToken={token}&Marker={marker}")

    def status(self, key: str) -> str | None:
        return None if key not in self.operations else str(self.operations[key]["Status"])


def quoted(arn: str) -> str:
    return arn.replace("/", "%2F").replace("$", "%24").replace(":", "%3A")


def start(key: str, kind: str, **options: Any) -> Json:
    return {"Id": key, "Type": kind, "Action": "START", **options}


def succeed(key: str, kind: str = "STEP", payload: Any = None) -> Json:
    return {"Id": key, "Type": kind, "Action": "SUCCEED", "Payload": json.dumps(payload)}


def succeeded(result: Any) -> Json:
    return {"Status": "SUCCEEDED", "Result": json.dumps(result)}


PENDING: Json = {"Status": "PENDING"}


async def step_then_wait(event: Json, wire: Wire) -> Json:
    if wire.status("s") is None:
        await wire.checkpoint(start("s", "STEP", Name="greet"), succeed("s", payload="hi"))
        await wire.checkpoint(start("w", "WAIT", WaitOptions={"WaitSeconds": 7200}))
    return succeeded("done") if wire.status("w") == "SUCCEEDED" else PENDING


async def ask(event: Json, wire: Wire) -> Json:
    if wire.status("c") is None:
        options = {"TimeoutSeconds": 100, "HeartbeatTimeoutSeconds": 10}
        await wire.checkpoint(start("c", "CALLBACK", CallbackOptions=options))
        return PENDING
    details = wire.operations["c"]["CallbackDetails"]
    if wire.status("c") == "SUCCEEDED":
        return succeeded(details["Result"])
    return {"Status": "FAILED", "Error": details["Error"]}
