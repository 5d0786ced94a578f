"""An order over REST, followed over WebSocket: the companion on a local cloud, deployed as on AWS."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from tests.companion.deploying import Deployment
from tests.companion.world import Companion
from tests.integration.conftest import Shop, ask, order_input
from tests.integration.test_orders import GOOD_END, ORDER, until_final
from tests.localcloud.running import wait_for

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def companion(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Companion:
    """The shop, and its companion by the real ``chalice deploy``."""
    ready_file = shop.cloud.printed.with_name("ready.json")
    deployment = Deployment(shop.cloud, tmp_path_factory.mktemp("companion") / "project", ready_file)
    done = deployment.run("deploy", "--stack", str(shop.cloud.ready["stack"]))
    assert done.returncode == 0, done.stdout + done.stderr

    def ready() -> dict[str, object]:
        document: dict[str, object] = json.loads(ready_file.read_text())
        return document

    wait_for(lambda: bool(ready()["websocket_apis"]), what="the WebSocket API's address")
    return Companion(replace(shop.cloud, ready=ready()))


async def test_order_submitted_over_rest_is_pushed_and_read_everywhere(companion: Companion) -> None:
    """Submitted over REST, pushed over WebSocket, and the same to REST and GraphQL."""
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
