"""A customer's summary, and the rebuild of all of them, typed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from gql import GraphQLRequest

from clients import operations, reading

Execute = Callable[[GraphQLRequest], Awaitable[dict[str, object]]]
ENDED = frozenset({"COMPLETED", "FAILED"})


@dataclass(frozen=True, slots=True)
class Summary:
    """What a customer has ordered and spent; ``document`` is GraphQL's whole answer.

    Attributes
    ----------
    spent
        By currency, in minor units.
    """

    customer_id: str
    orders: Mapping[str, int]
    spent: Mapping[str, int]
    last_order_id: str | None
    document: Mapping[str, object]

    @classmethod
    def parse(cls, value: object, where: str = "customerSummary") -> Summary:
        """Read GraphQL's ``CustomerSummary``."""
        data = reading.mapping(value, where)
        counts = [
            reading.mapping(item, f"{where}.orders")
            for item in reading.sequence(data.get("orders"), f"{where}.orders")
        ]
        spent = [
            reading.mapping(item, f"{where}.spent")
            for item in reading.sequence(data.get("spent"), f"{where}.spent")
        ]
        return cls(
            customer_id=reading.text(data.get("customerId"), f"{where}.customerId"),
            orders={
                reading.text(item.get("status"), "status"): reading.whole(item.get("count"), "count")
                for item in counts
            },
            spent={
                reading.text(item.get("currency"), "currency"): _amount(item.get("amount")) for item in spent
            },
            last_order_id=reading.optional_text(data.get("lastOrderId"), f"{where}.lastOrderId"),
            document=data,
        )


def _amount(value: object) -> int:
    return int(reading.text(value, "customerSummary.spent.amount"))


@dataclass(frozen=True, slots=True)
class Rebuild:
    """How far the summaries are with their rebuild.

    Attributes
    ----------
    unreadable
        How many events could not be read; they are in the dead letters ``summaries``.
    """

    status: str
    generation: str
    replayed_until: datetime | None
    waiting: int
    unreadable: int
    reason: str | None
    document: Mapping[str, object]

    @property
    def progress(self) -> tuple[str, datetime | None]:
        """What changes from one step to the next."""
        return self.status, self.replayed_until

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in ENDED

    @classmethod
    def parse(cls, value: object, where: str = "rebuildSummaries") -> Rebuild:
        """Read GraphQL's ``SummaryRebuild``."""
        data = reading.mapping(value, where)
        until = data.get("replayedUntil")
        return cls(
            status=reading.text(data.get("status"), f"{where}.status"),
            generation=reading.text(data.get("generation"), f"{where}.generation"),
            replayed_until=None if until is None else reading.instant(until, f"{where}.replayedUntil"),
            waiting=reading.whole(data.get("waiting"), f"{where}.waiting"),
            unreadable=reading.whole(data.get("unreadable"), f"{where}.unreadable"),
            reason=reading.optional_text(data.get("reason"), f"{where}.reason"),
            document=data,
        )


class Summaries:
    """Customers' summaries.

    Parameters
    ----------
    execute
        Sends a request, and returns its data.
    """

    def __init__(self, execute: Execute) -> None:
        self._execute = execute

    async def read(self, customer_id: str | None = None) -> Summary | None:
        """Return a customer's summary, one's own without an id; None where there is none to see."""
        request = operations.with_variables(operations.CUSTOMER_SUMMARY, customerId=customer_id)
        value = (await self._execute(request)).get("customerSummary")
        return None if value is None else Summary.parse(value)

    async def rebuild(self, generation: str | None = None, *, settle_seconds: int = 600) -> Rebuild | None:
        """Bring the rebuilding one step on; None where the stack has no events."""
        document: dict[str, object] = {"settleSeconds": settle_seconds}
        if generation is not None:
            document["generation"] = generation
        request = operations.with_variables(operations.REBUILD_SUMMARIES, input=document)
        value = (await self._execute(request)).get("rebuildSummaries")
        return None if value is None else Rebuild.parse(value)
