"""Functions as the executions of durable ones may invoke them: by the role of the function that runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Protocol

from localcloud.functions.model import FunctionDefinition
from localcloud.functions.registry import FunctionReference

# Says in IAM's words why a role, in a session of this name, may not invoke an ARN; None where it may.
Refusal = Callable[[str, str, str], Awaitable[str | None]]


class Finds(Protocol):
    """Where functions are looked up: `Registry`."""

    async def find(self, reference: FunctionReference) -> FunctionDefinition:
        """Return a function; raise `FunctionNotFound` or `EngineUnavailable`."""


class PermittedFunctions:
    """Functions, and IAM's word on who may invoke them.

    Parameters
    ----------
    refusal
        Without one everything is allowed.
    """

    def __init__(self, functions: Finds, refusal: Refusal | None) -> None:
        self._functions = functions
        self._refusal = refusal

    async def find(self, reference: FunctionReference) -> FunctionDefinition:
        """Return a function; raise `FunctionNotFound` or `EngineUnavailable`."""
        return await self._functions.find(reference)

    async def refusal(self, caller: FunctionReference, target: FunctionDefinition) -> str | None:
        """Return why a function's role may not invoke another; None where it may."""
        if self._refusal is None:
            return None
        function = await self._functions.find(caller)
        return await self._refusal(function.role_arn, function.name, target.invoked_arn)
