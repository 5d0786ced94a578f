"""Many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Value = TypeVar("Value")
Answer = TypeVar("Answer")


def at_once(work: Callable[[Value], Answer], values: Sequence[Value]) -> list[Answer]:
    """Return ``work``'s answers in order; no thread begins before all are there."""
    together = Barrier(len(values))

    def run(value: Value) -> Answer:
        together.wait(60)
        return work(value)

    with ThreadPoolExecutor(len(values)) as threads:
        return list(threads.map(run, values))
