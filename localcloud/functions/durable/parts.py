"""What the parts of durable executions ask of each other and of the Lambda service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Protocol

from localcloud.functions.durable.execution import Execution
from localcloud.functions.model import FunctionDefinition, InvokeResult
from localcloud.functions.registry import FunctionReference

# Runs one invocation: the function as it is now, the event, and the request's id.
Attempt = Callable[[FunctionDefinition, bytes, str], Awaitable[InvokeResult]]


class FunctionDirectory(Protocol):
    """What is known of functions: `PermittedFunctions`."""

    async def find(self, reference: FunctionReference) -> FunctionDefinition:
        """Return a function; raise `FunctionNotFound` or `EngineUnavailable`."""

    async def refusal(self, caller: FunctionReference, target: FunctionDefinition) -> str | None:
        """Return in IAM's words why a function may not invoke another; None where it may."""


class Executions(Protocol):
    """What the parts need of the whole: `DurableExecutions`."""

    def now(self) -> float:
        """Return seconds since 1970."""

    def get(self, arn: str) -> Execution | None:
        """Return an execution, or None where there is none."""

    def save(self, execution: Execution) -> None:
        """Write down what has changed."""

    def start(
        self,
        function: FunctionDefinition,
        payload: str,
        name: str | None = None,
        *,
        arn: str | None = None,
        caller: tuple[str, str] | None = None,
    ) -> Execution:
        """Start an execution."""

    def moved(self, execution: Execution) -> None:
        """See to what a change asks for."""

    def keep(self, work: Coroutine[None, None, None]) -> None:
        """Run something beside."""
