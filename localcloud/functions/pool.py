"""A function's execution environments: which one runs what, when to start one, when to end one."""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable

from localcloud.functions.blueprint import Blueprint
from localcloud.functions.environment import Environment
from localcloud.functions.errors import TooManyRequests
from localcloud.functions.failures import InitFailure
from localcloud.functions.invocation import Invocation
from localcloud.functions.lifecycle import EnvironmentState
from localcloud.functions.model import FunctionDefinition, InvokeResult, error_payload
from localcloud.functions.patience import Patience
from localcloud.functions.pooled import Pooled
from localcloud.functions.starts import Start, Starts

NewEnvironment = Callable[[Blueprint, Pooled[Environment]], Environment]
# How long a busy machine starts no other environment while one handles its first invocation.
FIRST_SECONDS = 2.0


class Pool:
    """The environments of one function, and the invocations that wait for one.

    An invocation takes the environment that was used last (the warmest), or else waits: for one
    that is about to come free, or for a new one, whichever asks for work first. When a new one is
    worth its start, `Patience` says.

    Parameters
    ----------
    local_concurrency
        How many environments there may be, where the function reserves no concurrency.
    streaming_concurrency
        How many more may be streaming a response. Those come free when their callers go, so no call waits
        for one of them.
    """

    def __init__(
        self,
        new_environment: NewEnvironment,
        starts: Starts,
        local_concurrency: int,
        patience: Patience,
        *,
        streaming_concurrency: int = 1000,
    ) -> None:
        self._new = new_environment
        self._starts = starts
        self._starting: dict[Environment, Start] = {}
        self._proving: dict[Environment, Start] = {}  # handle their first invocation
        self._local_concurrency = local_concurrency
        self._streaming_concurrency = streaming_concurrency
        self._limit = local_concurrency
        self._reserves = False
        self._blueprint: Blueprint | None = None
        self._alive: dict[Environment, asyncio.Task[None]] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._streams: set[Environment] = set()  # those whose responses are under way
        self._idle: list[Environment] = []
        self._waiting: deque[Invocation] = deque()
        self._patience = patience
        self._later: asyncio.TimerHandle | None = None

    async def invoke(
        self, function: FunctionDefinition, blueprint: Blueprint, invocation: Invocation
    ) -> InvokeResult:
        """Run one invocation.

        Raises
        ------
        TooManyRequests
            When the function reserves a concurrency, and all of it is in use.
        """
        self._adopt(blueprint)
        reserved = function.reserved_concurrency
        self._limit = self._local_concurrency if reserved is None else reserved
        self._reserves = reserved is not None
        waiting = sum(not other.warms for other in self._waiting)
        if reserved is not None and self._running() + waiting >= reserved:
            raise TooManyRequests(function.name, reserved)
        if self._idle or not self._alive:
            # Whatever stood still before: this one's environment is about to come free.
            self._patience.moved(asyncio.get_running_loop().time())
        self._waiting.append(invocation)
        self._assign()
        return await invocation.result

    async def warm(self, blueprint: Blueprint) -> InvokeResult:
        """Start an environment where there is none, and return once it is up; with its error when it ended.

        It waits in line like an invocation, and takes nothing when its turn comes.
        """
        self._adopt(blueprint)
        turn = Invocation("", b"", "", warms=True)
        self._waiting.append(turn)
        self._assign()
        return await turn.result

    def idle(self, environment: Environment) -> None:
        """See `Pooled.idle`."""
        blueprint = environment.blueprint
        if blueprint is not self._blueprint and blueprint != self._blueprint:
            environment.end()  # and calls `ended`
            return
        start = self._starting.pop(environment, None)
        if start is None:
            self._patience.handled(asyncio.get_running_loop().time(), environment.limits.own)
        self._idle.append(environment)
        self._assign()
        if start is not None and environment.state is EnvironmentState.BUSY and not self._patience.has_time():
            # Its first clients, its lazy imports: what a cold start costs is not over yet.
            start.prolong(FIRST_SECONDS)
            self._proving[environment] = start
        else:
            self._is_up(environment, start)

    def streaming(self, environment: Environment) -> None:
        """See `Pooled.streaming`."""
        self._streams.add(environment)
        self._is_up(environment, self._starting.pop(environment, None))  # its cold start is over
        self._assign()  # callers that waited for this one need not any more

    def streamed(self, environment: Environment) -> None:
        """See `Pooled.streamed`."""
        self._streams.discard(environment)

    def ended(self, environment: Environment, failure: InitFailure | None) -> None:
        """See `Pooled.ended`."""
        if environment in self._idle:
            self._idle.remove(environment)
        task = self._alive.pop(environment, None)
        if task is not None and not task.done():
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)
        # An environment that never came up fails the invocation that it was started for. Where it
        # was replaced by an edit, its successor takes that invocation.
        if failure is not None and environment.blueprint == self._blueprint:
            self._fail_one(environment, failure)
        self._assign()
        self._is_up(environment, self._starting.pop(environment, None))

    def end_idle(self, before: float) -> None:
        """End the environments that have been idle since ``before`` (the loop's clock)."""
        for environment in [environment for environment in self._idle if environment.idle_since < before]:
            environment.end()

    async def stop(self) -> None:
        """End everything, and return when every process is gone."""
        self._blueprint = None
        if self._later is not None:
            self._later.cancel()
        for environment in list(self._alive):
            environment.end()
        while self._waiting:
            invocation = self._waiting.popleft()
            invocation.finish(stopped(invocation.request_id))
        await asyncio.gather(*self._ending, *self._alive.values(), return_exceptions=True)

    def _adopt(self, blueprint: Blueprint) -> None:
        """Make ``blueprint`` the one that counts. Running invocations of an older one go on."""
        if blueprint is self._blueprint or blueprint == self._blueprint:  # mostly it is the same object
            return
        self._blueprint = blueprint
        for environment in list(self._alive):
            if environment.blueprint != blueprint and environment.state in (
                EnvironmentState.IDLE,
                EnvironmentState.STARTING,
            ):
                environment.end()

    def _assign(self) -> None:
        while self._waiting and self._idle:
            if self._idle[-1].has_ended():  # which is reported later
                self._idle[-1].end()  # and calls `ended`
                continue
            invocation = self._waiting.popleft()
            if invocation.warms:
                invocation.finish(InvokeResult(b""))
            elif invocation.is_due:
                self._idle.pop().run(invocation)
        if self._blueprint is None:
            return
        missing = len(self._waiting) - self._soon()
        if missing <= 0:
            return
        for _ in range(min(missing, self._limit - self._counted())):
            if not self._waited_enough():
                return
            start = self._starts.take(self._assign, self._counted)
            if start is None:
                return
            self._start(self._blueprint, start)

    def _waited_enough(self) -> bool:
        """Say whether another environment is worth its start; if not yet, look again when it may be."""
        if self._later is not None:
            self._later.cancel()
            self._later = None
        loop = asyncio.get_running_loop()
        now = loop.time()
        since, alive = self._waiting[0].since, self._counted()
        due = self._patience.due(since=since, alive=alive, now=now, own=self._longest_own)
        if now < due:
            self._later = loop.call_at(due, self._assign)
            return False
        return True

    def _start(self, blueprint: Blueprint, start: Start) -> None:
        environment = self._new(blueprint, self)
        self._starting[environment] = start
        self._alive[environment] = asyncio.get_running_loop().create_task(environment.live())

    def _is_up(self, environment: Environment, start: Start | None) -> None:
        """Let another one start: this one is up, or has ended."""
        start = start or self._proving.pop(environment, None)
        if start is not None:
            start.release()

    def _running(self) -> int:
        return sum(environment.state is EnvironmentState.BUSY for environment in self._alive)

    def _longest_own(self) -> float:
        """Return the seconds of its own that the longest of the running invocations has taken so far."""
        busy = (each for each in self._alive.keys() - self._streams if each.state is EnvironmentState.BUSY)
        return max((each.limits.seconds() for each in busy), default=math.inf)

    def _counted(self) -> int:
        """Count the environments that come free by themselves, and those that are too many streams."""
        apart = 0 if self._reserves else min(len(self._streams), self._streaming_concurrency)
        return len(self._alive) - apart

    def _soon(self) -> int:
        """Count the environments that will ask for work in a moment."""
        coming = (EnvironmentState.STARTING, EnvironmentState.RETURNING)
        others = self._alive.keys() - self._streams
        return sum(
            environment.state in coming and environment.blueprint == self._blueprint for environment in others
        )

    def _fail_one(self, environment: Environment, failure: InitFailure) -> None:
        while self._waiting:
            invocation = self._waiting.popleft()
            if invocation.warms:
                invocation.finish(InvokeResult(failure.payload(""), "Unhandled"))
                return
            if invocation.is_due:
                environment.fail(invocation, failure)
                return


def stopped(request_id: str) -> InvokeResult:
    """Return the answer to an invocation that comes too late."""
    payload = error_payload("Runtime.ExitError", "The local Lambda service has stopped")
    return InvokeResult(payload, "Unhandled", request_id=request_id)
