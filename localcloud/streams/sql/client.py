"""The worker's process, as the service sees it: there when it is needed, gone when it is not."""

from __future__ import annotations

import asyncio
import itertools
import json
import logging
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from localcloud.streams.sql.errors import QueryFailed, QueryTimedOut

logger = logging.getLogger("localcloud.sql")
IDLE_SECONDS: Final = 60.0
# A request that does not end when it is cancelled takes the process with it.
CANCEL_SECONDS: Final = 5.0
END_SECONDS: Final = 2.0
_MOST_LINE: Final = 1 << 28


class Worker:
    """Starts the process for the first request, and ends it a while after the last.

    Parameters
    ----------
    command
        What to run; the folder that it works in is added.
    environment
        All that it sees of this one.

    Attributes
    ----------
    on_stop
        Called when the process has gone, with everything in its folder.
    """

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, idle: float = IDLE_SECONDS
    ) -> None:
        self._command, self._environment, self._idle = tuple(command), dict(environment), idle
        self._numbers = itertools.count(1)
        self._pending: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._process: asyncio.subprocess.Process | None = None
        self._folder: Path | None = None
        self._reading: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._users = 0
        self._timer: asyncio.TimerHandle | None = None
        self.on_stop: list[Callable[[], None]] = []

    @property
    def pid(self) -> int | None:
        """The process id; None while there is none."""
        return None if self._process is None else self._process.pid

    @asynccontextmanager
    async def use(self) -> AsyncIterator[Path]:
        """Have the process stay; the value is the folder that it works in.

        Raises
        ------
        QueryFailed
            It does not start.
        """
        self._users += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        try:
            async with self._starting:
                folder = self._folder if self._process is not None and self._folder is not None else None
                folder = folder or await self._start()
            yield folder
        finally:
            self._users -= 1
            if self._users == 0 and self._process is not None:
                self._timer = asyncio.get_running_loop().call_later(self._idle, self._rest)

    async def request(self, operation: str, seconds: float, **members: Any) -> dict[str, Any]:
        """Have a request carried out, while the process is in use.

        Parameters
        ----------
        seconds
            How long it may take.

        Raises
        ------
        QueryFailed
        QueryTimedOut
        """
        number = next(self._numbers)
        answer = self._pending[number] = asyncio.get_running_loop().create_future()
        self._send({"id": number, "operation": operation, **members})
        try:
            document: dict[str, Any] = await asyncio.wait_for(asyncio.shield(answer), seconds)
        except TimeoutError:
            await self._cancel(number, answer)
            raise QueryTimedOut(f"Query timeout: it ran longer than {seconds:g} seconds") from None
        except asyncio.CancelledError:
            await self._cancel(number, answer)
            raise
        finally:
            self._pending.pop(number, None)
        if "error" in document:
            raise QueryFailed(str(document["error"]))
        return document

    def stop(self) -> None:
        """End the process."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._end("the worker was stopped")

    async def ended(self) -> None:
        """Wait until a process that was stopped has gone."""
        if self._reading is not None:
            await self._reading

    async def _start(self) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="localcloud-sql-"))
        (folder / "objects").mkdir()
        try:
            process = await asyncio.create_subprocess_exec(
                *(*self._command, str(folder)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=self._environment,
                start_new_session=True,
                limit=_MOST_LINE,
            )
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise QueryFailed(f"the worker of SQL does not start: {error}") from error
        self._process, self._folder = process, folder
        self._reading = asyncio.get_running_loop().create_task(self._read(process, folder))
        return folder

    async def _read(self, process: asyncio.subprocess.Process, folder: Path) -> None:
        assert process.stdout is not None
        while line := await process.stdout.readline():
            document = json.loads(line)
            answer = self._pending.get(int(document["id"]))
            if answer is not None and not answer.done():
                answer.set_result(document)
        await process.wait()
        shutil.rmtree(folder, ignore_errors=True)
        if self._process is process:
            logger.warning("SQL: the worker ended with code %s", process.returncode)
            self._forget(
                f"the worker ended with code {process.returncode}: it was killed, had no memory left, or "
                "could not start (the log says which)"
            )

    def _send(self, document: Mapping[str, Any]) -> None:
        if self._process is None or self._process.stdin is None:
            raise QueryFailed("the worker of SQL has ended")
        with suppress(OSError):
            self._process.stdin.write(json.dumps(document, separators=(",", ":")).encode() + b"\n")

    async def _cancel(self, number: int, answer: asyncio.Future[dict[str, Any]]) -> None:
        with suppress(QueryFailed):
            self._send({"id": number, "operation": "cancel", "target": number})
        await asyncio.wait({answer}, timeout=CANCEL_SECONDS)
        if not answer.done():
            self._end("another query was not to be ended but with the worker")

    def _rest(self) -> None:
        self._timer = None
        if self._users == 0:
            self._end("the worker rests")

    def _end(self, reason: str) -> None:
        process = self._process
        if process is None:
            return
        self._forget(reason)
        # It ends with its input, and removes its folder; one that hangs is ended all the same.
        if process.stdin is not None:
            process.stdin.close()
        asyncio.get_running_loop().call_later(END_SECONDS, _kill, process)

    def _forget(self, reason: str) -> None:
        self._process = self._folder = None
        for answer in self._pending.values():
            if not answer.done():
                answer.set_result({"error": reason})
        for call in self.on_stop:
            call()


def _kill(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            process.kill()
