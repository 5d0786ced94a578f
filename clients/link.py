"""Stay connected: a new connection with a fresh token whenever the one before is lost or its time is up."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from clients.auth import MAX_REFUSED, Token, TokenSource
from clients.backoff import Backoff
from clients.errors import NotAllowed, NotSignedIn, OrderwireError, Refused
from clients.model import Change, History

# A connection that is lost sooner than this did not work: the next delay goes on growing.
STEADY_SECONDS = 5.0


class Live(Protocol):
    """A connection all of whose subscriptions are live."""

    @property
    def histories(self) -> Sequence[History]:
        """What the server sent of the orders' past when it took the subscriptions; empty if it does not."""
        ...

    def __aiter__(self) -> AsyncGenerator[Change | None, None]:
        """Yield changes as they arrive, None for one that could not be read; raise when lost."""
        ...


class Link(Protocol):
    """Some subscriptions that share a connection, which is opened as often as it takes.

    Attributes
    ----------
    longest
        Seconds after which a connection is renewed even if the token is still good.
    """

    longest: float

    def open(self, token: Token, have: Mapping[str, int]) -> AbstractAsyncContextManager[Live]:
        """Return a connection that was not opened yet.

        Parameters
        ----------
        have
            The orders that are not final, with the version of each that is already here.
        """
        ...


@dataclass(frozen=True, slots=True)
class Up:
    """All subscriptions of a link are live: what changes from now on will arrive."""

    link: int
    histories: tuple[History, ...] = ()


@dataclass(frozen=True, slots=True)
class Down:
    """A link is lost. ``error`` is None when it is only being renewed, with a fresh token."""

    link: int
    error: OrderwireError | None
    retry_in: float = 0.0


@dataclass(frozen=True, slots=True)
class Pushed:
    """An event arrived; ``change`` is None when it could not be read."""

    change: Change | None


@dataclass(frozen=True, slots=True)
class Broken:
    """Trying again is of no use."""

    error: OrderwireError


LinkEvent = Up | Down | Pushed | Broken


async def stay_connected(
    number: int,
    link: Link,
    *,
    tokens: TokenSource,
    have: Callable[[], Mapping[str, int]],
    backoff: Backoff,
    report: Callable[[LinkEvent], None],
) -> None:
    """Keep a link live until cancelled, reporting what happens.

    Authorizes again on every connect, renews the connection before its time is up, and waits between
    tries as ``backoff`` says. Returns after it has reported ``Broken``.
    """
    refused: Token | None = None
    refusals = 0
    was_live = False
    while True:
        live_since: float | None = None
        token: Token | None = None
        try:
            token = await tokens.token(refused=refused)
            async with link.open(token, have()) as connection:
                live_since = time.monotonic()
                refused, refusals, was_live = None, 0, True
                report(Up(number, tuple(connection.histories)))
                try:
                    async with asyncio.timeout(max(1.0, min(tokens.remaining(token), link.longest))):
                        async for change in connection:
                            report(Pushed(change))
                except TimeoutError:
                    report(Down(number, None))
                    continue
        except NotSignedIn as error:
            # Again with a fresh token: the pool may have revoked this one, or clocks differ. Without a
            # token it was Cognito who said no.
            refusals += 1
            if token is None or (refusals == MAX_REFUSED and not was_live):
                report(Broken(error))
                return
            refused = token
            # A server that has let this person in and now refuses one fresh token after the other may be
            # failing itself: an authorizer that crashed, or that is not there yet after a restart, says no.
            delay = backoff.next() if refusals >= MAX_REFUSED else None
            report(Down(number, error, delay) if delay is not None else Down(number, error))
            await asyncio.sleep(delay or 0.0)
        except (NotAllowed, Refused) as error:
            report(Broken(error))
            return
        except OrderwireError as error:
            if live_since is not None and time.monotonic() - live_since >= STEADY_SECONDS:
                backoff.reset()
            delay = backoff.next()
            report(Down(number, error, delay))
            await asyncio.sleep(delay)
