"""The gate: every AWS operation passes faults, then quotas, and is counted when it is carried out.

Requests pass it as an ASGI layer; Step Functions' service integrations, which never are requests,
pass it by ``localcloud.engine.states.transport``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from localcloud.engine.asgi import ABORT, Application, Layer, Message, Receive, Scope, Send
from localcloud.engine.faults import Fault, Faults
from localcloud.engine.measures import measure_throttle
from localcloud.engine.meter import Meter
from localcloud.engine.operations import OperationCall, identify
from localcloud.engine.quotas import Quotas
from localcloud.engine.refusals import INTERNAL, Refusal, on_the_wire, throttled

if TYPE_CHECKING:
    from localcloud.engine.iam import AuthorizationLayer

# Without a reader of the answer, the task would have no worker.
WAITING = frozenset({"states.GetActivityTask"})


@dataclass
class EngineGate:
    """What stands between callers and services.

    Attributes
    ----------
    iam
        Holds calls against policies; None where IAM is off.
    """

    meter: Meter = field(default_factory=Meter)
    quotas: Quotas = field(default_factory=Quotas)
    faults: Faults = field(default_factory=Faults)
    iam: AuthorizationLayer | None = None

    @property
    def open(self) -> bool:
        """Whether there is no rule that any call could meet."""
        return not (self.faults.any or self.quotas.any)

    def refusal(self, call: OperationCall, fault: Fault | None) -> Refusal | None:
        """Return the error that a call is answered with instead of being carried out."""
        if fault is not None and fault.kind in {"throttle", "error"}:
            usual = Refusal(500, "InternalFailure", INTERNAL)
            if fault.kind == "throttle":
                usual = throttled(call)
                measure_throttle(self.meter.metrics, call)
            # A throttle's status is the service's own; an error's is the plan's.
            status = usual.status if fault.kind == "throttle" else fault.status
            return Refusal(status, fault.code or usual.code, fault.message or usual.message)
        if self.quotas.admit(call):
            return None
        measure_throttle(self.meter.metrics, call)
        return throttled(call)


def gated(gate: EngineGate) -> Layer:
    """Return the layer that lets requests through ``gate``."""

    def layer(application: Application) -> Application:
        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await application(scope, receive, send)
                return
            body = await _read(receive)
            if body is None:
                return
            call = identify(scope["method"], scope["path"], scope["query_string"], scope["headers"], body)
            denied = None if gate.iam is None else gate.iam.request(scope, call, body)
            if denied is not None:
                await _refuse(gate, *denied, send)
                return
            again = _Replay(body, receive)
            if call is None:
                await application(scope, again, send)
            else:
                await _pass(gate, call, application, _Request(scope, again, send))

        return serve

    return layer


class _Request(NamedTuple):
    scope: Scope
    receive: _Replay
    send: Send


async def _pass(gate: EngineGate, call: OperationCall, application: Application, request: _Request) -> None:
    scope, receive, send = request
    fault = gate.faults.hit(call)
    refusal = gate.refusal(call, fault)
    if refusal is not None:
        await _refuse(gate, call, refusal, send)
        return
    if fault is None:
        gate.meter.carried_out(call.name)
        if call.name in WAITING:
            await _carry_out_while_there(application, request)
        else:
            await application(scope, receive, send)
        return
    if fault.kind == "timeout":
        gate.meter.refused(call.name)
        await _hold(receive, fault.seconds)
        await send({"type": ABORT})
        return
    if fault.kind == "delay":
        await asyncio.sleep(fault.seconds)
    answers: list[list[Message]] = []
    for _ in range(2 if fault.kind == "duplicate" else 1):
        gate.meter.carried_out(call.name)
        answers.append(await _carry_out(application, scope, receive.body))
    await _answer(answers[0], fault, send)


async def _refuse(gate: EngineGate, call: OperationCall, refusal: Refusal, send: Send) -> None:
    gate.meter.refused(call.name)
    headers, body = on_the_wire(refusal, call)
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _answer(messages: Sequence[Message], fault: Fault, send: Send) -> None:
    if fault.kind == "drop-answer":
        await send({"type": ABORT})
        return
    for message in messages:
        await send(message)


async def _stay() -> Message:
    """Say of a caller that it is there, for good."""
    await asyncio.Event().wait()
    return {"type": "http.disconnect"}


async def _carry_out(application: Application, scope: Scope, body: bytes) -> list[Message]:
    """Have a request carried out to its end, even if the client is gone, and return what it would be sent."""
    messages: list[Message] = []

    async def keep(message: Message) -> None:
        messages.append(message)

    await application(dict(scope), _Replay(body, _stay), keep)
    return messages


async def _carry_out_while_there(application: Application, request: _Request) -> None:
    """Have a request carried out; end that when the caller goes before there is an answer."""
    scope, receive, send = request
    responded = False

    async def answer(message: Message) -> None:
        nonlocal responded
        responded = True
        await send(message)

    work = asyncio.ensure_future(application(scope, _Replay(receive.body, _stay), answer))
    disconnected = asyncio.ensure_future(receive.more())
    try:
        await asyncio.wait({work, disconnected}, return_when=asyncio.FIRST_COMPLETED)
        if responded or work.done():
            await work
    finally:
        disconnected.cancel()
        work.cancel()
        await asyncio.wait({work, disconnected})


async def _hold(receive: Receive, seconds: float) -> None:
    """Wait until the time is over or the caller has gone."""

    async def disconnect() -> None:
        await receive()
        while (await receive())["type"] != "http.disconnect":
            pass

    with suppress(TimeoutError):
        await asyncio.wait_for(disconnect(), seconds)


async def _read(receive: Receive) -> bytes | None:
    """Return a request's whole body; None when the caller has gone meanwhile."""
    parts: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)


class _Replay:
    """Gives an application a body that has been read, then what the connection goes on to say."""

    def __init__(self, body: bytes, receive: Receive) -> None:
        self.body = body
        self._receive = receive
        self._warned = False

    async def __call__(self) -> Message:
        if self._warned:
            return await self.more()
        self._warned = True
        return {"type": "http.request", "body": self.body, "more_body": False}

    async def more(self) -> Message:
        """Return what the connection says after the body: that the caller has gone."""
        return await self._receive()
