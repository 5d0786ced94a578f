"""An order over REST, followed over WebSocket: the companion on a local cloud, deployed as on AWS."""

from __future__ import annotations

import pytest

from tests.companion.world import open_companion
from tests.integration.conftest import ask, order_input
from tests.integration.test_orders import GOOD_END, ORDER, until_final

pytestmark = pytest.mark.integration


async def test_order_submitted_over_rest_is_pushed_and_read_everywhere(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """Submitted over REST, pushed over WebSocket, and the same to REST and GraphQL."""
    with open_companion(tmp_path_factory.mktemp("companion")) as companion:
        ada = companion.person("ada")
        companion.stock("cup", 10)
        order = order_input("cup", quantity=3)
        order_id = str(order["clientToken"])
        async with companion.over_websocket(ada, order_id) as changes:
            submitted = await companion.submit(ada, order)
            assert (submitted.status, submitted.body["id"]) == (202, order_id)
            assert submitted.headers["Location"] == f"/api/orders/{order_id}"
            history = await until_final(changes)
        assert [change["status"] for change in history] == GOOD_END
        read = await companion.call(ada, "GET", f"/orders/{order_id}")
        assert (read.status, read.headers["ETag"], read.body["history"]) == (200, '"6"', history)
        async with companion.as_person(ada) as session:
            received = (await session.execute(ask(ORDER, {"id": order_id})))["order"]
        assert (received["status"], received["version"], received["total"]) == ("DELIVERED", 6, 750)
        assert companion.available("cup") == 7
