"""The time machine's endpoint to this process: what durable executions go by is read and moved here.

``GET /_localcloud/clock`` answers ``{"next": seconds or null, "working": N, "callers": N}``: when something
happens by itself next, how many invocations run, and how many callers wait for the end of an execution.
``POST`` takes ``{"real": s, "shown": s, "factor": n}`` (a `Pace`) first.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from localcloud.clock import MovableClock, Pace
from localcloud.functions.running import Runner
from localcloud.wire import Request, Response

if TYPE_CHECKING:
    from localcloud.functions.durable.service import DurableExecutions

CLOCK_PATH: Final = "/_localcloud/clock"


class ClockEndpoint:
    """Answers the time machine.

    Parameters
    ----------
    executions
        Returns the durable executions, or None as long as none was ever started.
    """

    def __init__(
        self, clock: MovableClock, runner: Runner, executions: Callable[[], DurableExecutions | None]
    ) -> None:
        self._clock = clock
        self._runner = runner
        self._executions = executions

    async def answer(self, request: Request) -> Response:
        """Answer a request."""
        if request.method == "POST":
            document = json.loads(request.body)
            pace = Pace(*(float(document[name]) for name in ("real", "shown", "factor")))
            self._clock.set(pace)
        executions = self._executions()
        status = {
            "next": None if executions is None else _next_due(executions),
            "working": self._runner.working,
            "callers": 0 if executions is None else len(executions.callers),
        }
        return Response(200, json.dumps(status).encode(), {"Content-Type": "application/json"})


def _next_due(executions: DurableExecutions) -> float | None:
    """Return when something happens by itself next; the end of a retention is nothing to wait for."""
    return min((execution.next_due for execution in executions.executions() if execution.live), default=None)
