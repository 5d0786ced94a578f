"""A token that ends while its connection lives.

AWS documents when it checks a token, at the handshake and at every ``start``, and how a mutation ends the
subscriptions of a caller who lost a right. It documents no end of a connection with its token, but a longest
life of 24 hours. The same holds here: live subscriptions continue, new ones are refused. Clients must
rely on neither.
"""

from __future__ import annotations

import uuid

import pytest

from tests.access.conftest import World, short_lived
from tests.access.credentials import claims_of, has_expired, token
from tests.access.table import ON_MINE, ON_ORDER, Caller
from tests.access.test_access import change, publish
from tests.access.wire import REFUSED_HANDSHAKE, error_frame, event
from tests.localcloud.running import wait_for

# The data plane alone shows the same in two seconds: tests/appsync/test_realtime_expiry.py.
pytestmark = [pytest.mark.integration, pytest.mark.slow]


async def test_live_subscription_outlasts_its_token_and_a_new_one_is_refused(world: World) -> None:
    text = short_lived(world.shop, 4)
    ending, renewed = token(text), world.credentials[Caller.OWNER]
    order_id, sub = str(uuid.uuid4()), str(claims_of(text)["sub"])
    async with world.endpoints.socket(ending) as opened:
        socket = await opened.connected()
        id_ = await socket.live(ending, ON_ORDER, {"id": order_id})
        wait_for(lambda: has_expired(text), what="the token's end")

        changed = change(order_id, sub)
        await publish(world, changed)
        assert await socket.frame() == event(id_, "onOrderStatus", changed)

        again = await socket.start(ending, ON_MINE)
        assert await socket.frame() == error_frame(again, "UnauthorizedException", "Token has expired.")
        # Each start brings a credential of its own, so the connection outlives its token: a new one will do.
        await socket.live(renewed, ON_MINE)

        await publish(world, changed)
        assert await socket.frame() == event(id_, "onOrderStatus", changed)
    async with world.endpoints.socket(ending) as refused:
        assert await refused.frame() == REFUSED_HANDSHAKE
