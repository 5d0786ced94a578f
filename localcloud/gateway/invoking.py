"""Functions behind integrations and authorizers: invoked within a time, failing in the gateway's words."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Mapping
from typing import Final, Protocol

from localcloud.auth.permissions import Permissions
from localcloud.functions.errors import CallerTimedOut, FunctionsError
from localcloud.gateway.errors import IntegrationFailed, IntegrationTimedOut, IntegrationUnavailable, TooLarge
from localcloud.gateway.permitting import permit_gateway, source_arn
from localcloud.gateway.requests import JSON

log = logging.getLogger(__name__)
MAX_EVENT: Final = 6 * 1024 * 1024  # what Lambda takes


class FunctionRaised(IntegrationFailed):
    """The function ended with an error; authorizers give one of them a meaning."""

    def __init__(self, error_message: str) -> None:
        super().__init__()
        self.error_message = error_message


class InvocationResult(Protocol):
    """How an invocation ended, as ``LambdaService.invoke`` returns it."""

    @property
    def payload(self) -> bytes:
        """The function's answer, a JSON document."""

    @property
    def function_error(self) -> str | None:
        """None, or ``"Unhandled"`` when the function failed."""


class Invoke(Protocol):
    """How a function is invoked: ``LambdaService.invoke``, or its like."""

    def __call__(
        self, function: str, payload: bytes, *, limit: float | None = None
    ) -> Awaitable[InvocationResult]:
        """Invoke a function by its ARN; after ``limit`` seconds of its own time, raise ``CallerTimedOut``."""


def _document(payload: bytes) -> JSON:
    try:
        answer: JSON = json.loads(payload)
    except (ValueError, RecursionError):
        raise IntegrationFailed("it is no JSON") from None
    return answer


def encode_event(event: Mapping[str, JSON]) -> bytes:
    """Return an event as Lambda takes it, or raise ``TooLarge``."""
    payload = json.dumps(event, separators=(",", ":")).encode()
    if len(payload) > MAX_EVENT:
        raise TooLarge
    return payload


class FunctionInvoker:
    """Invokes functions for the endpoints of one API, and sees to what outlives its request.

    Parameters
    ----------
    invoke
        ``LambdaService.invoke``, or its like.
    permissions, region, account
        Says which functions let an API of this region invoke them; None: all of them.
    """

    def __init__(
        self, invoke: Invoke, permissions: Permissions | None = None, region: str = "", account: str = ""
    ) -> None:
        self._invoke = invoke
        self._permissions, self._region, self._account = permissions, region, account
        self._running: set[asyncio.Task[InvocationResult]] = set()

    async def invoke_json(self, arn: str, event: Mapping[str, JSON], seconds: float) -> JSON:
        """Return what a function answers to an event.

        Raises
        ------
        IntegrationFailed
            When it fails, or answers no JSON.
        IntegrationTimedOut
            When it does not answer in time; it runs on to its own end, as on AWS. Its own time counts,
            not what it waits for on a busy machine.
        IntegrationUnavailable
            When it cannot be invoked.
        TooLarge
            When the event is more than Lambda takes.
        """
        if self._permissions is not None:
            source = source_arn(event, self._region, self._account)
            if source:
                await permit_gateway(self._permissions, arn, source)
        result = await self.run(arn, encode_event(event), seconds)
        answer = _document(result.payload)
        if result.function_error is not None:
            raise FunctionRaised(str(answer.get("errorMessage")) if isinstance(answer, Mapping) else "")
        return answer

    async def run(self, arn: str, payload: bytes, seconds: float) -> InvocationResult:
        """Return how a function's invocation ended, whether it failed or not.

        Raises
        ------
        IntegrationTimedOut, IntegrationUnavailable
            As :meth:`invoke_json` does.
        """
        task = asyncio.get_running_loop().create_task(self._result(arn, payload, seconds))
        self._running.add(task)
        task.add_done_callback(self._ended)
        # Not `wait_for`, nor a shield around it: neither cancels anything, but both cost more.
        await asyncio.wait((task,))
        if task.cancelled():
            raise IntegrationUnavailable
        try:
            return task.result()
        except CallerTimedOut:
            raise IntegrationTimedOut from None
        except FunctionsError as problem:
            log.warning("%s cannot be invoked: %s", arn, problem)
            raise IntegrationUnavailable from None

    async def _result(self, arn: str, payload: bytes, seconds: float) -> InvocationResult:
        return await self._invoke(arn, payload, limit=seconds)

    def _ended(self, task: asyncio.Task[InvocationResult]) -> None:
        self._running.discard(task)
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log one that came too late

    async def stop(self) -> None:
        """Let go of what still runs: the Lambda service ends it."""
        for task in list(self._running):
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
