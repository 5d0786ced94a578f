"""Running a function that has been found: from its definition to the result."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from localcloud.functions.blueprints import Blueprints, unsupported_runtime
from localcloud.functions.errors import FunctionsError, TooManyRequests
from localcloud.functions.invocation import Invocation, new_trace_id
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import FunctionDefinition, InvokeResult, error_payload
from localcloud.functions.pool import stopped
from localcloud.functions.pools import Pools
from localcloud.functions.registry import Registry, parse_reference
from localcloud.functions.response import ResponseStream
from localcloud.functions.traced import Recorder, trace_of
from localcloud.lambda_rules import UNSERVED, is_bootstrapped

NO_ENTRYPOINT: Final = "Runtime.InvalidEntrypoint"


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
            return self._unrunnable(function, UNSERVED, reason, request_id)
        blueprint = None if self.stopping else await self._blueprints.of(function)
        if blueprint is not None and blueprint.problem is not None:
            return self._unrunnable(function, NO_ENTRYPOINT, blueprint.problem, request_id)
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

    async def problems(self, names: Iterable[str], registry: Registry) -> dict[str, str]:
        """Return why functions cannot run on this machine; those that can are left out."""
        reasons = {name: await self._problem(await registry.find(parse_reference(name))) for name in names}
        return {name: reason for name, reason in reasons.items() if reason is not None}

    async def _problem(self, function: FunctionDefinition) -> str | None:
        reason = unsupported_runtime(function)
        if reason is not None or not is_bootstrapped(function.runtime):
            return reason
        return (await self._blueprints.of(function)).problem

    def _unrunnable(
        self, function: FunctionDefinition, kind: str, reason: str, request_id: str
    ) -> InvokeResult:
        """Fail an invocation as a failed init does."""
        sentence = f"Function {function.name}: {reason}"
        self._warn(sentence)
        payload = error_payload(kind, f"RequestId: {request_id} Error: {sentence}")
        return InvokeResult(payload, "Unhandled", sentence, request_id, function.version)

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
        blueprint = await self._blueprints.of(function)
        return None if blueprint.problem else await self._pools.of(function).warm(blueprint)
