"""One execution environment: a process of AWS's runtime client, and what happens to it."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable

from localcloud.functions.blueprint import Blueprint, begin_log_stream, end_log_stream
from localcloud.functions.failures import InitFailure, exit_reason, too_large, truncated
from localcloud.functions.invocation import Invocation
from localcloud.functions.launching import Launch
from localcloud.functions.lifecycle import EnvironmentState, Lifecycle
from localcloud.functions.logs import LogTail, timed_line
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.model import InvokeResult, LogCallback, error_payload
from localcloud.functions.platform_log import Report, end_lines, start_lines
from localcloud.functions.pooled import EnvironmentTimes, Pooled
from localcloud.functions.process import RuntimeProcess
from localcloud.functions.response import Sink
from localcloud.functions.runtime_api import Delivery, EnvironmentPort, RuntimeApi
from localcloud.functions.streamed import Streamed
from localcloud.processes.stopwatch import Overhead, TimeLimits
from localcloud.watchtower.facade import MARK, LogStream


class Environment:
    """A process, its port to the Runtime API, and its log."""

    def __init__(
        self,
        blueprint: Blueprint,
        *,
        api: RuntimeApi,
        launch: Launch,
        pool: Pooled[Environment],
        log: LogCallback,
        meter: InvocationMeter,
        overhead: Overhead,
        init_seconds: float,
        abandoned_seconds: float,
    ) -> None:
        self.blueprint = blueprint
        self.idle_since = 0.0
        self._life = Lifecycle()
        self._api = api
        self._pool = pool
        self._log = log
        self._meter = meter
        self._init_seconds = init_seconds
        self._abandoned_seconds = abandoned_seconds
        self._loop = asyncio.get_running_loop()
        self._clock = EnvironmentTimes()
        self._inbox: asyncio.Future[Delivery | None] | None = None
        self._current: Invocation | None = None
        self._streamed: Streamed | None = None
        self._tail = LogTail()
        self._written: LogStream | None = None
        self.limits = TimeLimits(overhead)
        self._init_error: bytes | None = None
        self._process = RuntimeProcess(self._line, launch)
        self.has_ended = self._process.has_ended

    @property
    def state(self) -> EnvironmentState:
        """Where the environment is in its life."""
        return self._life.state

    async def live(self) -> None:
        """Start the process, and return when it is gone and everything of it is closed."""
        port = await self._api.open(self)
        name = begin_log_stream(port.address, self.blueprint.function.version)
        self._written = self._meter.logs.stream(self.blueprint.log_group, name)
        try:
            await self._spawn(port)
            code = await self._process.wait()
            self._process.end_line()
            self._exited(code)
        except OSError as error:  # no such folder, or no more processes
            self._end(InitFailure(None, f"Runtime could not be started: {error}"))
        finally:
            port.close()
            end_log_stream(port.address)
            self._end(InitFailure(None, exit_reason(0)))
            self._process.close()

    async def _spawn(self, port: EnvironmentPort) -> None:
        self._clock.spawned = time.perf_counter()
        await self._process.spawn(self.blueprint, port.address)
        if self.state is EnvironmentState.ENDED:  # it was ended while it was being started
            self._process.kill()
        elif self.state is EnvironmentState.STARTING:
            seconds = self._init_seconds + self.blueprint.function.timeout
            self.limits.set(self._process.times, (seconds, self._init_timed_out))

    def run(self, invocation: Invocation) -> None:
        """Hand over an invocation. The environment is idle."""
        self._life.receive(invocation.request_id)
        assert self._inbox is not None
        self._current = invocation
        self._clock.started_at = time.perf_counter()
        self._tail = LogTail()
        function = self.blueprint.function
        self._lines(start_lines(function, invocation.request_id))
        self.limits.set(
            self._process.times, (function.timeout, self._timed_out), (invocation.limit, invocation.expire)
        )
        deadline_ms = int((time.time() + function.timeout) * 1000)
        self._inbox.set_result(invocation.delivery(deadline_ms))

    def fail(self, invocation: Invocation, failure: InitFailure) -> None:
        """Fail the invocation that this environment was started for, and never got."""
        self._current = invocation
        self._clock.started_at = time.perf_counter()
        self._lines(start_lines(self.blueprint.function, invocation.request_id))
        payload = failure.payload(invocation.request_id)
        self._finish(payload, "Unhandled", status=f"error\tError Type: {failure.error_type()}")

    def end(self) -> None:
        """Kill the process, as AWS does with an environment that it no longer needs."""
        self._end(InitFailure(None, "The environment was replaced before it was used"))

    # ── what the runtime does ─────────────────────────────────────────────

    async def next(self) -> Delivery | None:
        """See `Runtime.next`."""
        if self.state is EnvironmentState.ENDED:
            return None
        if self._streamed is not None and self._streamed.broken and self._current is not None:
            request_id = self._current.request_id
            self._life.respond(request_id)
            self._finish(truncated(request_id), "Unhandled", "error\tError Type: Runtime.TruncatedResponse")
        first = self.state is EnvironmentState.STARTING
        self._life.asked_for_next()
        if first:
            self.limits.lift()
            self._clock.init_ms = (time.perf_counter() - self._clock.spawned) * 1000
        self.idle_since = self._loop.time()
        self._inbox = self._loop.create_future()
        self._pool.idle(self)
        return await self._inbox

    def init_failed(self, error: bytes) -> None:
        """See `Runtime.init_failed`."""
        self._init_error = error
        self._process.drain()
        self._end(InitFailure(error, ""), kill=False)

    def responded(self, request_id: str, payload: bytes | None) -> None:
        """See `Runtime.responded`."""
        self._life.respond(request_id)
        if payload is None:
            self._finish(too_large(), "Unhandled")
        else:
            self._finish(payload, None)

    def failed(self, request_id: str, error: bytes) -> None:
        """See `Runtime.failed`."""
        self._life.respond(request_id)
        self._finish(error, "Unhandled")

    def streams(self, request_id: str, content_type: str, cut: Callable[[], None]) -> Sink:
        """See `Runtime.streams`."""
        self._life.answering(request_id)
        assert self._current is not None
        streamed = Streamed(self._current.response, cut, self._abandoned_seconds, self._line)
        self._streamed = streamed
        streamed.sink.begin(content_type)
        self._pool.streaming(self)
        return streamed.sink

    def streamed(self, request_id: str, error: bytes | None) -> None:
        """See `Runtime.streamed`."""
        self._life.respond(request_id)
        assert self._streamed is not None
        self._finish(*self._streamed.outcome(error))

    def broken(self, request_id: str) -> None:
        """See `Runtime.broken`."""
        if self._streamed is not None and self._life.request_id == request_id:
            self._streamed.broken = True

    # ── what happens to the process ───────────────────────────────────────

    def _init_timed_out(self) -> None:
        self._process.drain()
        self._end(InitFailure(None, f"Task timed out after {self.blueprint.function.timeout:.2f} seconds"))

    def _timed_out(self) -> None:
        assert self._current is not None
        self._process.end_line()
        request_id, seconds = self._current.request_id, self.blueprint.function.timeout
        message = f"Task timed out after {seconds:.2f} seconds"
        self._line(timed_line(request_id, message))
        self._life.ended()
        payload = error_payload("Sandbox.Timedout", f"RequestId: {request_id} Error: {message}")
        self._finish(payload, "Unhandled", status="timeout")
        self._process.kill()
        self._pool.ended(self, None)

    def _exited(self, code: int) -> None:
        reason = exit_reason(code)
        if self._current is not None:
            request_id = self._current.request_id
            self._line(f"RequestId: {request_id} Error: {reason}")
            payload = error_payload("Runtime.ExitError", f"RequestId: {request_id} Error: {reason}")
            self._life.ended()
            self._finish(payload, "Unhandled", status="error\tError Type: Runtime.ExitError")
            self._pool.ended(self, None)
        self._end(InitFailure(self._init_error, reason))

    def _end(self, failure: InitFailure, *, kill: bool = True) -> None:
        never_ran = self.state is EnvironmentState.STARTING
        if not self._life.ended():
            return
        self.limits.lift()
        if self._inbox is not None and not self._inbox.done():
            self._inbox.set_result(None)
        if self._current is not None:
            # The service is stopping: a caller that still waits learns that the process is gone.
            reason = f"RequestId: {self._current.request_id} Error: {exit_reason(-signal.SIGKILL)}"
            self._finish(error_payload("Runtime.ExitError", reason), "Unhandled", status="error")
        if kill:
            self._process.kill()
        self._pool.ended(self, failure if never_ran else None)

    def _finish(self, payload: bytes, function_error: str | None, status: str = "") -> None:
        invocation, self._current = self._current, None
        if self._streamed is not None:
            self._streamed.end()
            self._streamed = None
            self._pool.streamed(self)
        assert invocation is not None
        self.limits.lift()
        duration = (time.perf_counter() - self._clock.started_at) * 1000
        self._process.end_line()
        function = self.blueprint.function
        self._meter.billed(function.name, duration + (self._clock.init_ms or 0.0), function.memory)
        failed, used = function_error is not None, self._process.peak_memory()
        self._meter.ended(function.name, duration, failed=failed)
        init, self._clock.init_ms = self._clock.init_ms, None
        report = Report(invocation.request_id, duration, used, init, status, failed=failed)
        self._lines(end_lines(function, report), invocation.request_id)
        tail = self._tail.text()
        result = InvokeResult(payload, function_error, tail, invocation.request_id, function.version)
        invocation.finish(result, milliseconds=duration, init=init)

    def _lines(self, lines: list[str], request_id: str = "") -> None:
        for line in lines:
            self._line(line, request_id)

    def _line(self, line: str, request_id: str = "") -> None:
        self._tail.add(line)
        if self._written is not None:
            self._written.add(line)
        if MARK in line:
            self._meter.embedded(self.blueprint.function.name, line)
        current = request_id or (self._current.request_id if self._current else "")
        self._log(self.blueprint.function.name, current, line)
