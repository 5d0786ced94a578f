"""The items of the figures table, written and read.

::

    pk = ORDER#<id>   sk = COUNTED              what the order was counted for: versions (bits), top, status
    pk = SUMS         sk = <part>               a part's sums: steps, entries.*, now.*, amount.*, deliveries.*
    pk = MINUTES      sk = <minute>#<part>      a part's sums of a minute: entries.*, bucket.*, milliseconds

Every sum is a number of its own at the item's top, since ADD takes nothing deeper. `expiresAt`, the table's
TTL, is in seconds since 1970; sums have none, and an order gets one when it is over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final, TypedDict

from orders.adapters.attributes import Attribute, Item, Plain, number, optional_text, text, to_item
from orders.analytics.counting import KEPT_MINUTES, REMEMBERED
from orders.analytics.memory import OrderMemory
from orders.analytics.sums import MinuteSums, Sums
from orders.model import OrderId, Timestamp
from orders.status import OrderStatus

SUMS: Final = "SUMS"
MINUTES: Final = "MINUTES"
_ORDER: Final = "ORDER#"
_COUNTED: Final = "COUNTED"


class Change(TypedDict):
    """An update's parameters, but for its table and condition."""

    key: dict[str, Attribute]
    update: str
    names: dict[str, str]
    values: dict[str, Attribute]


def memory_key(order_id: OrderId) -> dict[str, Attribute]:
    """Return the key of what an order was counted for."""
    return to_item({"pk": f"{_ORDER}{order_id}", "sk": _COUNTED})


def read_memory(item: Item) -> tuple[OrderId, OrderMemory]:
    """Return an order, and what it was counted for."""
    status = optional_text(item, "status")
    memory = OrderMemory(
        number(item, "versions"), number(item, "top"), None if status is None else OrderStatus(status)
    )
    return OrderId(text(item, "pk").removeprefix(_ORDER)), memory


def memory_change(order_id: OrderId, memory: OrderMemory, at: Timestamp) -> Change:
    """Return the update that remembers what an order was counted for."""
    update = "SET versions = :versions, top = :top, #status = :status"
    values: dict[str, Plain] = {"versions": memory.versions, "top": memory.top, "status": str(memory.status)}
    if memory.is_final:
        update += ", expiresAt = :expiresAt"
        values["expiresAt"] = _seconds(at, REMEMBERED)
    return {
        "key": memory_key(order_id),
        "update": update,
        "names": {"#status": "status"},
        "values": to_item({f":{name}": value for name, value in values.items()}),
    }


def sums_changes(sums: Sums, part: int) -> Iterable[Change]:
    """Yield the updates that add to a part's sums."""
    numbers: dict[str, int] = {"steps": sums.steps}
    numbers |= {f"entries.{status}": count for status, count in sums.entries.items()}
    numbers |= {f"now.{status}": count for status, count in sums.now.items()}
    numbers |= {f"amount.{currency}": amount for currency, amount in sums.amounts.items()}
    numbers |= {f"deliveries.{currency}": count for currency, count in sums.deliveries.items()}
    yield _addition(to_item({"pk": SUMS, "sk": str(part)}), numbers)
    for name, minute in sums.minutes.items():
        counts: dict[str, int] = {"milliseconds": minute.milliseconds}
        counts |= {f"entries.{status}": count for status, count in minute.entries.items()}
        counts |= {f"bucket.{bucket}": count for bucket, count in minute.durations.items()}
        key = to_item({"pk": MINUTES, "sk": f"{name}#{part}"})
        expires = _seconds(Timestamp(f"{name}:00.000Z"), KEPT_MINUTES)
        yield _addition(key, counts, expires_at=expires)


def read_sums(item: Item) -> Sums:
    """Return a part's sums, without its minutes."""
    return Sums(
        steps=number(item, "steps"),
        entries=_statuses(item, "entries."),
        now=_statuses(item, "now."),
        amounts=Counter(_numbers(item, "amount.")),
        deliveries=Counter(_numbers(item, "deliveries.")),
    )


def read_minute(item: Item) -> Sums:
    """Return a part's sums of one minute."""
    minute = MinuteSums(
        entries=_statuses(item, "entries."),
        durations=Counter({int(name): count for name, count in _numbers(item, "bucket.").items()}),
        milliseconds=number(item, "milliseconds"),
    )
    return Sums(minutes={text(item, "sk").partition("#")[0]: minute})


def _addition(
    key: dict[str, Attribute], numbers: Mapping[str, int], *, expires_at: int | None = None
) -> Change:
    names = {f"#n{place}": name for place, name in enumerate(numbers)}
    values = {f":n{place}": value for place, value in enumerate(numbers.values())}
    update = "ADD " + ", ".join(f"#n{place} :n{place}" for place in range(len(numbers)))
    if expires_at is not None:
        update, values[":expiresAt"] = f"SET expiresAt = :expiresAt {update}", expires_at
    return {"key": key, "update": update, "names": names, "values": to_item(values)}


def _numbers(item: Item, prefix: str) -> dict[str, int]:
    return {name.removeprefix(prefix): number(item, name) for name in item if name.startswith(prefix)}


def _statuses(item: Item, prefix: str) -> Counter[OrderStatus]:
    return Counter({OrderStatus(name): count for name, count in _numbers(item, prefix).items()})


def _seconds(at: Timestamp, after: timedelta) -> int:
    return int((datetime.fromisoformat(at) + after).timestamp())
