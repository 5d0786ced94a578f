from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from app import app
from chalicelib import wiring
from orders.approval import ApprovalRule
from orders.model import OrderContents, OrderId, received
from orders.origins import Orchestrator
from orders.ports import OrderStore
from orders.reading import Wait
from orders.starting import ExpressRule
from orders.status import OrderStatus
from tests.companion.gateway import Gateway
from tests.orders.fakes import (
    FixedClock,
    MemoryApprovals,
    MemoryConnections,
    MemoryOperations,
    MemoryOrderStore,
    MemoryPusher,
    MemoryQueue,
    MemoryRuns,
    MemoryTickets,
    MemoryTokens,
    MemoryWorkflows,
)
from tests.orders.samples import an_order, to
from tests.orders.tracing.fakes import MemoryExecutions, MemorySpans
from tests.orders.webhooks.fakes import memory_desk

LIFE = (
    OrderStatus.VALIDATED,
    OrderStatus.CONFIRMED,
    OrderStatus.PACKED,
    OrderStatus.SHIPPED,
    OrderStatus.DELIVERED,
)


class Meanwhile:
    """Time that passes only in sleeps, and what happens in it."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self._planned: list[tuple[float, Callable[[], object]]] = []

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.now += seconds
        due = [action for at, action in self._planned if at <= self.now]
        self._planned = [(at, action) for at, action in self._planned if at > self.now]
        for action in due:
            action()

    def after(self, seconds: float, action: Callable[[], object]) -> None:
        self._planned.append((self.now + seconds, action))


class Shop:
    """Everything behind the companion, in memory."""

    def __init__(self) -> None:
        self.store: OrderStore = MemoryOrderStore()
        self.queue = MemoryQueue()
        self.workflows = MemoryWorkflows()
        self.approvals = MemoryApprovals()
        self.runs = MemoryRuns()
        self.tickets = MemoryTickets()
        self.connections = MemoryConnections()
        self.operations = MemoryOperations(self.connections)
        self.token_callers = MemoryTokens()
        self.slept: list[float] = []
        self.pusher = MemoryPusher()
        self.clock = FixedClock()
        self.meanwhile = Meanwhile()
        self.desk = memory_desk()

    def wait(self, seconds: float) -> Wait:
        return Wait(seconds, monotonic=self.meanwhile.monotonic, sleep=self.meanwhile.sleep)

    def record(self, contents: OrderContents | None = None) -> OrderId:
        """Record an order, and return its id."""
        recorded = contents or an_order()
        assert self.store.record(recorded, received(recorded))
        return recorded.order_id

    def advance(self, order_id: OrderId, target: OrderStatus) -> None:
        """Bring an order into a status: along its life, or from where it is into one that ends it."""
        state = self.store.state(order_id)
        assert state is not None
        steps = LIFE[LIFE.index(state.status) + 1 if state.status in LIFE else 0 :]
        for status in steps[: steps.index(target) + 1] if target in steps else (target,):
            self.store.change(order_id, to(status))


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch) -> Shop:
    shop = Shop()
    for name in ("order_queue", "workflows", "approvals", "tickets", "connections", "pusher", "clock"):
        value = getattr(shop, name.removeprefix("order_"))
        monkeypatch.setattr(wiring, name, lambda value=value: value)
    monkeypatch.setattr(wiring, "order_store", lambda: shop.store)
    monkeypatch.setattr(wiring, "executions", MemoryExecutions)
    monkeypatch.setattr(wiring, "spans", MemorySpans)
    monkeypatch.setattr(wiring, "workflow_runs", lambda: {Orchestrator.WORKFLOW: shop.runs})
    monkeypatch.setattr(wiring, "orchestrator", lambda: Orchestrator.WORKFLOW)
    monkeypatch.setattr(wiring, "operations", lambda: shop.operations)
    monkeypatch.setattr(wiring, "token_callers", lambda: shop.token_callers)
    monkeypatch.setattr(wiring, "sleep", shop.slept.append)
    monkeypatch.setattr(wiring, "webhook_desk", lambda: shop.desk)
    monkeypatch.setattr(wiring, "wait", shop.wait)
    monkeypatch.setattr(wiring, "express_rule", lambda: ExpressRule(True, 2, ApprovalRule(10_000)))
    return shop


@pytest.fixture
def gateway(shop: Shop) -> Gateway:
    return Gateway(app)


class Log:
    """The lines that were logged."""

    def __init__(self, capture: pytest.CaptureFixture[str]) -> None:
        self._capture = capture
        self._text = ""

    @property
    def text(self) -> str:
        self._text += self._capture.readouterr().out
        return self._text

    @property
    def lines(self) -> list[dict[str, object]]:
        return [json.loads(line) for line in self.text.splitlines()]


@pytest.fixture
def log(capsys: pytest.CaptureFixture[str]) -> Log:
    return Log(capsys)
