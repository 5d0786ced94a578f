"""Which executions begin now, and which wait: thousands at once would only hold memory for a busy machine."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from localcloud.states.integrations.transport import InvocationType, InvokeReply, Transport

MOST: Final = 256
"""Invocations under way at which executions wait for their turn: far more than there are environments."""
LOOK: Final = 1.0
"""Seconds between two looks at those that wait."""
STALLED: Final = 5
"""Looks without an invocation that ended, after which as many begin again: those may be waited for."""


class Turns:
    """Calls services for tasks, and has executions wait for their turn while it waits for many functions.

    An execution that waits in its first task holds 35 KB, one that has not begun a sixth of that.

    Parameters
    ----------
    transport
        Carries the calls out.
    """

    def __init__(self, transport: Transport) -> None:
        self.send = transport.send
        self.fetch = transport.fetch
        self._transport = transport
        self._under_way = 0
        self._looks = 0
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._next_look: asyncio.TimerHandle | None = None

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        kind: InvocationType,
        client_context: str | None,
        limit: float | None,
    ) -> InvokeReply:
        """See `Transport.invoke`."""
        self._under_way += 1
        try:
            return await self._transport.invoke(
                function, payload, kind=kind, client_context=client_context, limit=limit
            )
        finally:
            self._under_way -= 1
            self._looks = 0
            if self._under_way < MOST:
                self._let_begin(1)

    def turn(self) -> asyncio.Future[None] | None:
        """Return what an execution waits for before it begins, one after the other; None for nothing."""
        if self._under_way < MOST and not self._waiting:
            return None
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        if self._next_look is None:
            self._plan()
        return turn

    def _plan(self) -> None:
        self._next_look = asyncio.get_running_loop().call_later(LOOK, self._look)

    def _look(self) -> None:
        self._looks += 1
        if self._looks >= STALLED:
            self._looks = 0
            self._let_begin(MOST)
        else:
            self._let_begin(MOST - self._under_way)
        self._next_look = None
        if self._waiting:
            self._plan()

    def _let_begin(self, count: int) -> None:
        while self._waiting and count > 0:
            turn = self._waiting.popleft()
            if not turn.done():  # one that was stopped meanwhile
                turn.set_result(None)
                count -= 1
