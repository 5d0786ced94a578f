"""Orderwire on a running local cloud: customers, stock, and orders that end well."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cloud import Cloud, local_cloud
from bench.sides import HERE, Side
from clients import Credentials, Item, NewOrder, OrderClient
from demo.ready import Ready, read_ready
from demo.shop import CUSTOMERS, PASSWORD, prepare

# The provider's longest time limit: a machine that cannot keep up then shows it by delay, not by payments
# that were given up.
PATIENT_SECONDS = 20
# Orders of one item would all wait for the same row of stock.
SHELVES = 20


# Channels, and traces, that commits before 2026-11-30 do not have.
NEW_CHANNELS = ("EventsChannel", "IotChannel", "WebhookChannel", "SseChannel")
NEW_PARTS = (*NEW_CHANNELS, "Tracing", "DomainEvents", "Imports", "Analytics", "StaffBoard")


def without_new_parts(side: Side) -> tuple[str, ...]:
    """Return the arguments that leave a stack what every commit has: two channels, and no traces."""
    if side is not HERE:
        return ()
    return tuple(part for name in NEW_PARTS for part in ("--parameter", f"{name}=false"))


def without_board(side: Side) -> tuple[str, ...]:
    """Return the arguments that leave out the staff's index: two write units more a change."""
    return ("--parameter", "StaffBoard=false") if side is HERE else ()


@dataclass(frozen=True, slots=True)
class Shop:
    """A local cloud with Orderwire, its customers and full shelves."""

    cloud: Cloud
    ready: Ready

    def client(self, customer: str) -> OrderClient:
        """Return a client of a customer who is not signed in yet."""
        return OrderClient(self.ready.settings, Credentials(customer, PASSWORD))


@asynccontextmanager
async def open_shop(
    folder: Path, *arguments: str, side: Side = HERE, payment_seconds: int = PATIENT_SECONDS
) -> AsyncIterator[Shop]:
    """Start a local cloud with Orderwire that does not dawdle, and fill the shelves.

    Parameters
    ----------
    arguments
        More of the local cloud's command line.
    payment_seconds
        How long the payment provider may take before an order fails as PAYMENT_TIMEOUT.
    """
    own = Path(tempfile.mkdtemp(dir=folder))
    parameters = ("--parameter", "PaceSeconds=0", "--parameter", f"PaymentTimeoutSeconds={payment_seconds}")
    async with local_cloud(own, side.template, *parameters, *arguments, side=side) as cloud:
        ready = read_ready(cloud.ready_file)
        stock = {sku(number): 1_000_000 for number in range(SHELVES)}
        await asyncio.to_thread(prepare, ready, CUSTOMERS, stock)
        yield Shop(cloud, ready)


def sku(number: int) -> str:
    """Return the shelf of the order with this number."""
    return f"BENCH-{number % SHELVES}"


def new_order(number: int) -> NewOrder:
    """Return an order of two items that will be delivered."""
    items = (Item(sku(number), "Thing", 1, 250), Item(sku(number + 1), "Another thing", 2, 120))
    return NewOrder("EUR", items, "tok_approve")
