"""What summaries need of the world."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from typing import Protocol

from orders.model import CustomerId, OrderId
from orders.summaries.generations import Generations
from orders.summaries.model import Counted, Summary


class SummaryStore(Protocol):
    """Where summaries are kept, each generation for itself."""

    def generations(self) -> Generations:
        """Return which generation is read, and which is being built, read consistently."""
        ...

    def switch(self, before: Generations, after: Generations) -> bool:
        """Write which they are, unless another writer has since ``before``."""
        ...

    def load(
        self, generation: str, customer_id: CustomerId, order_ids: Sequence[OrderId]
    ) -> tuple[Summary, Mapping[OrderId, Counted]]:
        """Return a customer's summary, and what is counted of up to 90 orders, read consistently."""
        ...

    def save(self, generation: str, summary: Summary, counted: Collection[Counted]) -> bool:
        """Write a summary and what it counts at once; False when its revision is written already."""
        ...

    def note_unreadable(self, generation: str, events: Set[str]) -> None:
        """Note events that a generation lacks since they cannot be read, each once, up to a bound."""
        ...

    def unreadable(self, generation: str) -> int:
        """Return how many events a generation is known to lack."""
        ...

    def drop(self, generation: str) -> bool:
        """Delete items of a generation; return whether all are gone: else call again."""
        ...
