"""The application's ``/graphql`` over stores in memory."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from app import app
from chalicelib import wiring
from orders.model import OrderContents, OrderId
from orders.origins import Orchestrator
from orders.webhooks.registration import Registration
from tests.companion.gateway import ADA, Gateway, GatewayResponse, Person
from tests.orders.fakes import FixedClock, MemoryApprovals, MemoryOrderStore, MemoryQueue
from tests.orders.samples import submission
from tests.orders.tracing.fakes import MemoryExecutions
from tests.orders.webhooks.fakes import memory_desk

AS_ADA = Person(ADA)
ORDER = (
    "id customerId status version currency total itemCount items { sku name quantity unitPrice } "
    "createdAt updatedAt reason history { orderId customerId version status at reason }"
)
SUBMIT = f"mutation ($input: SubmitOrderInput!) {{ submitOrder(input: $input) {{ {ORDER} }} }}"
ENQUEUE = SUBMIT.replace("submitOrder", "enqueueOrder")
READ = f"query ($id: ID!) {{ order(id: $id) {{ {ORDER} }} }}"
CANCEL = "mutation ($id: ID!) { cancelOrder(id: $id) { id status version reason } }"
LIST = (
    "query ($status: OrderStatus, $limit: Int, $nextToken: String) "
    "{ orders(status: $status, limit: $limit, nextToken: $nextToken) { orders { id } nextToken } }"
)
HISTORY = (
    "query ($id: ID!, $afterVersion: Int) { orderHistory(id: $id, afterVersion: $afterVersion) "
    "{ orderId version changes { version status reason } } }"
)


class CountingStore(MemoryOrderStore):
    """Counts what is read, and breaks on demand."""

    def __init__(self) -> None:
        super().__init__()
        self.contents_read = 0
        self.broken: Exception | None = None

    def contents(self, order_id: OrderId) -> OrderContents | None:
        self.contents_read += 1
        return super().contents(order_id)

    def state(self, order_id: OrderId) -> Any:
        if self.broken is not None:
            raise self.broken
        return super().state(order_id)


@dataclass
class World:
    """What is behind the application, and its endpoint."""

    store: CountingStore = field(default_factory=CountingStore)
    queue: MemoryQueue = field(default_factory=MemoryQueue)
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)
    clock: FixedClock = field(default_factory=FixedClock)
    desk: Registration = field(default_factory=memory_desk)
    gateway: Gateway = field(default_factory=lambda: Gateway(app))

    def install(self, monkeypatch: Any) -> None:
        monkeypatch.setattr(wiring, "order_store", lambda: self.store)
        monkeypatch.setattr(wiring, "order_queue", lambda: self.queue)
        monkeypatch.setattr(wiring, "orchestrator", lambda: Orchestrator.WORKFLOW)
        monkeypatch.setattr(wiring, "approvals", lambda: self.approvals)
        monkeypatch.setattr(wiring, "executions", MemoryExecutions)
        monkeypatch.setattr(wiring, "webhook_desk", lambda: self.desk)
        monkeypatch.setattr(wiring, "clock", lambda: self.clock)

    def send(
        self,
        body: str | bytes | None,
        person: Person | None = AS_ADA,
        content_type: str = "application/json",
    ) -> GatewayResponse:
        return self.gateway.send(
            "POST", "/graphql", headers={"Content-Type": content_type}, body=body, person=person
        )

    def ask(self, query: str, *, person: Person = AS_ADA, **variables: object) -> Any:
        """The answer's document, which an HTTP 200 brings."""
        answer = self.send(json.dumps({"query": query, "variables": variables}), person)
        assert answer.status == 200, answer.body
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    def error(self, query: str, *, person: Person = AS_ADA, **variables: object) -> dict[str, Any]:
        """The one error of an answer, without its place."""
        document = self.ask(query, person=person, **variables)
        (error,) = document["errors"]
        assert all(place.keys() == {"line", "column", "sourceName"} for place in error["locations"] or ())
        return {name: value for name, value in error.items() if name != "locations"}

    def submit(self, *, person: Person = AS_ADA, query: str = SUBMIT, **changes: object) -> dict[str, Any]:
        document = self.ask(query, person=person, input=submission(**changes))
        assert "errors" not in document, document
        (order,) = document["data"].values()
        return dict(order)
