"""Parcels that are reported from outside: over the bus in, live updates out; and cancellations settled."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator

import pytest

from tests.integration.conftest import Shop, ask, order_input
from tests.integration.test_orders import CANCEL, GOOD_END, SUBMIT, until_final
from tests.localcloud.running import ROOT, running, wait_for

# Lower: tests/shape has the runs that end at CONFIRMED, the reports in any order and the cancellation;
# tests/access has the two buses, and test_watching.py the verification.
pytestmark = [pytest.mark.slow, pytest.mark.integration]


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """The application as a shop with a warehouse of its own deploys it, whose clients know AppSync alone."""
    folder = tmp_path_factory.mktemp("outside")
    template = ROOT / "appsync" / "template.yaml"
    settings = ("PaceSeconds=0", "Fulfilment=external", "EventsChannel=false", "WebSocketChannel=false")
    parameters = [word for setting in settings for word in ("--parameter", setting)]
    with running(folder, template, "--artefacts", *parameters) as cloud:
        yield Shop(cloud)


def report(shop: Shop, order_id: object, kind: str, bus: str = "default") -> None:
    events = shop.cloud.session().client("events", endpoint_url=shop.cloud.engine)
    detail = json.dumps({"eventId": str(uuid.uuid4()), "orderId": order_id})
    answer = events.put_events(
        Entries=[
            {"EventBusName": bus, "Source": "orderwire.fulfilment", "DetailType": kind, "Detail": detail}
        ]
    )
    assert answer["FailedEntryCount"] == 0


async def test_reports_in_any_order_advance_an_order_and_publish_each_change(outside: Shop) -> None:
    ada = outside.person("ada")
    outside.stock("cup", 10)
    order = order_input("cup", quantity=3)
    async with outside.following(ada, str(order["clientToken"])) as changes, outside.as_person(ada) as api:
        await api.execute(ask(SUBMIT, {"input": order}))
        before = [await changes() for _ in range(3)]
        assert {change["status"] for change in before} == set(GOOD_END[:3])
        # Over the shop's own bus, and over the account's.
        for kind in ("OrderShipped", "OrderPacked"):
            report(outside, order["clientToken"], kind, outside.cloud.outputs["EventBusName"])
        for kind in ("OrderDelivered", "OrderDelivered"):
            report(outside, order["clientToken"], kind)
        after = await until_final(changes, before)
    assert [change["status"] for change in after] == GOOD_END
    assert outside.available("cup") == 7


def test_disabled_channels_are_not_deployed(outside: Shop) -> None:
    """Nothing of them waits to be paid; that AppSync receives each change is the other tests' subject."""
    assert outside.cloud.ready["event_apis"] == []
    assert not [name for name in outside.cloud.outputs if name.startswith("Events")]
    functions = outside.cloud.session().client("lambda", endpoint_url=outside.cloud.engine)
    publishers = [
        function["Environment"]["Variables"]
        for function in functions.list_functions()["Functions"]
        if function["Handler"] in {"resolvers.fanout.handler", "resolvers.redeliver.handler"}
    ]
    assert len(publishers) == 2
    for variables in publishers:
        assert (variables["EVENTS_HOST"], variables["CONNECTIONS_TABLE"]) == ("", "")
        assert variables["GRAPHQL_URL"].startswith("http")


def test_stack_with_outside_fulfilment_is_verified(
    outside: Shop, verified: Callable[[Shop], tuple[int, str]]
) -> None:
    code, printed = verified(outside)
    assert code == 0, printed
    assert printed.count("ok ") == 7


async def test_cancellation_after_the_run_returns_stock_and_payment(outside: Shop) -> None:
    ada = outside.person("ada")
    outside.stock("pot", 10)
    order = order_input("pot", quantity=3)
    async with outside.following(ada, str(order["clientToken"])) as changes, outside.as_person(ada) as api:
        await api.execute(ask(SUBMIT, {"input": order}))
        while (await changes())["status"] != "CONFIRMED":
            pass
        assert outside.available("pot") == 7
        await api.execute(ask(CANCEL, {"id": order["clientToken"]}))
    wait_for(lambda: outside.available("pot") == 10)
