"""Channels that take many changes in one call, of whichever orders: the bus, a stream."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from orders.model import OrderStatusChanged


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
