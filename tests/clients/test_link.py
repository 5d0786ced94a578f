"""A link that is refused: what it tries again, and what it gives up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from clients.auth import MAX_REFUSED, Token, TokenSource
from clients.backoff import Backoff
from clients.errors import NotSignedIn, OrderwireError, Unavailable
from clients.link import Broken, Down, LinkEvent, Up, stay_connected
from clients.model import Change, History


class Tokens:
    """A token source that always has a fresh one."""

    def __init__(self) -> None:
        self.tokens: list[Token] = []

    async def token(self, refused: Token | None = None) -> Token:
        assert refused is None or refused in self.tokens
        self.tokens.append(Token(f"token-{len(self.tokens)}", 0.0))
        return self.tokens[-1]

    def remaining(self, token: Token) -> float:
        return 3600.0


class Lost:
    """A connection that is lost at once."""

    histories: Sequence[History] = ()

    async def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        for change in (None,):
            yield change
        raise Unavailable("lost")


class ScriptedLink:
    """A link whose connections go as a script says: True is live and then lost, an error is raised."""

    longest = 3600.0

    def __init__(self, *script: OrderwireError | bool) -> None:
        self._script = list(script)

    @asynccontextmanager
    async def open(self, token: Token, have: Mapping[str, int]) -> AsyncIterator[Lost]:
        if not self._script:
            await asyncio.Event().wait()
        step = self._script.pop(0)
        if isinstance(step, OrderwireError):
            raise step
        yield Lost()


async def events_of(*script: OrderwireError | bool) -> list[LinkEvent]:
    """Run a link until it is broken or its script is over."""
    events: list[LinkEvent] = []
    link = ScriptedLink(*script)
    connecting = asyncio.create_task(
        stay_connected(
            0,
            link,
            tokens=cast("TokenSource", Tokens()),
            have=dict,
            backoff=Backoff(draw=lambda _low, _high: 0.0),
            report=events.append,
        )
    )
    async with asyncio.timeout(60):
        while not connecting.done() and link._script:
            await asyncio.sleep(0)
        for _ in range(10):  # what the last step leads to
            await asyncio.sleep(0)
    connecting.cancel()
    await asyncio.gather(connecting, return_exceptions=True)
    return events


NO = NotSignedIn("no")


async def test_link_fails_when_it_was_never_admitted() -> None:
    events = await events_of(*[NO] * (MAX_REFUSED + 1))
    assert events == [Down(0, NO)] * (MAX_REFUSED - 1) + [Broken(NO)]


@pytest.mark.parametrize("refusals", [1, MAX_REFUSED, 3 * MAX_REFUSED])
async def test_link_reconnects_when_it_was_admitted_before(refusals: int) -> None:
    events = await events_of(True, *[NO] * refusals, True)
    assert not [event for event in events if isinstance(event, Broken)]
    assert sum(isinstance(event, Up) for event in events) == 2
