"""How old changes are for who is answered at an order's end, or at fixed times before it."""

from __future__ import annotations

import math

from compare.model.forms import lasts

SLICES = 400
"""The time of a change is cut into so many slices: a thousandth of the mean is lost by that."""


class Ages:
    """The ages of all changes but the first at the moment when they are learned of.

    A change at ``t`` is learned of when the order ends, or at the next multiple of ``hold`` if that is
    sooner: ``min(hold - t mod hold, rest of the order's life)``, where the rest is a sum of as many
    exponential dwell times as there are changes left.

    Parameters
    ----------
    stages
        Changes after the first.

    Examples
    --------
    >>> round(Ages(2, 1.0, 1000.0).mean(), 2)
    0.5
    """

    def __init__(self, stages: int, dwell: float, hold: float) -> None:
        self._stages, self._dwell = stages, dwell
        # (weight, seconds to the next answer, changes left)
        self._changes: list[tuple[float, float, int]] = []
        for number in range(1, stages):
            for middle, weight in _slices(number, dwell):
                self._changes.append((weight / stages, hold - middle % hold, stages - number))
        self._most = min(hold, 60.0 * dwell * stages)

    def older(self, age: float) -> float:
        """Return the share of changes that are older than this when they are learned of."""
        weights = [0.0] * (self._stages + 1)
        for weight, until, rest in self._changes:
            if until > age:
                weights[rest] += weight
        return sum(weight * lasts(rest, self._dwell, age) for rest, weight in enumerate(weights) if weight)

    def mean(self) -> float:
        """Return the mean age."""
        step = self._most / SLICES
        return step * sum(self.older((slice_ + 0.5) * step) for slice_ in range(SLICES))

    def quantile(self, share: float) -> float:
        """Return the age that so large a share of changes does not exceed."""
        low, high = 0.0, self._most
        for _ in range(30):
            middle = (low + high) / 2
            low, high = (middle, high) if self.older(middle) > 1 - share else (low, middle)
        return high


def _slices(stages: int, dwell: float) -> list[tuple[float, float]]:
    """Return middles and weights of slices of the time that so many stages last together."""
    mean, spread = stages * dwell, math.sqrt(stages) * dwell
    top = mean + 10 * spread
    edges = [top * number / SLICES for number in range(SLICES + 1)]
    longer = [lasts(stages, dwell, edge) for edge in edges]
    return [
        ((edges[n] + edges[n + 1]) / 2, longer[n] - longer[n + 1])
        for n in range(SLICES)
        if longer[n] - longer[n + 1] > 1e-9
    ]
