"""The time machine in the engine's process: Step Functions is here, durable executions are the parent's."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from localcloud.calls import CallFailed
from localcloud.clock import (
    CLOCK,
    ClockError,
    Faster,
    Jump,
    NothingWaits,
    Pace,
    Status,
    TimeMachine,
    described,
    read_change,
    write_ahead,
)
from localcloud.engine.parent import ParentsConnections

SECONDS = 10.0


class LambdaProcess:
    """The process of the Lambda service, by its own endpoint."""

    def __init__(self, lambda_url: str) -> None:
        self._url = lambda_url
        self._path = f"{urlsplit(lambda_url).path}/_localcloud/clock"
        self._connections: ParentsConnections | None = None

    async def look(self, pace: Pace | None = None) -> Status:
        """See `localcloud.clock.machine.Process`."""
        if self._connections is None:
            self._connections = ParentsConnections(self._url, seconds=SECONDS)
        if pace is None:
            answer = await self._connections.send("GET", self._path, {})
        else:
            body = json.dumps({"real": pace.real, "shown": pace.reported, "factor": pace.factor}).encode()
            answer = await self._connections.send("POST", self._path, {}, body)
        document = json.loads(answer.body) if answer.status == 200 else {}
        return Status(document.get("next"), document.get("working", 0), document.get("callers", 0))


class ClockPage:
    """Answers ``/_localcloud/clock``.

    Parameters
    ----------
    data
        The folder of ``--data``; the clock is put ahead as far as it was there.
    moved
        Called after each move.
    """

    def __init__(self, lambda_url: str, data: Path | None, moved: Callable[[], None]) -> None:
        def keep(ahead: float) -> None:
            moved()
            if data is not None:
                write_ahead(data, ahead)

        self._machine = TimeMachine(CLOCK, [LambdaProcess(lambda_url)], keep)

    async def answer(self, method: str, body: bytes) -> tuple[int, dict[str, object]]:
        """Return the status and the document for GET, PUT or DELETE."""
        try:
            change = read_change(json.loads(body)) if method == "PUT" else None
            return 200, await self._changed(Faster(1.0) if method == "DELETE" else change)
        except ClockError as error:
            return 400, {"message": str(error)}
        except ValueError as error:
            return 400, {"message": f"the body is not JSON: {error}"}
        except NothingWaits:
            return 409, {"message": "nothing waits: no execution has a timer to jump to"}
        except CallFailed as error:
            return 502, {"message": f"the Lambda service's clock cannot be reached: {error}"}

    async def _changed(self, change: Jump | Faster | None) -> dict[str, object]:
        settled = None
        match change:
            case Faster(factor):
                await self._machine.run_at(factor)
            case Jump(seconds):
                settled = await self._machine.jump(seconds)
        return described(CLOCK, await self._machine.status(), settled=settled)
