"""What other modules of MiniStack look up in its module for Kinesis, answered by ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from localcloud.engine.ministack.kinesis import Kinesis
from localcloud.engine.patching import Record
from localcloud.engine.streams.places import place_of

if TYPE_CHECKING:
    from localcloud.engine.streams.adapter import KinesisAdapter
    from localcloud.streams.kinesis.facade import Region


class Neighbours:
    """Takes the place of what others import from MiniStack's module.

    Parameters
    ----------
    kinesis
        MiniStack's module.
    """

    def __init__(self, kinesis: Kinesis, adapter: KinesisAdapter) -> None:
        self._kinesis, self._adapter = kinesis, adapter

    def install(self) -> None:
        """Take over."""
        Kinesis.streams.replace(Streams(self._adapter))
        Kinesis.resolve_stream_by_arn.replace(self._adapter.described)
        Kinesis.put_record_internal.replace(self._adapter.put)
        Kinesis.stream_policy_for_arn.replace(self._policy)
        Kinesis.get_state.replace(dict)
        Kinesis.load_persisted_state.replace(lambda _state: None)
        Kinesis.reset.replace(self._reset)

    def _policy(self, arn: str) -> tuple[str, str] | None:
        """Return the policy of a stream or consumer, and whose it is."""
        from localcloud.streams.kinesis.facade import KinesisError  # noqa: PLC0415

        place = place_of(arn)
        try:
            policy = self._adapter.call("GetResourcePolicy", {"ResourceARN": arn}, place)["Policy"]
        except KinesisError:
            return None
        return ("" if policy == "{}" else policy), place[0]

    def _reset(self) -> None:
        if self._adapter.is_used:
            self._adapter.service.clear()


class Streams(Mapping[str, Record]):
    """The streams of the current account and Region, by name, as MiniStack looks them up."""

    def __init__(self, adapter: KinesisAdapter) -> None:
        self._adapter = adapter

    def __getitem__(self, name: str) -> Record:
        """Return a stream's name and ARN."""
        region = self._region()
        if region is None or name not in region.streams:
            raise KeyError(name)
        return {"StreamName": name, "StreamARN": region.streams[name].arn, "StreamStatus": "ACTIVE"}

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names."""
        region = self._region()
        return iter([] if region is None else list(region.streams))

    def __len__(self) -> int:
        """Return how many there are."""
        region = self._region()
        return 0 if region is None else len(region.streams)

    def _region(self) -> Region | None:
        return self._adapter.region() if self._adapter.is_used else None

    def all_items(self) -> list[tuple[tuple[str, str, str], Record]]:
        """Return the streams of all accounts and Regions."""
        if not self._adapter.is_used:
            return []
        return [
            ((account, region, name), {"StreamName": name, "StreamARN": stream.arn})
            for (account, region), place in self._adapter.service.regions.items()
            for name, stream in place.streams.items()
        ]

    def get_scoped(self, account: str, region: str, name: str, default: Any = None) -> Any:
        """Return a stream of an account and Region."""
        return dict(self.all_items()).get((account, region, name), default)
