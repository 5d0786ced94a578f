"""The Lambda service: functions, their environments, and whatever invokes them."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Coroutine, Mapping
from functools import partial
from typing import TYPE_CHECKING

from localcloud.functions.asynchronous.queue import AsynchronousInvocations
from localcloud.functions.blueprints import Blueprints
from localcloud.functions.clock import Clock, SystemClock
from localcloud.functions.context import Context
from localcloud.functions.credentials import RoleCredentials
from localcloud.functions.destinations.sending import Destinations
from localcloud.functions.dispatch import Dispatch
from localcloud.functions.interfaces import EngineInterfaces, engine_ports
from localcloud.functions.invoke_api import InvokeApi
from localcloud.functions.keeping import FunctionStores
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import InvokeResult, LogCallback, SourceTree, new_request_id
from localcloud.functions.observing import Observations
from localcloud.functions.polling import Around, Polling
from localcloud.functions.pools import Pools
from localcloud.functions.processor import Processor
from localcloud.functions.registry import Registry, parse_reference
from localcloud.functions.response import ResponseStream
from localcloud.functions.running import Runner
from localcloud.functions.settings import Settings
from localcloud.functions.sources import Artefacts
from localcloud.functions.threads import Threads
from localcloud.functions.traced import Recorder
from localcloud.functions.warming import Warmed, warm
from localcloud.processes.stopwatch import Overhead
from localcloud.watchtower.facade import Metrics

if TYPE_CHECKING:
    from localcloud.aws import EngineAddress
    from localcloud.calls.feed import FeedEvent


class LambdaService:
    """Runs the account's functions on this machine.

    Parameters
    ----------
    engine : EngineAddress
        Where the control plane, the queues and the streams are.
    log : callable
        Takes a function's name, a request's id and a line that it logs.
    ports : Ports, optional
        What is asked of the engine; tests give their own.
    clock : Clock, optional
        For queued events' age.
    stores : Kept, optional
        Keeps queued events and the positions of mappings over the end of the process.
    traces : Recorder, optional
        Keeps the segments of invocations that X-Ray records.
    say : callable, optional
        Takes what a person should know at once: that packages are installed, for one.

    Attributes
    ----------
    metrics : Metrics
        What CloudWatch shows of this process's services; the engine drains it from this service's endpoint.
    observations : Observations
        What CloudWatch counts of queued events, destinations and streams.
    overhead : Overhead
        What counts against no time limit: who starts a process that answers functions' calls has it watched.
    """

    def __init__(
        self,
        engine: EngineAddress,
        *,
        log: LogCallback = lambda function, request_id, line: None,
        settings: Settings | None = None,
        ports: EngineInterfaces | None = None,
        processor: Processor | None = None,
        clock: Clock | None = None,
        stores: FunctionStores | None = None,
        traces: Recorder | None = None,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.url = ""
        self.credentials = RoleCredentials(engine.credentials.secret_access_key)
        self._settings = settings or Settings()
        self._threads = Threads()
        self._ports = ports or engine_ports(engine, self._threads)
        self._registry = Registry(self._ports.control)
        self._artefacts = Artefacts(self._ports.control, self._settings.foreign_layer)
        self.observations = Observations()
        warn = partial(log, "localcloud", "")
        context = Context(warn, self._settings, clock or SystemClock(), self.observations, say)
        self._blueprints = Blueprints(engine, self.credentials, self._artefacts, context)
        destinations = Destinations(self._ports.targets, self.invoke, context)
        self.metrics = Metrics()
        self._meter = InvocationMeter(self.metrics)
        self.observations.listen(self._meter.observed)
        self.overhead = Overhead(time.monotonic)
        self.overhead.watch(os.getpid())
        self._pools = Pools(self._settings, processor or Processor(), self.overhead, log, self._meter)
        self._runner = Runner(self._blueprints, self._pools, self._meter, warn, traces)
        self._stores = stores or FunctionStores()
        queue = AsynchronousInvocations(
            self._runner.run, self._registry, destinations, context, self._stores.events
        )
        self._dispatch = Dispatch(self._runner, queue, self._registry, context, self._stores)
        self._invoke_api = InvokeApi(self, self._meter, self._dispatch.answer)
        around = Around(destinations, self._threads, self.credentials, self._registry, self._stores.positions)
        self._polling = Polling(engine, self._ports, self.invoke, context, around)
        self._connected, self._background = False, set[asyncio.Task[None]]()
        self.prepare = self._pools.start  # the prepared parent; the first invocation starts it else

    async def start(self, *, port: int = 0) -> None:
        """Bind the Invoke API. The engine need not be there yet."""
        self.url = await self._invoke_api.start(port)

    async def prepared(self) -> None:
        """Wait until environments start at their cheapest: invoking before that works as well."""
        await self._pools.prepared()

    async def connect(self) -> None:
        """Begin to poll queues and streams: the engine answers."""
        await self.refresh()
        if not self._connected:
            self._connected = True
            self._dispatch.resume()
            self._keep(self._keep_house())

    async def refresh(self) -> None:
        """Take the engine's functions and mappings as they are now.

        On return every mapping is being polled, so nothing that happens from now on is missed: call
        it after a deployment, before the first change that a stream must report.
        """
        self._registry.changed()
        await self._polling.reload()

    def use_sources(self, sources: Mapping[str, SourceTree]) -> None:
        """Run functions, by name, from local folders instead of their artefacts. Edits are live."""
        self._blueprints.use_sources(sources)

    def notify(self, change: FeedEvent) -> None:
        """Handle a change in the engine."""
        match change.kind:
            case "functions":
                self._registry.changed()
            case "mappings" | "pipes":
                self._keep(self._polling.reload())
            case "queue" | "stream" | "hello":
                self._polling.wake(change.arn or "", change.shard or "")

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        asynchronous: bool = False,
        limit: float | None = None,
        execution_name: str | None = None,
    ) -> InvokeResult:
        """Invoke a function; of a durable one, start an execution and wait for its end.

        Parameters
        ----------
        function : str
            Its name or ARN, with a qualifier or without.
        payload : bytes
            The event, a JSON document.
        asynchronous : bool
            Only queue the event; the result is empty.
        limit : float, optional
            Seconds that the caller waits, by a `Stopwatch` from when an environment takes the invocation.
        execution_name : str, optional
            The name of a durable execution, to start it once.

        Raises
        ------
        RefusedInvocation
            A durable function cannot be invoked so.
        CallerTimedOut
            ``limit`` is over; the function runs on.
        FunctionNotFound
            The engine knows no such function.
        EngineUnavailable
            The engine does not answer.
        TooManyRequests
            All of the function's reserved concurrency is in use (not for asynchronous ones: they wait).
        """
        definition = await self._registry.find(parse_reference(function))
        return await self._dispatch.invoke(
            definition, payload, asynchronous=asynchronous, limit=limit, execution_name=execution_name
        )

    async def stream(self, function: str, payload: bytes, *, limit: float | None = None) -> ResponseStream:
        """Invoke a function whose response is taken piece by piece; return once it begins, or has failed.

        Raises
        ------
        CallerTimedOut, FunctionNotFound, EngineUnavailable, TooManyRequests
            As `invoke` does; a ``limit`` that is over later is raised where the response is read.
        """
        definition = await self._registry.find(parse_reference(function))
        response = ResponseStream(new_request_id(), definition.version)
        self._keep(self._runner.stream(definition, payload, response, limit))
        return await response.opened()

    async def warm(self, seconds: float) -> Warmed:
        """Start one environment of each function that there is, and wait for them; see `warming.warm`."""

        async def start(name: str) -> InvokeResult | None:
            return await self._runner.warm(await self._registry.find(parse_reference(name)))

        return await warm(await self._ports.control.function_names(), start, seconds)

    async def exists(self, function: str) -> None:
        """Raise `FunctionNotFound` when there is no such function."""
        await self._registry.find(parse_reference(function))

    async def unrunnable(self) -> dict[str, str]:
        """Return why functions cannot run on this machine, by their names."""
        return await self._runner.problems(await self._ports.control.function_names(), self._registry)

    def warnings(self) -> list[str]:
        """Name what the deployed mappings ask for that is not done here."""
        return self._polling.unsupported()

    async def pause(self) -> None:
        """Begin no more attempts of queued events: the engine is about to stop, and they would fail."""
        await self._dispatch.stop()

    async def stop(self) -> None:
        """End everything: no process, thread, socket or folder of this service is left."""
        await self._dispatch.stop()
        self._runner.stopping = True
        for task in self._background:
            task.cancel()
        await asyncio.gather(*self._background, return_exceptions=True)
        await self._polling.stop()
        await self._pools.stop()
        await self._invoke_api.stop()
        self._ports.close()
        self._threads.stop()
        self._artefacts.remove()
        self._stores.close()

    async def _keep_house(self) -> None:
        while True:
            await asyncio.sleep(self._settings.refresh_seconds)
            await self.refresh()
            self._pools.end_idle()

    def _keep(self, work: Coroutine[None, None, None]) -> None:
        # The loop itself keeps only weak references to tasks.
        task = asyncio.get_running_loop().create_task(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)
