"""A transport that replays replies and keeps the requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from localcloud.states.integrations import InvocationType, InvokeReply, TaskReply, integration
from localcloud.states.integrations import call as call_integration
from localcloud.states.language.errors import StatesError

CONTEXT = {
    "Execution": {"Id": "arn:aws:states:us-east-1:000000000000:execution:orders:o-1"},
    "StateMachine": {"Id": "arn:aws:states:us-east-1:000000000000:stateMachine:orders"},
}


@dataclass
class Request:
    """What was sent."""

    service: str
    operation: str
    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class ReplayTransport:
    """Answers each request with the next reply."""

    replies: list[TaskReply | InvokeReply | OSError]
    requests: list[Request] = field(default_factory=list)
    invocations: list[dict[str, Any]] = field(default_factory=list)

    def _next(self) -> Any:
        reply = self.replies.pop(0)
        if isinstance(reply, OSError):
            raise reply
        return reply

    async def send(
        self,
        service: str,
        operation: str,
        *,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
    ) -> TaskReply:
        self.requests.append(Request(service, operation, method, path, headers, body))
        reply: TaskReply = self._next()
        return reply

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        kind: InvocationType,
        client_context: str | None,
        limit: float | None,
    ) -> InvokeReply:
        self.invocations.append(
            {
                "function": function,
                "payload": payload,
                "kind": kind,
                "client_context": client_context,
                "limit": limit,
            }
        )
        reply: InvokeReply = self._next()
        return reply

    async def fetch(self, method: str, url: str, headers: dict[str, str], body: bytes) -> TaskReply:
        self.requests.append(Request("web", "", method, url, headers, body))
        reply: TaskReply = self._next()
        return reply


def json_reply(content: Any, status: int = 200, **headers: str) -> TaskReply:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return TaskReply(status, {"x-amzn-requestid": "R1", **names}, json.dumps(content).encode())


class Task:
    """An integration, the replies that it gets and what it sent."""

    def __init__(self, resource: str, *replies: TaskReply | InvokeReply | OSError) -> None:
        self.entry = integration(resource if resource.startswith("arn:") else f"arn:aws:states:::{resource}")
        self.transport = ReplayTransport(list(replies))

    async def result(self, arguments: Any, limit: float | None = None) -> Any:
        return await call_integration(self.entry, arguments, self.transport, limit=limit, context=CONTEXT)

    async def error(self, arguments: Any) -> StatesError:
        try:
            result = await self.result(arguments)
        except StatesError as error:
            return error
        raise AssertionError(f"no error but {result}")

    @property
    def request(self) -> Request:
        return self.transport.requests[-1]

    @property
    def invocation(self) -> dict[str, Any]:
        return self.transport.invocations[-1]
