"""A subscription to another customer's order delivers nothing, in any form."""

from __future__ import annotations

import uuid

import pytest

from tests.access.conftest import World
from tests.access.table import ON_MINE, ON_ORDER, Caller
from tests.access.test_access import change, publish
from tests.access.wire import event

pytestmark = pytest.mark.integration

CHANGE = "orderId customerId version status at reason"
WITH_STATUSES = f"subscription ($some: [OrderStatus!]) {{ onMyOrders(statuses: $some) {{ {CHANGE} }} }}"
ALL = ["RECEIVED", "VALIDATED", "CONFIRMED", "PACKED", "SHIPPED", "DELIVERED", "CANCELLED", "FAILED"]


async def test_stranger_receives_no_event_of_another_order(world: World) -> None:
    order_id = str(uuid.uuid4())
    stranger = world.credentials[Caller.STRANGER]
    own = change(str(uuid.uuid4()), world.people[Caller.STRANGER].sub)
    async with world.endpoints.socket(stranger) as opened:
        socket = await opened.connected()
        await socket.live(stranger, ON_ORDER, {"id": order_id})
        await socket.live(stranger, ON_ORDER, {"id": order_id.upper()})
        # Aliases and fragments are the client's; neither is asked by the filter.
        aliased = f"subscription ($id: ID!) {{ customerId: onOrderStatus(orderId: $id) {{ {CHANGE} }} }}"
        await socket.live(stranger, aliased, {"id": order_id})
        # What a client does not select is filtered all the same.
        await socket.live(
            stranger, "subscription ($id: ID!) { onOrderStatus(orderId: $id) { at } }", {"id": order_id}
        )
        mine = [await socket.live(stranger, ON_MINE)]
        mine += [await socket.live(stranger, WITH_STATUSES, {"some": some}) for some in (ALL, [], None)]
        mine.append(await socket.live(stranger, WITH_STATUSES))  # declared and not given
        for _ in range(3):
            await publish(world, change(order_id, world.owner.sub))
        # Frames of one socket keep their order: had anything of the owner's come, it would be first.
        await publish(world, own)
        received = [await socket.frame() for _ in mine]
    assert sorted(received, key=lambda frame: mine.index(frame["id"])) == [
        event(id_, "onMyOrders", own) for id_ in mine
    ]


async def test_staff_receive_events_of_every_order(world: World) -> None:
    staff, order_id = world.credentials[Caller.STAFF], str(uuid.uuid4())
    changed = change(order_id, world.owner.sub)
    async with world.endpoints.socket(staff) as opened:
        socket = await opened.connected()
        ids = [
            await socket.live(staff, ON_ORDER, {"id": order_id}),
            await socket.live(staff, ON_MINE),
            await socket.live(staff, WITH_STATUSES, {"some": ["SHIPPED"]}),
        ]
        silent = await socket.live(staff, WITH_STATUSES, {"some": ["PACKED", "FAILED"]})
        await publish(world, changed)
        received = {(frame := await socket.frame())["id"]: frame for _ in ids}
        assert await socket.live(staff, ON_MINE) not in {silent, *ids}  # no frame lay between
    fields = ["onOrderStatus", "onMyOrders", "onMyOrders"]
    assert received == {id_: event(id_, field, changed) for id_, field in zip(ids, fields, strict=True)}


async def test_stranger_receives_no_event_of_a_real_order(world: World) -> None:
    order = world.order()
    variables = {"id": order["clientToken"]}
    document = "mutation ($input: SubmitOrderInput!) { submitOrder(input: $input) { id } }"
    owner, stranger = world.credentials[Caller.OWNER], world.credentials[Caller.STRANGER]
    async with world.endpoints.socket(owner) as socket, world.endpoints.socket(stranger) as other:
        owners, strangers = await socket.connected(), await other.connected()
        await owners.live(owner, ON_ORDER, variables)
        await strangers.live(stranger, ON_ORDER, variables)
        mine = await strangers.live(stranger, ON_MINE)
        await world.endpoints.post(owner, document, {"input": order})
        order_ids: set[str] = set()
        while order_ids != {"RECEIVED", "VALIDATED", "CONFIRMED"}:
            frame = await owners.any_frame()
            order_ids.add(frame["payload"]["data"]["onOrderStatus"]["status"])
        own = change(str(uuid.uuid4()), world.people[Caller.STRANGER].sub)
        await publish(world, own)
        # Orders of the stranger's own, which other tests submitted, may be heard before.
        message = None
        while message != own:
            received = await strangers.any_frame()
            message = received["payload"]["data"]["onMyOrders"]
            assert received == event(mine, "onMyOrders", message)
            assert message["customerId"] == own["customerId"]


async def test_access_token_has_the_access_of_an_id_token(world: World) -> None:
    """The tests' tokens are id tokens; an access token names the client and the groups elsewhere."""
    from tests.access.credentials import token
    from tests.integration.conftest import PASSWORD

    tokens = world.shop.cognito.initiate_auth(
        ClientId=world.shop.cloud.outputs["UserPoolClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": world.people[Caller.STAFF].name, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    access = token(tokens["AccessToken"])
    order = await world.submitted()
    document = "query ($id: ID!) { order(id: $id) { customerId } }"
    status, answer = await world.endpoints.post(access, document, {"id": order["clientToken"]})
    assert (status, answer) == (200, {"data": {"order": {"customerId": world.owner.sub}}})
    async with world.endpoints.socket(access) as opened:
        socket = await opened.connected()
        await socket.live(access, ON_ORDER, {"id": order["clientToken"]})
