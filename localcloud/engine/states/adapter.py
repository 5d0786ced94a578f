"""Requests for Step Functions, from clients and from other services of MiniStack."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any

from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Response
from localcloud.journal import Journal
from localcloud.states.facade import ApiError, Region, StepFunctions

logger = logging.getLogger(__name__)
HEADERS = {"Content-Type": "application/x-amz-json-1.0"}

_encode = json.JSONEncoder(separators=(",", ":")).encode


class StatesAdapter:
    """Answers what MiniStack's own module for Step Functions would be asked.

    Parameters
    ----------
    service
        Ours.
    """

    def __init__(self, service: StepFunctions) -> None:
        self.service = service
        self._account = responses.get_account_id
        self._region = responses.get_region
        self.loop: asyncio.AbstractEventLoop | None = None

    def keep_in(self, journal: Journal) -> None:
        """Read what the journal holds, and write from now on."""
        self.service.restore(journal)

    def resume(self) -> None:
        """Let executions go on that the end of the process cut off."""
        self.service.resume()

    def close(self) -> None:
        """Write no more: what happens from now on is the process's own end."""
        self.service.close()

    def region(self) -> Region:
        """Return the region of the request that is being answered."""
        return self.service.region(self._account(), self._region())

    async def handle_request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
    ) -> Response:
        """Answer a request."""
        self.loop = self.loop or asyncio.get_running_loop()
        operation = headers.get("x-amz-target", "").rpartition(".")[2]
        try:
            request = json.loads(body) if body else {}
        except ValueError:
            return refusal(ApiError("SerializationException", "The request is no JSON"))
        try:
            answer = await self.service.answer_slowly(self.region(), operation, request)
        except ApiError as error:
            return refusal(error)
        return 200, dict(HEADERS), _encode(answer).encode()

    def call(self, operation: str, request: dict[str, Any]) -> Any:
        """Carry an operation out for another service of this process, on whatever thread.

        Raises
        ------
        ApiError
            It is refused.
        """
        region = self.region()
        try:
            on_the_loop = asyncio.get_running_loop() is self.loop
        except RuntimeError:
            on_the_loop = False
        if on_the_loop or self.loop is None:
            return self.service.answer(region, operation, request)

        async def run() -> Any:
            return self.service.answer(region, operation, request)

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result()

    def start_execution(self, request: dict[str, Any]) -> Response:
        """StartExecution, as MiniStack's other services call it."""
        try:
            answer = self.call("StartExecution", request)
        except ApiError as error:
            return refusal(error)
        return 200, dict(HEADERS), json.dumps(answer).encode()

    def resolve(self, arn: str) -> str | None:
        """Return the ARN of the machine that an ARN names; None where there is none."""
        try:
            self.call("DescribeStateMachine", {"stateMachineArn": arn})
        except ApiError:
            return None
        return arn


class Machines:
    """The machines of the current region, as MiniStack's CloudFormation looks them up."""

    def __init__(self, adapter: StatesAdapter) -> None:
        self._adapter = adapter

    def __contains__(self, arn: object) -> bool:
        return arn in self._adapter.region().machines

    def get(self, arn: str, default: Any = None) -> Any:
        """Return what is known of a machine."""
        machine = self._adapter.region().machines.get(arn)
        return default if machine is None else {"name": machine.name, "stateMachineArn": machine.arn}


def refusal(error: ApiError) -> Response:
    """Return an error as AWS's JSON protocol writes it."""
    body = json.dumps({"__type": error.code, "message": error.message}).encode()
    return error.status, {**HEADERS, "x-amzn-errortype": error.code}, body
