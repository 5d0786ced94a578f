"""Many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Given = TypeVar("Given")
Answer = TypeVar("Answer")


def at_once(work: Callable[[Given], Answer], given: Sequence[Given]) -> list[Answer]:
    """Return ``work``'s answers in order; no thread begins before all are there."""
    together = Barrier(len(given))

    def run(one: Given) -> Answer:
        together.wait(60)
        return work(one)

    with ThreadPoolExecutor(len(given)) as threads:
        return list(threads.map(run, given))
