"""How shards are divided and joined: parents close, children open, and every hash has one open shard.

Nothing is lost: a parent keeps its records for as long as they are kept, and a reader that follows comes
from its end to its children. The order of each key holds, since a child opens when its parents are closed.
"""

from __future__ import annotations

from typing import Final

from localcloud.streams.kinesis.hashing import uniform
from localcloud.streams.kinesis.shard import Shard
from localcloud.streams.kinesis.stream import DataStream

MOST_ON_DEMAND: Final = 200


def split(stream: DataStream, shard: Shard, first_hash: int) -> list[Shard]:
    """Divide a shard: the second child begins with a hash. Return the parents that closed."""
    stream.close_shard(shard)
    stream.open_shard((shard.first_hash, first_hash - 1), (shard,))
    stream.open_shard((first_hash, shard.last_hash), (shard,))
    stream.settle()
    return [shard]


def merge(stream: DataStream, shard: Shard, adjacent: Shard) -> list[Shard]:
    """Join two neighbours. Return the parents that closed."""
    for parent in (shard, adjacent):
        stream.close_shard(parent)
    stream.open_shard((shard.first_hash, adjacent.last_hash), (shard, adjacent))
    stream.settle()
    return [shard, adjacent]


def are_adjacent(first: Shard, second: Shard) -> bool:
    """Say whether the second shard begins where the first one ends: AWS merges in that order alone."""
    return first.last_hash + 1 == second.first_hash


def scale(stream: DataStream, count: int) -> list[Shard]:
    """Split and merge until there are so many shards of the same size. Return the parents that closed."""
    closed: list[Shard] = []
    for first, last in uniform(count):
        for hash_ in (first, last + 1):
            shard = _around(stream, hash_)
            if shard is not None:
                closed += split(stream, shard, hash_)
        inside = [shard for shard in stream.open_shards if first <= shard.first_hash <= last]
        while len(inside) > 1:
            closed += merge(stream, inside[0], inside[1])
            inside = [shard for shard in stream.open_shards if first <= shard.first_hash <= last]
    return closed


def relieve(stream: DataStream) -> list[Shard]:
    """Divide each shard of a stream on demand that has refused records for both halves of its range.

    AWS does so within minutes, up to 200 MiB a second. A single key that is too much for a shard stays so.
    """
    closed: list[Shard] = []
    for shard in list(stream.open_shards):
        if len(shard.pressed) > 1 and len(stream.open_shards) < MOST_ON_DEMAND:
            closed += split(stream, shard, shard.middle)
    return closed


def _around(stream: DataStream, first_hash: int) -> Shard | None:
    """Return the open shard that a hash divides; None where one begins with it already."""
    for shard in stream.open_shards:
        if shard.first_hash < first_hash <= shard.last_hash:
            return shard
    return None
