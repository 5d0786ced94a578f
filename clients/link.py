"""Stay connected: a new connection with a fresh token whenever the one before is lost or its token ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from gql import GraphQLRequest

from clients.auth import MAX_REFUSED, Token, TokenSource
from clients.backoff import Backoff
from clients.connection import Connection
from clients.errors import NotAllowed, NotSignedIn, OrderwireError, Refused
from clients.model import Change

# A connection that is lost sooner than this did not work: the next delay goes on growing.
STEADY_SECONDS = 5.0


class Connect(Protocol):
    """Makes a connection that shows the given token."""

    def __call__(
        self, token: Token, requests: Sequence[GraphQLRequest]
    ) -> AbstractAsyncContextManager[Connection]:
        """Return a connection that was not opened yet."""
        ...


@dataclass(frozen=True, slots=True)
class Up:
    """All subscriptions of a link are live: what changes from now on will arrive."""

    link: int


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
    requests: Sequence[GraphQLRequest],
    *,
    connect: Connect,
    tokens: TokenSource,
    backoff: Backoff,
    report: Callable[[LinkEvent], None],
) -> None:
    """Keep some subscriptions live until cancelled, reporting what happens.

    Authorizes anew on every connect, renews the connection before its token ends, and waits between
    tries as ``backoff`` says. Returns after it has reported ``Broken``.
    """
    refused: Token | None = None
    refusals = 0
    while True:
        live_since: float | None = None
        token: Token | None = None
        try:
            token = await tokens.token(refused=refused)
            async with connect(token, requests) as connection:
                live_since = time.monotonic()
                refused, refusals = None, 0
                report(Up(number))
                try:
                    async with asyncio.timeout(max(1.0, tokens.remaining(token))):
                        async for change in connection:
                            report(Pushed(change))
                except TimeoutError:
                    report(Down(number, None))
                    continue
        except NotSignedIn as error:
            # Again with a fresh token: the pool may have revoked this one, or clocks differ. Without a
            # token it was Cognito who said no.
            refusals += 1
            if refusals == MAX_REFUSED or token is None:
                report(Broken(error))
                return
            refused = token
            report(Down(number, error))
        except (NotAllowed, Refused) as error:
            report(Broken(error))
            return
        except OrderwireError as error:
            if live_since is not None and time.monotonic() - live_since >= STEADY_SECONDS:
                backoff.reset()
            delay = backoff.next()
            report(Down(number, error, delay))
            await asyncio.sleep(delay)
