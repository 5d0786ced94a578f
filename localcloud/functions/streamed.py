"""The streamed response of an environment's current invocation, as the environment sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from localcloud.functions.failures import too_large
from localcloud.functions.response import CollectedResponse, ResponseStream, Sink
from localcloud.functions.runtime_api import RESPONSE_LIMIT


class Streamed:
    """From the first piece until the invocation has ended.

    On AWS a function runs on when its caller goes away, to its own end or its time limit. Here it does
    so for a while; then its stream is closed, since an abandoned environment holds a machine's memory.

    Parameters
    ----------
    response
        Where the caller takes it; None for one that gets it whole.
    cut
        Has the runtime stop sending.
    abandoned_seconds
        How long it may go unread.
    log
        Takes a line that says that it was closed.

    Attributes
    ----------
    broken
        Whether its end is missing.
    """

    def __init__(
        self,
        response: ResponseStream | None,
        cut: Callable[[], None],
        abandoned_seconds: float,
        log: Callable[[str], None],
    ) -> None:
        self.broken = False
        self.sink: Sink = response or CollectedResponse(RESPONSE_LIMIT)
        self._cut = cut
        self._seconds = abandoned_seconds
        self._log = log
        self._timer: asyncio.TimerHandle | None = None
        if response is not None:
            response.on_abandon = self._abandon
            if response.abandoned:
                self._abandon()

    def end(self) -> None:
        """Take note that the invocation has ended."""
        if self._timer is not None:
            self._timer.cancel()

    def outcome(self, error: bytes | None) -> tuple[bytes, str | None]:
        """Return the invocation's payload and ``FunctionError``, of what the runtime said at the end."""
        if error is None and self.sink.over:
            error = too_large()
        return (self.sink.whole(), None) if error is None else (error, "Unhandled")

    def _abandon(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._close)

    def _close(self) -> None:
        self._log(
            f"localcloud: no caller has read the response for {self._seconds:g} s, so its stream is closed"
        )
        self._cut()
