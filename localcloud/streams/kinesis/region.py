"""The streams of an account in a Region, and how a request names one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localcloud.streams.kinesis.consumers import Consumer
from localcloud.streams.kinesis.errors import InvalidArgument, NotFound
from localcloud.streams.kinesis.interfaces import ProcessInterfaces
from localcloud.streams.kinesis.limits import Scale
from localcloud.streams.kinesis.sequence import MOST_SHARDS
from localcloud.streams.kinesis.shard import Shard, shard_id
from localcloud.streams.kinesis.stream import Clocks, DataStream, Settings

Json = Mapping[str, Any]


class Region:
    """An account's streams in a Region.

    Attributes
    ----------
    commitment
        Whether the account has committed to a minimum of throughput: ``ENABLED`` or ``DISABLED``.
    """

    def __init__(
        self, account: str, name: str, ports: ProcessInterfaces, scale: Scale, clocks: Clocks
    ) -> None:
        self.account, self.name, self.ports = account, name, ports
        self.streams: dict[str, DataStream] = {}
        self.commitment = "DISABLED"
        self._scale, self.clocks = scale, clocks

    @property
    def now(self) -> int:
        """The time, in milliseconds since 1970."""
        return int(self.clocks.wall() * 1000)

    def arn(self, name: str) -> str:
        """Return the ARN of a stream."""
        return f"arn:aws:kinesis:{self.name}:{self.account}:stream/{name}"

    def add(self, name: str, created: int, settings: Settings) -> DataStream:
        """Add a stream, as yet without shards."""
        stream = DataStream(self.arn(name), created, settings, self._scale, self.clocks)
        self.streams[name] = stream
        return stream

    def stream(self, request: Json) -> DataStream:
        """Return the stream that a request names, by name or ARN.

        Raises
        ------
        InvalidArgument, NotFound
        """
        name, arn = request.get("StreamName"), request.get("StreamARN")
        if arn is not None:
            in_arn = self._name_in(arn)
            if name is not None and name != in_arn:
                raise InvalidArgument(f"StreamName {name} and StreamARN {arn} name different streams.")
            name = in_arn
        if name is None:
            raise InvalidArgument("Either StreamName or StreamARN should be provided.")
        return self.stream_named(name)

    def stream_named(self, name: str) -> DataStream:
        """Return a stream.

        Raises
        ------
        NotFound
        """
        stream = self.streams.get(name)
        if stream is None:
            raise NotFound(f"Stream {name} under account {self.account} not found.")
        return stream

    def consumer(self, request: Json) -> tuple[DataStream, Consumer]:
        """Return the consumer that a request names: by its ARN, or by its stream's and its name.

        Raises
        ------
        InvalidArgument, NotFound
        """
        arn, name = request.get("ConsumerARN"), request.get("ConsumerName")
        if arn is None and (name is None or request.get("StreamARN") is None):
            raise InvalidArgument(
                "Either ConsumerARN, or both StreamARN and ConsumerName should be provided."
            )
        if arn is None:
            stream = self.stream(request)
            consumer = stream.consumers.get(str(name))
        else:
            stream_arn, _, rest = str(arn).partition("/consumer/")
            stream = self.stream_named(self._name_in(stream_arn))
            consumer = stream.consumers.get(rest.rpartition(":")[0])
        if consumer is None or arn not in {None, consumer.arn}:
            raise NotFound(f"Consumer {arn or name}, account {self.account} not found.")
        return stream, consumer

    def shard(self, stream: DataStream, name: str, *, by_reader: bool = False) -> Shard:
        """Return a shard by its id; ``shardId-1``, and ``1``, are as right as all twelve digits.

        Raises
        ------
        NotFound
        """
        digits = name.rpartition("-")[2]
        place = f"in stream {stream.name} under account {self.account}"
        if not (digits.isascii() and digits.isdecimal() and int(digits) <= MOST_SHARDS):
            raise NotFound(f"Could not find shard {name} {place}.")
        shard = stream.shards.get(int(digits))
        if shard is not None:
            return shard
        if by_reader:
            raise NotFound(f"Shard {shard_id(int(digits))} {place} does not exist")
        raise NotFound(f"Could not find shard {shard_id(int(digits))} {place}.")

    def _name_in(self, arn: str) -> str:
        """Return the name in a stream's ARN.

        Raises
        ------
        InvalidArgument, NotFound
        """
        parts = arn.split(":", 5)
        if len(parts) != 6 or not parts[5].startswith("stream/"):
            raise InvalidArgument(f"Invalid ARN: {arn}")
        name = parts[5].removeprefix("stream/")
        if parts[3] != self.name:
            raise InvalidArgument(
                f"The region specified in the ARN '{arn}' does not match the endpoint region"
            )
        if parts[4] != self.account:
            raise NotFound(f"Stream {name} under account {parts[4]} not found.")
        return name
