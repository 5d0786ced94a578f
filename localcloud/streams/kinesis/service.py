"""The service: requests in, answers out, for every account and Region."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import Any

from localcloud.streams.kinesis.checking import check
from localcloud.streams.kinesis.errors import UnknownOperation
from localcloud.streams.kinesis.interfaces import ProcessInterfaces
from localcloud.streams.kinesis.limits import Scale
from localcloud.streams.kinesis.operations.catalog import OPERATIONS
from localcloud.streams.kinesis.operations.changing import trim
from localcloud.streams.kinesis.region import Region
from localcloud.streams.kinesis.stream import Clocks
from localcloud.streams.kinesis.subscriptions import Subscription

# They are newer than anything here reads: https://docs.aws.amazon.com/kinesis/latest/APIReference/
NOT_SERVED = ("Queue", "Channel")


class KinesisService:
    """Kinesis.

    Operations may be called from any thread; each is carried out alone.

    Parameters
    ----------
    clocks
        By default the machine's.

    Attributes
    ----------
    scale
        How many times AWS's limits a shard takes and gives.
    lock
        Held while streams are looked at or changed.
    is_ending
        Whether subscriptions are to end, since the process does.
    """

    def __init__(self, ports: ProcessInterfaces | None = None, clocks: Clocks | None = None) -> None:
        self.ports = ports or ProcessInterfaces()
        self.scale = Scale()
        self.lock = threading.RLock()
        self.is_ending = False
        self.regions: dict[tuple[str, str], Region] = {}
        self._clocks = clocks or Clocks(time.time, time.monotonic)

    def region(self, account: str, name: str) -> Region:
        """Return an account's streams in a Region."""
        region = self.regions.get((account, name))
        if region is None:
            region = self.regions[account, name] = Region(account, name, self.ports, self.scale, self._clocks)
        return region

    def answer(
        self, place: tuple[str, str], operation: str, request: Mapping[str, Any]
    ) -> dict[str, Any] | Subscription:
        """Carry out an operation in an account and Region.

        Raises
        ------
        KinesisError
        """
        carried_out = OPERATIONS.get(operation)
        if carried_out is None:
            if any(noun in operation for noun in NOT_SERVED):
                raise UnknownOperation(f"{operation}: the local cloud has no queues and channels of Kinesis.")
            raise UnknownOperation(f"Unknown operation {operation}")
        check(operation, carried_out.required, request)
        with self.lock:
            region = self.region(*place)
            self._trim(region)
            answer: dict[str, Any] | Subscription = carried_out.handler(region, request)
            return answer

    @staticmethod
    def _trim(region: Region) -> None:
        for stream in region.streams.values():
            if stream.due():
                trim(region, stream)

    def end(self) -> None:
        """End all subscriptions: the process is about to."""
        self.is_ending = True
        with self.lock:
            for region in self.regions.values():
                for stream in region.streams.values():
                    for shard in stream.shards.values():
                        shard.notify()

    def clear(self) -> None:
        """Forget everything."""
        with self.lock:
            self.regions.clear()
