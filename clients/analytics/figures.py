"""The shop's figures, typed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from clients import reading
from clients.model import Status


@dataclass(frozen=True, slots=True)
class Revenue:
    """What was delivered in one currency; the amount is in minor units."""

    amount: int
    orders: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """From recorded to delivered, of the last hour, in milliseconds; None where nothing was delivered."""

    orders: int
    p50: float | None
    p95: float | None
    average: float | None


@dataclass(frozen=True, slots=True)
class ShopFigures:
    """What the shop does; ``document`` is GraphQL's whole answer.

    Attributes
    ----------
    now, entries
        Orders in each status now, and how many ever entered it.
    minutes
        How many orders entered each status, by the minute's beginning, the oldest first.
    """

    version: int
    at: datetime
    window_seconds: int
    now: Mapping[Status, int]
    entries: Mapping[Status, int]
    minutes: Mapping[datetime, Mapping[Status, int]]
    revenue: Mapping[str, Revenue]
    delivery: Delivery
    dead_letters: int
    document: dict[str, object]

    @classmethod
    def parse(cls, value: object, where: str = "shopFigures") -> ShopFigures:
        """Read GraphQL's ``ShopFigures``."""
        data = reading.mapping(value, where)
        statuses = _list(data, "statuses", where)
        delivery = reading.mapping(data.get("delivery"), f"{where}.delivery")
        return cls(
            version=reading.whole(data.get("version"), f"{where}.version"),
            at=reading.instant(data.get("at"), f"{where}.at"),
            window_seconds=reading.whole(data.get("windowSeconds"), f"{where}.windowSeconds"),
            now=_counts(statuses, "now", where),
            entries=_counts(statuses, "entries", where),
            minutes={
                reading.instant(minute.get("minute"), f"{where}.minutes"): _counts(
                    _list(minute, "entries", where), "count", where
                )
                for minute in _list(data, "minutes", where)
            },
            revenue={
                reading.text(item.get("currency"), f"{where}.revenue.currency"): Revenue(
                    _digits(item.get("amount"), f"{where}.revenue.amount"),
                    reading.whole(item.get("orders"), f"{where}.revenue.orders"),
                )
                for item in _list(data, "revenue", where)
            },
            delivery=Delivery(
                orders=reading.whole(delivery.get("orders"), f"{where}.delivery.orders"),
                p50=_milliseconds(delivery.get("p50Ms"), f"{where}.delivery.p50Ms"),
                p95=_milliseconds(delivery.get("p95Ms"), f"{where}.delivery.p95Ms"),
                average=_milliseconds(delivery.get("averageMs"), f"{where}.delivery.averageMs"),
            ),
            dead_letters=reading.whole(data.get("deadLetters"), f"{where}.deadLetters"),
            document=data,
        )


def _list(data: dict[str, object], name: str, where: str) -> list[dict[str, object]]:
    values = reading.sequence(data.get(name), f"{where}.{name}")
    return [reading.mapping(value, f"{where}.{name}[{number}]") for number, value in enumerate(values)]


def _counts(items: list[dict[str, object]], name: str, where: str) -> dict[Status, int]:
    return {
        reading.member(Status, item.get("status"), f"{where}.status"): reading.whole(
            item.get(name), f"{where}.{name}"
        )
        for item in items
    }


def _digits(value: object, where: str) -> int:
    digits = reading.text(value, where)
    if not digits.isdecimal():
        raise reading.Unexpected(where, "decimal digits", value)
    return int(digits)


def _milliseconds(value: object, where: str) -> float | None:
    if value is None:
        return None
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise reading.Unexpected(where, "a number", value)
    return float(value)
