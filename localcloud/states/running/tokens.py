"""Task tokens and activities: tasks that are answered from outside."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import secrets
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from localcloud.clock import CLOCK, Timer
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.timeouts import TIMEOUT, HeartbeatMissed

SIGNATURE_BYTES = 12


class TokenAnswer(NamedTuple):
    """What a token is answered with: an output, or an error."""

    output: Json
    error: StatesError | None = None


class TaskToken:
    """A task that waits for its answer.

    Attributes
    ----------
    text
        What the answer has to name.
    note
        Called with the answer.
    machine
        The ARN of the state machine whose task it is: who answers needs rights on that.
    """

    __slots__ = ("_answer", "_heartbeat", "_limit", "_outcome", "_seconds", "machine", "note", "text")

    def __init__(self, text: str, machine: str = "") -> None:
        self.text = text
        self.machine = machine
        self.note: Callable[[TokenAnswer], None] | None = None
        self._outcome: TokenAnswer | None = None
        self._answer: asyncio.Future[Json] | None = None
        self._seconds: float | None = None
        self._limit: Timer | None = None
        self._heartbeat: Timer | None = None

    @property
    def is_answered(self) -> bool:
        """Whether its answer is there."""
        return self._outcome is not None

    def answer(self, limit: float | None, heartbeat: float | None) -> asyncio.Future[Json]:
        """Return what the task is answered with, once it is.

        Parameters
        ----------
        limit
            Seconds until the task times out; None for never.
        heartbeat
            Seconds that it may go without a sign of life.

        Raises
        ------
        StatesError
            It was answered with an error, or not in time.
        """
        loop = asyncio.get_running_loop()
        if limit is not None:
            self._limit = CLOCK.call_later(limit, self._time_out)
        if heartbeat is not None:
            self._seconds = heartbeat
            self._heartbeat = CLOCK.call_later(heartbeat, self._miss)
        self._answer = loop.create_future()
        if self._outcome is not None:
            self._set(self._answer, self._outcome)
        return self._answer

    def _time_out(self) -> None:
        self.fail(StatesError(TIMEOUT))

    def _miss(self) -> None:
        self.fail(HeartbeatMissed())

    def close(self) -> None:
        """Stop the clocks: no task waits."""
        for timer in (self._limit, self._heartbeat):
            if timer is not None:
                timer.cancel()

    def beat(self) -> None:
        """Take a sign of life."""
        if self._heartbeat is not None and self._seconds is not None:
            self._heartbeat.cancel()
            self._heartbeat = CLOCK.call_later(self._seconds, self._miss)

    def succeed(self, output: Json) -> None:
        """Answer with a result; the first answer counts."""
        self.end(TokenAnswer(output))

    def fail(self, error: StatesError) -> None:
        """Answer with an error; the first answer counts."""
        self.end(TokenAnswer(None, error))

    def end(self, outcome: TokenAnswer) -> None:
        """Answer; the first answer counts."""
        if self._outcome is not None:
            return
        self._outcome = outcome
        if self.note is not None:
            self.note(outcome)
        if self._answer is not None:
            self._set(self._answer, outcome)

    @staticmethod
    def _set(answer: asyncio.Future[Json], outcome: TokenAnswer) -> None:
        if answer.done():
            return
        if outcome.error is None:
            answer.set_result(outcome.output)
        else:
            answer.set_exception(outcome.error)


class Tokens:
    """The tokens of all tasks that wait.

    A token is signed, so that one whose task is over differs from one that never was.

    Attributes
    ----------
    key
        What signs them.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, TaskToken] = {}
        self.key = secrets.token_bytes(32)

    def __len__(self) -> int:
        return len(self._waiting)

    def issue(self, machine: str = "") -> TaskToken:
        """Return a new token for a task of a machine; give it back with :meth:`withdraw`."""
        name = secrets.token_bytes(48)
        token = TaskToken(base64.b64encode(name + self._signature(name)).decode(), machine)
        self._waiting[token.text] = token
        return token

    def restore(self, text: str, machine: str = "") -> TaskToken:
        """Return a token that was issued before a restart."""
        token = self._waiting[text] = TaskToken(text, machine)
        return token

    def withdraw(self, token: TaskToken) -> None:
        """Forget a token: its task is over."""
        token.close()
        self._waiting.pop(token.text, None)

    def find(self, text: str) -> TaskToken | None:
        """Return the token whose task waits; None where none does."""
        return self._waiting.get(text)

    def issued(self, text: str) -> bool:
        """Say whether a token was ever issued here."""
        try:
            raw = base64.b64decode(text, validate=True)
        except ValueError:
            return False
        name, signature = raw[:-SIGNATURE_BYTES], raw[-SIGNATURE_BYTES:]
        return hmac.compare_digest(signature, self._signature(name))

    def _signature(self, name: bytes) -> bytes:
        return hmac.digest(self.key, name, hashlib.sha256)[:SIGNATURE_BYTES]


@dataclass
class ActivityTask:
    """A task that a worker may take.

    Attributes
    ----------
    token
        How the worker answers.
    input
        What the state gave it.
    started
        Done, with the worker's name, when a worker takes it.
    """

    token: TaskToken
    input: Json
    started: asyncio.Future[str | None]


@dataclass
class Activity:
    """An activity's tasks that no worker has taken, and its workers that wait for some."""

    tasks: deque[ActivityTask] = field(default_factory=deque)
    workers: deque[asyncio.Future[ActivityTask]] = field(default_factory=deque)

    def offer(self, task: ActivityTask) -> None:
        """Give a task to the worker that waits longest, or keep it for the next."""
        while self.workers:
            worker = self.workers.popleft()
            if not worker.done():
                worker.set_result(task)
                return
        self.tasks.append(task)

    async def take(self, seconds: float) -> ActivityTask | None:
        """Return a task; None when there is none within ``seconds``."""
        while self.tasks:
            task = self.tasks.popleft()
            if not task.started.done():
                return task
        worker: asyncio.Future[ActivityTask] = asyncio.get_running_loop().create_future()
        self.workers.append(worker)
        try:
            async with asyncio.timeout(seconds):
                return await worker
        except TimeoutError:
            return None
        except asyncio.CancelledError:
            # The worker has gone: its task is for another.
            if worker.done() and not worker.cancelled():
                self.offer(worker.result())
            raise
