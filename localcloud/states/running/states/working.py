"""Task, Parallel and Map: states that work, and may be retried and caught."""

from __future__ import annotations

from abc import abstractmethod
from typing import ClassVar

from localcloud.clock import CLOCK
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.dataflow import JsonataFlow, PathFlow
from localcloud.states.running.frame import RUNTIME, Frame
from localcloud.states.running.handling import Handlers
from localcloud.states.running.states.base import Step, Waiting


class Working(Waiting):
    """A state with Retry and Catch.

    Attributes
    ----------
    handlers
        Its Retry and Catch.
    failed_kind
        The event that it leaves when it fails for good; None for a Task, whose attempts each leave their own.
    """

    failed_kind: str | None = None
    context: ClassVar[dict[str, Json]] = {"RetryCount": 0}

    def __init__(self, name: str, definition: dict[str, Json], *, jsonata: bool) -> None:
        super().__init__(name, definition)
        self.handlers = Handlers(definition, jsonata=jsonata)
        self.flow: PathFlow | JsonataFlow = self._compiled_flow(definition, jsonata=jsonata)

    def _compiled_flow(self, definition: dict[str, Json], *, jsonata: bool) -> PathFlow | JsonataFlow:
        return JsonataFlow(definition) if jsonata else PathFlow(definition)

    @abstractmethod
    async def work(self, frame: Frame, data: Json) -> Json:
        """Do the work of one attempt; return the result.

        Raises
        ------
        StatesError
            The attempt failed.
        """

    async def run(self, frame: Frame, data: Json) -> Step:
        """Work until it is done, given up or caught."""
        retries = frame.attempts(len(self.handlers.retriers))
        if any(retries):
            # An execution that was restored may have been in the pause before this attempt.
            await CLOCK.sleep(frame.pause())
            frame.retried(sum(retries))
        error, frame.failure = frame.failure, None
        while True:
            if error is None:
                try:
                    result = await self.work(frame, data)
                    output, assigned = self.flow.finish(frame, data, result)
                    frame.leave(self, output, assigned, self.next)
                    return Step(output, self.next)
                except StatesError as failure:
                    error = frame.described(self, failure)
                    frame.failed(error)
            number = self.handlers.retrier(error)
            if number is None or retries[number] >= self.handlers.retriers[number].attempts:
                return self.caught(frame, data, error)
            delay = self.handlers.retriers[number].delay(retries[number])
            retries[number] += 1
            frame.execution.retried()
            frame.retrying(retries, delay)
            await CLOCK.sleep(delay)
            frame.retried(sum(retries))
            error = None

    def caught(self, frame: Frame, data: Json, error: StatesError) -> Step:
        """Go where the first catcher for ``error`` leads.

        Raises
        ------
        StatesError
            There is none.
        """
        if self.failed_kind is not None and error.error != RUNTIME:
            frame.note(self.failed_kind)
        number = self.handlers.catcher(error)
        if number is None:
            raise error
        catcher = self.handlers.catchers[number]
        try:
            output, assigned = catcher.output(frame, data, error)
        except StatesError as failure:
            raise frame.described(self, failure) from failure
        frame.leave(self, output, assigned, catcher.next)
        return Step(output, catcher.next)
