"""What holds for the whole process of a start: its memory, its threads, its garbage."""

from __future__ import annotations

import gc
import sys

from localcloud.importing import import_cache
from localcloud.processes.memory import share_one_heap


def settle_process() -> None:
    """Set what holds for the whole process, once everything is imported."""
    share_one_heap()
    # A thread that computes (boto3's, when it reads a stream) keeps the event loop from running for as long
    # as this; Python's 5 ms are most of what a change's way to its subscriber takes.
    sys.setswitchinterval(0.0005)


def settle() -> None:
    """Keep the garbage collector from looking again and again at what stays as long as the local cloud."""
    import_cache("commands").finish()
    gc.collect()
    gc.freeze()
    # A request makes hundreds of objects that go with it: to look for circles among them each time costs
    # 2 % of an order, and finds none.
    gc.set_threshold(20_000, 20, 20)
