"""How long to wait before trying again: exponential, with full jitter: clients must not march in step."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Backoff:
    """Delays in seconds, each drawn between 0 and a bound that doubles up to ``cap``.

    Examples
    --------
    >>> backoff = Backoff(base=0.2, cap=10)
    >>> backoff.next() <= 0.2, backoff.next() <= 0.4
    (True, True)
    """

    base: float = 0.2
    cap: float = 20.0
    tries: int = 0
    draw: Callable[[float, float], float] = field(default=random.uniform)

    def next(self) -> float:
        """Return the next delay and remember that it was needed."""
        # 2**30 is beyond any cap; the bound keeps the power from overflowing after days offline.
        bound = min(self.cap, self.base * 2.0 ** min(self.tries, 30))
        self.tries += 1
        return self.draw(0.0, bound)

    def reset(self) -> None:
        """Begin again: the last try went well."""
        self.tries = 0
