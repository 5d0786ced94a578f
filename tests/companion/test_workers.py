"""The worker and the schedule, as Lambda calls them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from chalice.app import SQSEventConfig

from app import app
from chalicelib import workers
from orders.caller import Caller
from orders.connections import Connection
from orders.errors import StartThrottled
from orders.model import OrderId
from orders.operations import pending
from tests.companion.conftest import Log, Shop
from tests.companion.gateway import event
from tests.orders.samples import ADA, an_order

FIRST = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")
SECOND = OrderId("4f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0c")
POISON = ("nonsense", "[]", "{}", '{"orderId": 7}', '{"orderId": "x"}')


def deliver(*bodies: str) -> Any:
    """Hand over a batch of messages, ``m-0`` and so on."""
    [record, *_] = event("order_queue")["Records"]
    records = [record | {"messageId": f"m-{index}", "body": body} for index, body in enumerate(bodies)]
    return workers.start_orders({"Records": records}, None)


def failed(answer: Any) -> list[str]:
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


def order(order_id: OrderId) -> str:
    return json.dumps({"orderId": order_id})


@pytest.fixture
def both(shop: Shop) -> None:
    for order_id in (FIRST, SECOND):
        shop.record(an_order(order_id))


@pytest.mark.usefixtures("both")
class TestOneMessage:
    """As Chalice declares it: then no answer can tell Lambda what failed, but a failure can."""

    def test_single_message_starts_its_order(self, shop: Shop, log: Log) -> None:
        assert deliver(order(FIRST)) is None
        assert shop.workflows.started == [FIRST]
        [line] = log.lines
        assert (line["message"], line["correlation_id"]) == ("order started", FIRST)

    def test_second_delivery_starts_no_second_execution(self, shop: Shop) -> None:
        deliver(order(FIRST))
        deliver(order(FIRST))
        assert shop.workflows.started == [FIRST]

    def test_throttled_start_fails_the_function(self, shop: Shop) -> None:
        shop.workflows.throttled.add(FIRST)
        with pytest.raises(StartThrottled):
            deliver(order(FIRST))

    @pytest.mark.parametrize("body", POISON)
    def test_malformed_message_fails_the_function_and_is_not_logged(
        self, shop: Shop, log: Log, body: str
    ) -> None:
        with pytest.raises(Exception, match=r"orderId|Expecting value"):
            deliver(body)
        [line] = log.lines
        assert (line["message"], line["message_id"]) == ("order not started", "m-0")


@pytest.mark.usefixtures("both")
class TestMoreMessages:
    """After the deployment has set ``ReportBatchItemFailures``."""

    def test_batch_starts_valid_messages_and_names_the_others(self, shop: Shop) -> None:
        shop.workflows.throttled.add(SECOND)
        assert failed(deliver(order(FIRST), "nonsense", order(SECOND))) == ["m-1", "m-2"]
        assert shop.workflows.started == [FIRST]

    def test_batch_without_failures_names_none(self, shop: Shop) -> None:
        assert failed(deliver(order(FIRST), order(SECOND))) == []

    def test_batch_of_malformed_messages_names_them_all(self, shop: Shop) -> None:
        assert failed(deliver(*POISON)) == [f"m-{index}" for index in range(len(POISON))]


def test_worker_is_declared_with_batches_of_one() -> None:
    """Lambda deletes the failed messages of a larger batch as long as the flag is not set."""
    [worker] = [source for source in app.event_sources if isinstance(source, SQSEventConfig)]
    assert (worker.name, worker.batch_size) == ("start_orders", 1)


class TestSweep:
    def test_sweep_removes_expired_connections(self, shop: Shop, log: Log) -> None:
        now = int(shop.clock.now().timestamp())
        for name, expires_at in (("old", now - 1), ("older", now - 7200), ("young", now + 1)):
            shop.connections.open(Connection(name, Caller(ADA), "https://there", expires_at))
        assert workers.sweep_connections(event("scheduled"), None) == {"forgotten": 2, "failed": 0}
        assert list(shop.connections.open_now) == ["young"]
        assert [(line["message"], line["forgotten"], line["failed"]) for line in log.lines] == [
            ("connections swept", 2, 0)
        ]

    def test_sweep_closes_connections_that_never_authenticated(self, shop: Shop) -> None:
        for name in ("silent", "welcome", "late"):
            shop.operations.open(pending(name, "https://there", shop.clock.now()))
        shop.operations.welcome("welcome", Caller(ADA), 2**31)
        shop.clock.advance(60.5)
        shop.operations.open(pending("late", "https://there", shop.clock.now()))
        assert workers.sweep_connections(event("scheduled"), None) == {"forgotten": 1, "failed": 0}
        assert shop.pusher.closed == ["silent"]
        assert set(shop.connections.open_now) == {"welcome", "late"}

    def test_sweep_continues_when_one_connection_cannot_be_removed(
        self, shop: Shop, log: Log, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name in ("stuck", "old"):
            shop.connections.open(Connection(name, Caller(ADA), "https://there", 1))
        forget = shop.connections.forget

        def hold(connection_id: str) -> None:
            if connection_id == "stuck":
                raise RuntimeError("the table is away")
            forget(connection_id)

        monkeypatch.setattr(shop.connections, "forget", hold)
        assert workers.sweep_connections(event("scheduled"), None) == {"forgotten": 1, "failed": 1}
        assert log.lines[0]["message"] == "connection not forgotten"

    def test_sweep_is_bounded(self, shop: Shop) -> None:
        for number in range(workers.SWEPT_AT_ONCE + 1):
            shop.connections.open(Connection(str(number), Caller(ADA), "https://there", 1))
        workers.sweep_connections(event("scheduled"), None)
        assert len(shop.connections.open_now) == 1


# boto3 and botocore's session take over 100 ms, Powertools 47, Strawberry 300.
LATE = {
    "aws_lambda_powertools",
    "boto3",
    "botocore.client",
    "botocore.session",
    "http.client",
    "pydantic",
    "strawberry",
    "urllib3",
}
PROBE = """
import importlib, json, sys
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(sys.modules)))
"""


@pytest.mark.parametrize("name", ["chalicelib.websocket", "chalicelib.workers"])
def test_worker_imports_nothing_heavy(name: str) -> None:
    """Lambda imports a blueprint's own module, not ``app``."""
    root = Path(__file__).parents[2]
    environment = {"PYTHONPATH": f"{root}:{root / 'chalice_app'}"}
    done = subprocess.run(
        [sys.executable, "-c", PROBE, name], capture_output=True, text=True, check=True, env=environment
    )
    imported = set(json.loads(done.stdout))
    assert name in imported
    assert imported.isdisjoint(LATE)
