"""The smoke itself: each check is one step, reported with the time that it took."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from gql import GraphQLRequest, gql
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.appsync_auth import AppSyncJWTAuthentication

from clients import (
    Arrival,
    Follower,
    Item,
    NewOrder,
    NotAllowed,
    NotFound,
    OrderClient,
    OrderwireError,
    Settings,
    Status,
)
from clients.failures import from_errors, from_transport
from verify.guest import Guest

GOOD_LIFE = ("RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED")
STOCK = 5

_PUBLISH = gql("mutation ($input: OrderStatusInput!) { publishOrderStatus(input: $input) { orderId } }")


class Wrong(OrderwireError):
    """The deployed application did otherwise than it should."""


Report = Callable[[str, float], None]


async def smoke(settings: Settings, guest: Guest, report: Report, *, patience: float = 120) -> None:
    """Run all checks.

    Parameters
    ----------
    report
        Called with each check that held, and its seconds.
    patience
        Seconds for each order's life.

    Raises
    ------
    OrderwireError
        The first check that does not hold.
    """
    steps = _Steps(report)
    async with OrderClient(settings, guest.credentials) as client:
        await client.tokens.token()
        steps.done("a temporary user signs in")
        pushed = await _one_order(client, guest, patience)
        steps.done(
            f"an order goes through {len(GOOD_LIFE)} statuses, each received once and in order, "
            f"{pushed} by the subscription"
        )
        await _expect_stock(guest, STOCK - 1)
        steps.done("its item has left the stock, once")
        cancelled = await _cancelled_order(client, guest, patience)
        steps.done("another order is cancelled, and its subscriber is notified")
        await _expect_compensation(guest, cancelled, patience)
        await _expect_stock(guest, STOCK - 1)
        steps.done("the workflow gives back what the cancelled order held")
        await _nobodys_order(client)
        steps.done("an order that does not exist is not found")
        await _publish(settings, client)
        steps.done("a customer who publishes a status is refused")


class _Steps:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._since = time.monotonic()

    def done(self, text: str) -> None:
        now = time.monotonic()
        self._report(text, now - self._since)
        self._since = now


def _order(guest: Guest) -> NewOrder:
    order = NewOrder("EUR", (Item(guest.sku, "Smoke", 1, 100),), "tok_approve")
    guest.remember(order.client_token)
    return order


@asynccontextmanager
async def _following(client: OrderClient, order: NewOrder) -> AsyncIterator[Follower]:
    """Be live before the order is sent, so that its first change must come by the subscription."""
    async with client.follower([order.client_token]) as follower:
        await follower.wait_live()
        yield follower


async def _to_its_end(
    follower: Follower, patience: float, confirmed: Callable[[str], None] = lambda order_id: None
) -> list[Arrival]:
    """Return how the order went; not all by reading, which a follower falls back on.

    ``confirmed`` is called with its id when it is CONFIRMED.
    """
    arrivals: list[Arrival] = []
    try:
        async with asyncio.timeout(patience):
            async for arrival in follower:
                arrivals.append(arrival)
                if arrival.change.status is Status.CONFIRMED:
                    await asyncio.to_thread(confirmed, arrival.change.order_id)
    except TimeoutError:
        raise Wrong(
            f"the order is not at its end after {patience:.0f} s; so far: {_life(arrivals)}"
        ) from None
    if not any(arrival.pushed for arrival in arrivals):
        raise Wrong("no change came by the subscription: look at the log of `fanout` and at its dead letters")
    return arrivals


def _life(arrivals: Sequence[Arrival]) -> list[str]:
    return [arrival.change.status.value for arrival in arrivals]


async def _one_order(client: OrderClient, guest: Guest, patience: float) -> int:
    order = _order(guest)
    async with _following(client, order) as follower:
        await client.submit(order)
        arrivals = await _to_its_end(follower, patience, guest.deliver)
    check_life(arrivals)
    return sum(arrival.pushed for arrival in arrivals)


def check_life(arrivals: Sequence[Arrival]) -> None:
    """Check what was received of an accepted order against its history. Raises ``Wrong``."""
    if tuple(_life(arrivals)) != GOOD_LIFE:
        raise Wrong(f"the order's life was {_life(arrivals)}")
    if [arrival.version for arrival in arrivals] != list(range(1, len(GOOD_LIFE) + 1)):
        raise Wrong(f"the versions were {[arrival.version for arrival in arrivals]}")


async def _cancelled_order(client: OrderClient, guest: Guest, patience: float) -> str:
    order = _order(guest)
    async with _following(client, order) as follower:
        await client.submit(order)
        await client.api.cancel(order.client_token)
        arrivals = await _to_its_end(follower, patience)
    if _life(arrivals)[-1] != "CANCELLED":
        raise Wrong(f"a cancelled order ended as {_life(arrivals)[-1]}")
    return order.client_token


async def _expect_stock(guest: Guest, expected: int) -> None:
    if (available := await asyncio.to_thread(guest.available)) != expected:
        raise Wrong(f"{available} in stock, not {expected}")


async def _expect_compensation(guest: Guest, order_id: str, patience: float) -> None:
    """Wait: a cancellation does not, and what the workflow writes later would not be cleaned up."""
    deadline = time.monotonic() + patience
    while not await asyncio.to_thread(guest.given_back, order_id):
        if time.monotonic() > deadline:
            raise Wrong(f"stock and payment of a cancelled order are not given back after {patience:.0f} s")
        await asyncio.sleep(0.2)


async def _nobodys_order(client: OrderClient) -> None:
    try:
        await client.api.order("00000000-0000-4000-8000-000000000000")
    except NotFound:
        return
    raise Wrong("an order that does not exist was answered")


async def _publish(settings: Settings, client: OrderClient) -> None:
    token = await client.tokens.token()
    auth = AppSyncJWTAuthentication(host=settings.host, jwt=token.value)
    transport = AIOHTTPTransport(url=settings.endpoint, auth=auth, timeout=30)
    event = {
        "orderId": "00000000-0000-4000-8000-000000000000",
        "customerId": "nobody",
        "version": 1,
        "status": "DELIVERED",
        "at": "2026-01-01T00:00:00.000Z",
    }
    await transport.connect()
    try:
        result = await transport.execute(GraphQLRequest(_PUBLISH, variable_values={"input": event}))
    except Exception as error:
        raise from_transport(error, settings.endpoint) from None
    finally:
        await transport.close()
    if not result.errors:
        raise Wrong("a customer could publish a status: publishOrderStatus must be for IAM alone")
    if not isinstance(refused := from_errors(result.errors), NotAllowed):
        raise refused
