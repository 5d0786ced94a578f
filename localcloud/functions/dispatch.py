"""Where an invocation goes: to the function at once, into its queue, or to its durable executions."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING

from localcloud.clock import CLOCK
from localcloud.functions.asynchronous.queue import AsynchronousInvocations
from localcloud.functions.clock_endpoint import CLOCK_PATH, ClockEndpoint
from localcloud.functions.context import Context
from localcloud.functions.keeping import FunctionStores
from localcloud.functions.model import FunctionDefinition, InvokeResult, new_request_id
from localcloud.functions.registry import Registry
from localcloud.functions.running import Runner
from localcloud.wire import Request, Response

if TYPE_CHECKING:
    from localcloud.functions.durable.api import DurableApi
    from localcloud.functions.durable.service import DurableExecutions


class Dispatch:
    """Hands invocations of functions that have been found to what runs them.

    Durable executions are loaded with the first of them: who has none does not wait for their modules.
    """

    def __init__(
        self,
        runner: Runner,
        queue: AsynchronousInvocations,
        registry: Registry,
        context: Context,
        stores: FunctionStores,
    ) -> None:
        self._runner = runner
        self._queue = queue
        self._registry = registry
        self._stores = stores
        self._context = context
        self._executions: DurableExecutions | None = None
        self._api: DurableApi | None = None

    @property
    def executions(self) -> DurableExecutions:
        """The durable executions of all functions."""
        if self._executions is None:
            from localcloud.functions.durable.measures import MeasuredExecutions  # noqa: PLC0415
            from localcloud.functions.durable.permitting import PermittedFunctions  # noqa: PLC0415
            from localcloud.functions.durable.service import DurableExecutions  # noqa: PLC0415

            self._executions = DurableExecutions(
                self._runner.run,
                PermittedFunctions(self._registry, self._context.settings.refusal),
                CLOCK,
                MeasuredExecutions(self._stores.executions(), self._context.observations),
                self._queue.conclude,
                shows=self._context.settings.shows_durable,
            )
            # Before any caller can ask for a name or a callback of an earlier run.
            if self._stores.has_executions():
                self._executions.load()
        return self._executions

    def answer(self, request: Request) -> Awaitable[Response]:
        """Answer a request of the API of durable executions, or of the clock that they go by."""
        if request.raw_path == CLOCK_PATH:
            return ClockEndpoint(CLOCK, self._runner, lambda: self._executions).answer(request)
        if self._api is None:
            from localcloud.functions.durable.api import DurableApi  # noqa: PLC0415

            self._api = DurableApi(self.executions, self._registry)
        return self._api.answer(request)

    def resume(self) -> None:
        """Go on with what an earlier run had accepted."""
        self._queue.resume()
        # Those that callers asked for before are held, and the journal has handed them out.
        if self._executions is not None or self._stores.has_executions():
            self.executions.resume()

    async def stop(self) -> None:
        """Begin nothing more."""
        await self._queue.stop()
        if self._executions is not None:
            await self._executions.stop()

    async def invoke(
        self,
        function: FunctionDefinition,
        payload: bytes,
        *,
        asynchronous: bool,
        limit: float | None,
        execution_name: str | None,
    ) -> InvokeResult:
        """See `LambdaService.invoke`."""
        if function.durable is not None:
            return await self.executions.invoke(
                function, payload, asynchronous=asynchronous, limit=limit, name=execution_name
            )
        request_id = new_request_id()
        if asynchronous:
            self._queue.enqueue(function, payload, request_id)
            return InvokeResult(b"", request_id=request_id, version=function.version)
        return await self._runner.run(function, payload, request_id, limit)
