"""The channels of the Event API: who may subscribe to which."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

import pytest

from localcloud.appsync.definition import AuthType
from localcloud.appsync.events.channels import parse_channel
from localcloud.appsync.events.definition import EventApiDefinition, Namespace
from localcloud.appsync.events.errors import HandlerDenied
from localcloud.appsync.events.handlers import HandlerCall, Handlers
from localcloud.appsync.events.service import NoSources
from orders.model import CustomerId, OrderId, OrderStatusChanged
from orders.status import OrderStatus
from resolvers.channels.events import channel_of
from tests.orders.samples import AT
from tests.shape import shape
from tests.shape.api import ADA, GRACE, STAFF
from tests.shape.samples import ORDER_ID

POOL: frozenset[AuthType] = frozenset({"AMAZON_COGNITO_USER_POOLS"})


@pytest.fixture(scope="module")
def handlers() -> Handlers:
    [properties] = shape.resources("AWS::AppSync::ChannelNamespace").values()
    code = shape.javascript()[properties["CodeS3Location"]]
    namespace = Namespace(properties["Name"], frozenset(), POOL, code)
    api = EventApiDefinition("e", "events", (), POOL, {properties["Name"]: namespace})
    return Handlers(api, sources=NoSources())


def test_namespace_code_is_accepted_by_appsync(handlers: Handlers) -> None:
    assert handlers.warnings == []
    assert handlers.has("orders", "onSubscribe")
    assert not handlers.has("orders", "onPublish")  # one operation more for each event


async def may_subscribe(handlers: Handlers, identity: Mapping[str, Any], path: str) -> bool:
    channel = parse_channel(path, wild=True)
    call = HandlerCall(channel, dict(identity), {}, "AMAZON_COGNITO_USER_POOLS")
    try:
        await handlers.run("onSubscribe", call)
    except HandlerDenied:
        return False
    return True


@pytest.mark.parametrize(
    ("path", "ada", "grace"),
    [
        (f"/orders/ada/{ORDER_ID}", True, False),
        ("/orders/ada/*", True, False),
        ("/orders/ada", True, False),
        (f"/orders/grace/{ORDER_ID}", False, True),
        ("/orders/grace/ada", False, True),
        ("/orders/*", False, False),
        ("/orders", False, False),
        ("/orders/ADA/*", False, False),
    ],
)
async def test_customer_subscribes_below_their_own_id_and_staff_anywhere(
    handlers: Handlers, path: str, ada: bool, grace: bool
) -> None:
    assert await may_subscribe(handlers, ADA, path) == ada
    assert await may_subscribe(handlers, GRACE, path) == grace
    assert await may_subscribe(handlers, STAFF, path)


def test_change_is_published_on_a_valid_channel() -> None:
    customer, order = str(uuid.uuid4()), ORDER_ID
    change = OrderStatusChanged(OrderId(order), CustomerId(customer), 1, OrderStatus.RECEIVED, AT)
    [properties] = shape.resources("AWS::AppSync::ChannelNamespace").values()
    assert parse_channel(channel_of(change)).segments == (properties["Name"], customer, order)
