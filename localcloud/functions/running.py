"""Running a function that has been found: from its definition to the result."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.functions.blueprints import Blueprints, unsupported_runtime
from localcloud.functions.errors import FunctionsError, TooManyRequests
from localcloud.functions.invocation import Invocation, new_trace_id
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import FunctionDefinition, InvokeResult, error_payload
from localcloud.functions.pool import stopped
from localcloud.functions.pools import Pools
from localcloud.functions.response import ResponseStream
from localcloud.functions.traced import Recorder, trace_of


class Runner:
    """Runs invocations in the pools, one blueprint after the other.

    Attributes
    ----------
    stopping
        Whether nothing is run any more.
    """

    def __init__(
        self,
        blueprints: Blueprints,
        pools: Pools,
        meter: InvocationMeter,
        warn: Callable[[str], None],
        traces: Recorder | None = None,
    ) -> None:
        self.stopping = False
        self._blueprints = blueprints
        self._pools = pools
        self._meter = meter
        self._warn = warn
        self._traces = traces

    @property
    def working(self) -> int:
        """How many invocations run at this moment."""
        return self._meter.running

    async def run(
        self,
        function: FunctionDefinition,
        payload: bytes,
        request_id: str,
        limit: float | None = None,
        response: ResponseStream | None = None,
    ) -> InvokeResult:
        """Run one invocation. Raises what `LambdaService.invoke` does once the function is found."""
        reason = unsupported_runtime(function)
        if reason is not None:
            self._warn(reason)
            return InvokeResult(
                error_payload("InvalidRuntimeException", reason), "Unhandled", reason, request_id
            )
        blueprint = None if self.stopping else await self._blueprints.of(function)
        if blueprint is None or self.stopping:  # it may have begun meanwhile
            return stopped(request_id)
        traced, header = trace_of(self._traces, function, request_id)
        invocation = Invocation(
            request_id,
            payload,
            function.invoked_arn,
            limit,
            trace_id=header or new_trace_id(),
            response=response,
            traced=traced,
        )
        try:
            with self._meter.invocation(function.name):
                return await self._pools.of(function).invoke(function, blueprint, invocation)
        except TooManyRequests:
            if traced is not None:
                traced.refuse()
            raise

    async def stream(
        self, function: FunctionDefinition, payload: bytes, response: ResponseStream, limit: float | None
    ) -> None:
        """Run one invocation whose response is taken piece by piece, to its end."""
        if function.durable is not None:
            from localcloud.functions.durable.errors import InvalidParameter  # noqa: PLC0415 - seldom

            response.fail(InvalidParameter("Durable functions do not support response streaming."))
            return
        try:
            response.finish(await self.run(function, payload, response.request_id, limit, response))
        except FunctionsError as error:
            response.fail(error)

    async def warm(self, function: FunctionDefinition) -> InvokeResult | None:
        """Start an environment of a function that has none; None when it cannot have one."""
        if unsupported_runtime(function) or function.reserved_concurrency == 0 or self.stopping:
            return None
        await self._pools.prepared()
        return await self._pools.of(function).warm(await self._blueprints.of(function))
