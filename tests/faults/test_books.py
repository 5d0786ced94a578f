"""Many orders while calls fail at random and functions are killed: at the end the books add up."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from typing import cast

import pytest

from clients.errors import ServerFault, Unavailable
from clients.model import NewOrder
from tests.faults.world import World
from tests.integration.conftest import Json, Person, order_input

pytestmark = pytest.mark.integration
FINAL = {"DELIVERED", "FAILED", "CANCELLED"}
CARDS = ["tok_approve"] * 5 + ["tok_decline", "tok_timeout"]
WRITES = ("UpdateItem", "TransactWriteItems", "PutItem")
FUNCTIONS = [
    f"{name}Function"
    for name in (
        "ValidateOrder",
        "ReserveStock",
        "AuthorizePayment",
        "ReleaseStock",
        "VoidPayment",
        "EnqueueOrder",
        "StartOrders",
        "Fanout",
    )
]


def weather(rate: float) -> list[Json]:
    """Return faults of everything that an order goes through."""
    faults: list[Json] = []
    for service, operations, kinds in (
        ("dynamodb", WRITES, ("drop-answer", "throttle", "error", "duplicate")),
        ("states", ("StartExecution",), ("drop-answer", "throttle", "error", "duplicate")),
        ("sqs", ("SendMessage", "SendMessageBatch"), ("drop-answer", "error", "duplicate")),
        ("lambda", ("Invoke",), ("drop-answer", "throttle", "duplicate")),
    ):
        faults += [
            {"service": service, "operation": operation, "kind": kind, "rate": rate}
            for operation in operations
            for kind in kinds
        ]
    return faults


async def settle(world: World, orders: list[str]) -> None:
    """Wait until every order is final; those that nobody started are left to the reconciler."""
    deadline = asyncio.get_running_loop().time() + 120
    while pending := [order for order in orders if world.life(order)[-1] not in FINAL]:
        assert asyncio.get_running_loop().time() < deadline, f"not final: {pending}"
        for order in pending:
            if world.life(order) == ["RECEIVED"] and not world.executions(order):
                with contextlib.suppress(world.dynamodb.exceptions.ConditionalCheckFailedException):
                    world.grow_old(order)
        await asyncio.to_thread(world.invoke, "ReconcileFunction")
        await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_order_ends_once_and_nothing_is_reserved_or_lost(
    world: World, ada: Person, seed: int
) -> None:
    chance, count = random.Random(seed), 20
    skus = [f"thing-{n}-{uuid.uuid4().hex[:8]}" for n in range(3)]
    for sku in skus:
        world.stock(sku, count)  # not enough for all
    orders = [
        order_input(chance.choice(skus), quantity=chance.randint(1, 4), card=chance.choice(CARDS))
        for _ in range(count)
    ]
    ids = [str(order["clientToken"]) for order in orders]
    async with world.client(ada) as client:

        async def submit(order: Json) -> None:
            enqueue = chance.random() < 0.5
            while True:  # a person who wants the order presses the button again
                with contextlib.suppress(Unavailable, ServerFault):
                    await client.submit(NewOrder.parse(order), enqueue=enqueue)
                    return

        async def kill() -> None:
            while True:
                await asyncio.sleep(0.3)
                with contextlib.suppress(AssertionError, ProcessLookupError):  # none runs just now
                    await asyncio.to_thread(world.kill, chance.choice(FUNCTIONS))

        killer = asyncio.create_task(kill())
        with world.failing(*weather(0.04)) as hits:
            await asyncio.gather(*(submit(order) for order in orders))
            # The weather lasts while there are orders under way, but not for ever.
            while sum(hits()) < 60 and any(world.life(order)[-1] not in FINAL for order in ids):
                await asyncio.sleep(0.05)
            assert sum(hits()) > len(WRITES)
        killer.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await killer
        await settle(world, ids)
    for order_id in ids:
        world.ended(order_id)

    quantities = dict.fromkeys(skus, 0)
    for order, order_id in zip(orders, ids, strict=True):
        life = world.life(order_id)
        assert len(life) == len(set(life)) and life[-1] in FINAL
        assert len(world.executions(order_id)) == 1
        sku = cast("list[dict[str, str]]", order["items"])[0]["sku"]
        payment = world.entry(f"PAYMENT#{order_id}")
        reservation = world.entry(f"RESERVATION#{order_id}#{sku}")
        if life[-1] == "DELIVERED":
            assert payment["status"] == {"S": "AUTHORIZED"} and reservation["status"] == {"S": "HELD"}
            quantities[sku] += int(reservation["quantity"]["N"])
        else:
            assert payment is None or payment["status"]["S"] in {"VOIDED", "DECLINED"}
            assert reservation is None or reservation["status"] == {"S": "RELEASED"}
        async with asyncio.timeout(60), world.client(ada) as client:
            changes = [(change.version, str(change.status)) async for change in client.follow(order_id)]
        assert changes == list(enumerate(life, 1)), order
    assert {sku: world.available(sku) + quantities[sku] for sku in skus} == dict.fromkeys(skus, count)
