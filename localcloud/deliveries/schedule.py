"""When a delivery that failed is tried again: the four phases of "Amazon SNS message delivery retries".

AWS publishes the backoff functions' names and no formulas. Ours go from ``minimum`` to ``maximum`` and
differ in how they get there; there is no jitter, so a run can be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import repeat
from typing import Final, Literal

Backoff = Literal["linear", "arithmetic", "geometric", "exponential"]


def _linear(step: int, steps: int, low: float, high: float) -> float:
    """Equal increments."""
    return low + (high - low) * step / (steps - 1)


def _arithmetic(step: int, steps: int, low: float, high: float) -> float:
    """Increments that grow by the same amount: 1, 2, 3, ..."""
    return low + (high - low) * step * (step + 1) / ((steps - 1) * steps)


def _geometric(step: int, steps: int, low: float, high: float) -> float:
    """Equal ratios."""
    return float(low * (high / low) ** (step / (steps - 1)))


def _exponential(step: int, _steps: int, low: float, high: float) -> float:
    """Twice as long each time, until the maximum."""
    # The exponent is bounded so that it cannot overflow; 2**12 s is beyond every maximum.
    return float(min(high, low * 2 ** min(step, 12)))


BACKOFFS: Final[dict[Backoff, Callable[[int, int, float, float], float]]] = {
    "linear": _linear,
    "arithmetic": _arithmetic,
    "geometric": _geometric,
    "exponential": _exponential,
}


@dataclass(frozen=True)
class Schedule:
    """How often, and after how long, a failed delivery is tried again.

    Attributes
    ----------
    immediate
        Retries without a delay, the first phase.
    before
        Retries ``minimum`` seconds apart, the second phase.
    backoff
        Retries whose delay grows from ``minimum`` to ``maximum`` seconds by ``function``, the third phase.
    after
        Retries ``maximum`` seconds apart, the last phase.
    """

    immediate: int
    before: int
    backoff: int
    after: int
    minimum: float
    maximum: float
    function: Backoff = "linear"

    @property
    def retries(self) -> int:
        """How many there are in all."""
        return self.immediate + self.before + self.backoff + self.after

    def delays(self) -> Iterator[float]:
        """Yield the seconds to wait before each retry.

        Examples
        --------
        >>> list(Schedule(1, 1, 3, 1, minimum=1, maximum=5).delays())
        [0.0, 1.0, 1.0, 3.0, 5.0, 5.0]
        """
        yield from repeat(0.0, self.immediate)
        yield from repeat(float(self.minimum), self.before)
        step_of = BACKOFFS[self.function]
        for step in range(self.backoff):
            steps = max(self.backoff, 2)
            yield float(step_of(step, steps, self.minimum, self.maximum))
        yield from repeat(float(self.maximum), self.after)


# What AWS does where no policy says otherwise, for HTTP/S and for endpoints of its own (SQS, Lambda).
HTTP: Final = Schedule(0, 0, 3, 0, minimum=20, maximum=20)
MANAGED: Final = Schedule(3, 2, 10, 100_000, minimum=1, maximum=20, function="exponential")
