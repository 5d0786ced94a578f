"""How often each function ran, and for how long: what Lambda bills."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager


class InvocationMeter:
    """Counts invocations, whoever made them: retries and batches of mappings are invocations too.

    The time is the caller's: a cold start is part of it, and so is a wait for a free environment.

    Examples
    --------
    >>> meter = InvocationMeter()
    >>> with meter.invocation("hello"):
    ...     pass
    >>> meter.snapshot()["hello"]["invocations"]
    1
    """

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin anew."""
        self._runs: defaultdict[str, list[float]] = defaultdict(lambda: [0, 0.0])

    @contextmanager
    def invocation(self, function: str) -> Iterator[None]:
        """Count one invocation, over the time that the block takes."""
        started = time.perf_counter()
        try:
            yield
        finally:
            run = self._runs[function]
            run[0] += 1
            run[1] += (time.perf_counter() - started) * 1000

    def snapshot(self) -> dict[str, dict[str, float]]:
        """Return per function ``invocations`` and ``ms``, their sum."""
        return {
            function: {"invocations": int(count), "ms": round(ms, 1)}
            for function, (count, ms) in sorted(self._runs.items())
        }
