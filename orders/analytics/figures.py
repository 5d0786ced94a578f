"""The figures as the GraphQL contract shows them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypedDict

from orders.analytics.histogram import percentile
from orders.analytics.ports import DeadLetterCount, FiguresStore
from orders.analytics.sums import MinuteSums, Sums
from orders.caller import Caller
from orders.errors import StaffOnly
from orders.model import timestamp
from orders.ports import Clock
from orders.status import OrderStatus

MINUTES: Final = 60


class StatusFigure(TypedDict):
    """GraphQL's `StatusFigure`."""

    status: str
    now: int
    entries: int


class EntriesFigure(TypedDict):
    """GraphQL's `EntriesFigure`."""

    status: str
    count: int


class MinuteFigure(TypedDict):
    """GraphQL's `MinuteFigure`."""

    minute: str
    entries: list[EntriesFigure]


class RevenueFigure(TypedDict):
    """GraphQL's `RevenueFigure`; the amount is decimal digits, since it outgrows an Int."""

    currency: str
    amount: str
    orders: int


class DeliveryFigure(TypedDict):
    """GraphQL's `DeliveryFigure`."""

    orders: int
    p50Ms: float | None
    p95Ms: float | None
    averageMs: float | None


class ShopFigures(TypedDict):
    """GraphQL's `ShopFigures`."""

    version: int
    at: str
    windowSeconds: int
    statuses: list[StatusFigure]
    minutes: list[MinuteFigure]
    revenue: list[RevenueFigure]
    delivery: DeliveryFigure
    deadLetters: int


def read_figures(
    caller: Caller, store: FiguresStore, letters: DeadLetterCount, clock: Clock, *, window_seconds: int
) -> ShopFigures:
    """Return the figures of this moment to staff.

    Raises
    ------
    StaffOnly, TryAgain
    """
    if not caller.is_staff:
        raise StaffOnly("see the shop's figures")
    return current_figures(store, letters, clock, window_seconds=window_seconds)


def current_figures(
    store: FiguresStore, letters: DeadLetterCount, clock: Clock, *, window_seconds: int
) -> ShopFigures:
    """Return the figures of this moment."""
    now = clock.now()
    return shop_figures(
        store.sums(since=_minutes(now)[0]), now, window_seconds=window_seconds, dead_letters=letters.depth()
    )


def shop_figures(sums: Sums, now: datetime, *, window_seconds: int, dead_letters: int) -> ShopFigures:
    """Return the figures that sums are, with the hour that ends at `now`."""
    names = _minutes(now)
    minutes = [sums.minutes.get(name, MinuteSums()) for name in names]
    return {
        "version": sums.steps,
        "at": timestamp(now),
        "windowSeconds": window_seconds,
        "statuses": [
            {"status": status.value, "now": sums.now[status], "entries": sums.entries[status]}
            for status in OrderStatus
        ],
        "minutes": [
            {"minute": f"{name}:00.000Z", "entries": _entries(minute)}
            for name, minute in zip(names, minutes, strict=True)
        ],
        "revenue": [
            {"currency": currency, "amount": str(sums.amounts[currency]), "orders": orders}
            for currency, orders in sorted(sums.deliveries.items())
            if orders
        ],
        "delivery": _delivery(minutes),
        "deadLetters": dead_letters,
    }


def _minutes(now: datetime) -> list[str]:
    """Return the names of the last 60 minutes, the current one last."""
    return [timestamp(now - timedelta(minutes=ago))[:16] for ago in range(MINUTES - 1, -1, -1)]


def _entries(minute: MinuteSums) -> list[EntriesFigure]:
    return [
        {"status": status.value, "count": minute.entries[status]}
        for status in OrderStatus
        if minute.entries[status]
    ]


def _delivery(minutes: list[MinuteSums]) -> DeliveryFigure:
    hour = MinuteSums()
    for minute in minutes:
        hour.add(minute)
    return {
        "orders": hour.delivered,
        "p50Ms": _rounded(percentile(hour.durations, 0.5)),
        "p95Ms": _rounded(percentile(hour.durations, 0.95)),
        "averageMs": _rounded(hour.milliseconds / hour.delivered if hour.delivered else None),
    }


def _rounded(ms: float | None) -> float | None:
    return None if ms is None else round(ms, 1)
