"""Channels that take many changes in one call, of whichever orders: the bus, a stream.

And channels that take them one by one, but ask once for all of a batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from orders.model import OrderStatusChanged
from orders.ports import Channel


class BatchChannel(ABC):
    """A `Channel` that is called once for up to `batch_size` changes; what it refuses, it refuses one by one.

    The changes of an invocation come in the order of their shard, and one call follows another.
    """

    name: str
    deadline: float
    batch_size: int

    @abstractmethod
    def prepare(self) -> None:
        """Load what the first call needs."""

    @abstractmethod
    def publish_batch(
        self, changes: Sequence[OrderStatusChanged], *, deadline: float
    ) -> Mapping[int, Exception]:
        """Publish ``changes`` before ``deadline``; return why some were not taken, by their places.

        Raises
        ------
        PublishFailed, PublishLate
            None was taken, or it is unknown.
        """

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Publish one change, as its redelivery does."""
        for error in self.publish_batch([change], deadline=deadline).values():
            raise error

    @abstractmethod
    def close(self) -> None:
        """Close what is kept open."""


class PerBatch(ABC):
    """A `Channel` that asks once for a batch what it would otherwise ask for each of its changes."""

    @abstractmethod
    def for_batch(self, changes: Sequence[OrderStatusChanged]) -> Channel:
        """Return the channel that publishes ``changes``, all of which have happened; asks nothing yet."""
