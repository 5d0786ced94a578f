"""Hand the orders in: as many at once as the machine takes, and again when the API had no time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from clients import Follower, OrderClient, OrderwireError, Unavailable
from clients.backoff import Backoff
from clients.errors import Refused
from clients.model import Order
from demo.admission import Admission
from demo.movement import Movement
from demo.record import OrderRecord
from demo.screen import Screen

# An order that stands still this long gives its place to the next one.
STANDSTILL_SECONDS = 20.0
# Each of these is four of the client's own.
ATTEMPTS = 3


async def send_all(
    records: Sequence[OrderRecord],
    customers: Mapping[str, tuple[OrderClient, Follower]],
    movement: Movement,
    screen: Screen,
    admission: Admission | None = None,
) -> None:
    """Hand in every order, and return when each has been taken and is through, or was refused.

    Parameters
    ----------
    customers
        By name: who hands in, and who follows.
    """
    admission = admission or Admission()

    async def send(record: OrderRecord) -> None:
        client, follower = customers[record.customer]
        async with admission.place():
            order = await _submit(record, client, screen)
            movement.moved()
            if order is None:
                return
            record.order_id = order.id
            screen.submitted(record, order)
            follower.track_submitted(order)
            await movement.through(record, STANDSTILL_SECONDS)

    await asyncio.gather(*(send(record) for record in records))
    for _, follower in customers.values():
        follower.seal()


async def _submit(record: OrderRecord, client: OrderClient, screen: Screen) -> Order | None:
    backoff = Backoff(0.5, 5.0)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            order = await client.submit(record.order)
        except Unavailable as error:
            # Its token makes it one order, however often it is sent.
            record.unsent = f"{error} ({attempt} attempts)"
            if attempt < ATTEMPTS:
                await asyncio.sleep(max(backoff.next(), error.retry_after or 0.0))
        except Refused as error:
            record.refused = str(error)
            break
        except OrderwireError as error:
            record.unsent = str(error)
            break
        else:
            record.unsent = None
            return order
    screen.note(f"line {record.number}: {record.refused or record.unsent}", "red")
    return None
