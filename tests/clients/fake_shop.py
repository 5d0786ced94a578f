"""The fake server's orders: what its GraphQL fields answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.clients.fake_letters import FakeLetters


@dataclass
class FakeOrder:
    id: str
    customer: str
    input: dict[str, Any]
    changes: list[dict[str, Any]] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        last = self.changes[-1]
        items = self.input.get("items", [])
        return {
            "id": self.id,
            "customerId": self.customer,
            "status": last["status"],
            "version": last["version"],
            "currency": self.input.get("currency", "EUR"),
            "total": sum(i["quantity"] * i["unitPrice"] for i in items),
            "itemCount": len(items),
            "createdAt": self.changes[0]["at"],
            "updatedAt": last["at"],
            "reason": last["reason"],
            "items": items,
            "history": self.changes,
        }


class FakeShop:
    """Orders in memory. ``published`` is called with each change that is made."""

    def __init__(self, published: Callable[[dict[str, Any]], None]) -> None:
        self.kept: dict[str, FakeOrder] = {}
        self.traces: dict[str, dict[str, Any]] = {}
        self.letters = FakeLetters()
        self.figures: dict[str, Any] | None = None
        self.summaries: dict[str, dict[str, Any]] = {}
        self.rebuilds: list[dict[str, Any]] = []
        self.steps: list[dict[str, Any]] = []
        self._published = published

    def change(
        self, order_id: str, status: str, reason: str | None = None, *, customer: str = "sub-ada"
    ) -> dict[str, Any]:
        """Make a change and publish it."""
        order = self.kept.setdefault(order_id, FakeOrder(order_id, customer, {}))
        change = {
            "orderId": order_id,
            "customerId": order.customer,
            "version": len(order.changes) + 1,
            "status": status,
            "at": "2026-11-20T18:00:00.123Z",
            "reason": reason,
        }
        order.changes.append(change)
        self._published(change)
        return change

    def mine(self, user: str, order_id: str) -> FakeOrder | None:
        order = self.kept.get(order_id)
        return order if order is not None and order.customer == user else None

    def order(self, user: str, variables: dict[str, Any]) -> dict[str, Any] | None:
        order = self.mine(user, variables["id"])
        return order.document() if order else None

    def orderHistory(self, user: str, variables: dict[str, Any]) -> dict[str, Any] | None:  # noqa: N802
        order = self.mine(user, variables["id"])
        if order is None:
            return None
        after = variables.get("afterVersion", 0)
        return {"orderId": order.id, "version": len(order.changes), "changes": order.changes[after:]}

    def orderTrace(self, user: str, variables: dict[str, Any]) -> dict[str, Any] | None:  # noqa: N802
        return self.traces.get(variables["id"])

    def customerSummary(self, user: str, variables: dict[str, Any]) -> dict[str, Any] | None:  # noqa: N802
        return self.summaries.get(variables.get("customerId", user))

    def rebuildSummaries(self, user: str, variables: dict[str, Any]) -> dict[str, Any] | None:  # noqa: N802
        self.rebuilds.append(variables["input"])
        return self.steps.pop(0) if self.steps else None

    def shopFigures(self, user: str, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if self.figures is None:
            raise LookupError({"errorType": "AnalyticsOff", "message": "Analytics are switched off here."})
        return self.figures

    def deadLetters(self, user: str, variables: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        return self.letters.places()

    def deadLetterMessages(self, user: str, variables: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802
        return self.letters.shown(variables["place"])[: variables.get("limit", 50)]

    def redriveDeadLetters(self, user: str, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self.letters.redrive(variables["input"])

    def orders(self, user: str, variables: dict[str, Any]) -> dict[str, Any]:
        orders = [order.document() for order in self.kept.values() if order.customer == user]
        start, limit = int(variables.get("nextToken", 0)), variables.get("limit", 20)
        page = [
            o for o in orders[start : start + limit] if o["status"] == variables.get("status", o["status"])
        ]
        return {"orders": page, "nextToken": str(start + limit) if start + limit < len(orders) else None}

    def allOrders(self, user: str, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        orders = [order.document() for order in self.kept.values()]
        orders = [order for order in orders if order["status"] == variables["status"]]
        start, limit = int(variables.get("nextToken", 0)), variables.get("limit", 20)
        more = str(start + limit) if start + limit < len(orders) else None
        return {"orders": orders[start : start + limit], "nextToken": more}

    def submitOrder(self, user: str, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        order = variables["input"]
        for n, item in enumerate(order["items"]):
            if item["quantity"] < 1:
                info = {"path": f"items[{n}].quantity", "code": "OUT_OF_RANGE"}
                raise LookupError(
                    {"errorType": "InvalidOrder", "message": "must be 1 to 999", "errorInfo": info}
                )
        order_id = order["clientToken"]
        if order_id not in self.kept:
            self.kept[order_id] = FakeOrder(order_id, user, order)
            self.change(order_id, "RECEIVED")
        return self.kept[order_id].document()

    enqueueOrder = submitOrder  # noqa: N815

    def cancelOrder(self, user: str, variables: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        order = self.mine(user, variables["id"])
        if order is None:
            raise LookupError({"errorType": "OrderNotFound", "message": "no such order"})
        status = order.changes[-1]["status"]
        if status not in {"RECEIVED", "VALIDATED", "CONFIRMED"}:
            raise LookupError(
                {
                    "errorType": "OrderNotCancellable",
                    "message": f"the order is {status}",
                    "errorInfo": {"status": status},
                }
            )
        self.change(order.id, "CANCELLED", "CUSTOMER_REQUEST")
        return order.document()
