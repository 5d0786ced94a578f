"""The functions that can be invoked: found by name or ARN, and read again once they have changed."""

from __future__ import annotations

import asyncio
import re
from typing import NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.functions.control import ControlPlane
from localcloud.functions.control_documents import AsynchronousConfig
from localcloud.functions.errors import EngineUnavailable, FunctionNotFound
from localcloud.functions.model import FunctionDefinition

_REFERENCE = re.compile(
    r"^(?:arn:[\w-]+:lambda:[\w-]+:\d{12}:function:|\d{12}:(?:function:)?)?"
    r"(?P<name>[A-Za-z0-9_-]+)(?::(?P<qualifier>\$LATEST|[A-Za-z0-9_-]+))?$"
)


class FunctionReference(NamedTuple):
    """A function's name, and the version or alias when one was named."""

    name: str
    qualifier: str


def parse_reference(function: str) -> FunctionReference:
    """Take a function's name, partial ARN or ARN apart.

    Raises
    ------
    FunctionNotFound
        When it is none of these.

    Examples
    --------
    >>> parse_reference("arn:aws:lambda:us-east-1:000000000000:function:start:live")
    FunctionReference(name='start', qualifier='live')
    """
    match = _REFERENCE.match(function)
    if match is None:
        raise FunctionNotFound(function)
    return FunctionReference(match["name"], match["qualifier"] or "")


class Registry:
    """A cache in front of the control plane.

    A change in the control plane (`changed`) makes every entry stale; each is read again when it is
    next asked for, so that a deployment's hundreds of changes cost nothing by themselves.
    """

    def __init__(self, control: ControlPlane) -> None:
        self._control = control
        self._generation = 0
        self._read: dict[FunctionReference, tuple[int, asyncio.Task[FunctionDefinition | None]]] = {}
        self._configs: dict[FunctionReference, tuple[int, AsynchronousConfig]] = {}

    def changed(self) -> None:
        """Take nothing that was read so far for granted."""
        self._generation += 1

    async def find(self, reference: FunctionReference) -> FunctionDefinition:
        """Return a function's definition.

        Raises
        ------
        FunctionNotFound
            When the control plane does not know it.
        EngineUnavailable
            When it does not answer.
        """
        cached = self._read.get(reference)
        if cached is not None and cached[0] == self._generation and _holds(cached[1]):
            task = cached[1]
        else:
            # Callers that come meanwhile wait for the same answer.
            task = asyncio.get_running_loop().create_task(self._control.function(*reference))
            self._read[reference] = (self._generation, task)
        try:
            definition = await asyncio.shield(task)
        except (ClientError, BotoCoreError) as error:
            raise EngineUnavailable(reference.name, error) from error
        if definition is None:
            raise FunctionNotFound(":".join(part for part in reference if part))
        return definition

    async def role_of(self, function: str) -> str:
        """Return the ARN of the role of a function, by its name or ARN.

        Raises
        ------
        FunctionNotFound, EngineUnavailable
            As :meth:`find` does.
        """
        return (await self.find(parse_reference(function))).role_arn

    async def asynchronous_config(self, reference: FunctionReference) -> AsynchronousConfig:
        """Return how a function's events are retried and where their outcomes go.

        Raises
        ------
        botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError
            When the control plane does not answer.
        """
        generation = self._generation
        entry = self._configs.get(reference)
        if entry is None or entry[0] != generation:
            entry = generation, await self._control.asynchronous_config(*reference)
            self._configs[reference] = entry
        return entry[1]


def _holds(task: asyncio.Task[FunctionDefinition | None]) -> bool:
    """Return whether an answer may be used again: no failure, and no absence, as it may soon exist."""
    if not task.done():
        return True
    return not task.cancelled() and task.exception() is None and task.result() is not None
