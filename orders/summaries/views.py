"""Summaries as the GraphQL contract shows them."""

from __future__ import annotations

from typing import TypedDict

from orders.status import OrderStatus
from orders.summaries.model import Summary
from orders.summaries.rebuilding import Rebuild


class StatusCountView(TypedDict):
    """GraphQL's `StatusCount`."""

    status: str
    count: int


class SpendingView(TypedDict):
    """GraphQL's `Spending`; the amount is text, for it may be beyond 32 bits."""

    currency: str
    amount: str


class SummaryView(TypedDict):
    """GraphQL's `CustomerSummary`."""

    customerId: str
    orders: list[StatusCountView]
    spent: list[SpendingView]
    lastOrderId: str | None
    lastOrderAt: str | None
    updatedAt: str | None


class RebuildView(TypedDict):
    """GraphQL's `SummaryRebuild`."""

    status: str
    generation: str
    startedAt: str | None
    replayedUntil: str | None
    waiting: int
    unreadable: int
    reason: str | None


def summary_view(summary: Summary) -> SummaryView:
    """Return a summary, statuses in the order of a life, currencies by name."""
    return {
        "customerId": summary.customer_id,
        "orders": [
            {"status": status.value, "count": summary.orders[status]}
            for status in OrderStatus
            if status in summary.orders
        ],
        "spent": [
            {"currency": currency, "amount": str(summary.spent[currency])}
            for currency in sorted(summary.spent)
        ],
        "lastOrderId": summary.last_order,
        "lastOrderAt": summary.last_order_at,
        "updatedAt": summary.updated_at,
    }


def rebuild_view(rebuild: Rebuild) -> RebuildView:
    """Return how far a rebuilding is."""
    return {
        "status": rebuild.status.value,
        "generation": rebuild.generation,
        "startedAt": rebuild.started_at,
        "replayedUntil": rebuild.replayed_until,
        "waiting": rebuild.waiting,
        "unreadable": rebuild.unreadable,
        "reason": rebuild.reason,
    }
