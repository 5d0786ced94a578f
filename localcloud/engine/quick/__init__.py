"""Short ways within MiniStack: what is asked many times a second, done in a fraction of the time.

For each update of an item, MiniStack's DynamoDB reads the expressions up to six times, copies the item
four times and weighs it ten times. What is here takes a request that is as it should be, with
expressions that it has read before, and carries it out on MiniStack's own tables and by MiniStack's own
functions for indexes and streams. Everything else (an error of any kind, a feature that is rarely used)
is left to MiniStack *before* anything was changed, so that no answer differs: :class:`Unusual` says so.
``tests/engine/test_short_ways.py`` puts the same requests to both.
"""

from __future__ import annotations

from localcloud.engine.meter import Meter
from localcloud.engine.quick import (
    partitions,
    queues,
    reads,
    records,
    requests,
    streams,
    tokens,
    transactions,
    values,
    writes,
)

__all__ = ["take_short_cuts"]


def take_short_cuts(meter: Meter) -> None:
    """Put the short ways before MiniStack's; to be called after the mends and hooks.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack lacks something that they use.
    """
    values.weigh_quickly()
    partitions.hold_in_less_memory()
    records.hold_in_less_memory()
    writes.take_short_cuts(meter)
    tokens.take_short_cuts()
    transactions.take_short_cuts(meter)
    reads.take_short_cuts(meter)
    streams.take_short_cuts()
    requests.take_short_cuts()
    queues.take_short_cuts()
