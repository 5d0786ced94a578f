"""Coefficients of a sum, found from its values."""

from __future__ import annotations

from collections.abc import Sequence

CLOSE = 1e-6
"""How far, of the greatest value, a proof may be off."""

_DIGITS = 12


class NotLinear(ValueError):
    """The values are no sum of the features."""


def solve(features: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    """Return the coefficients with which the features of every point add up to its value.

    Some of the points determine them (Gauss-Jordan elimination), and all of them prove them.

    Parameters
    ----------
    features
        A row for each point; more rows than columns.

    Raises
    ------
    NotLinear
        There are none, or the points do not determine them.

    Examples
    --------
    >>> solve([[1, 0], [1, 1], [1, 2]], [5, 7, 9])
    [5.0, 2.0]
    >>> solve([[1, 0], [1, 1], [1, 2]], [0, 1, 4])
    Traceback (most recent call last):
    compare.model.linear.NotLinear: the values at point 1 are 1 and 2
    """
    coefficients = [_tidy(value) for value in _eliminate(features, values)]
    most = max((abs(value) for value in values), default=0.0)
    for number, (row, value) in enumerate(zip(features, values, strict=True)):
        sum_ = sum(each * coefficient for each, coefficient in zip(row, coefficients, strict=True))
        if abs(sum_ - value) > CLOSE * max(most, 1e-9):
            raise NotLinear(f"the values at point {number} are {value:g} and {sum_:g}")
    return coefficients


def _eliminate(features: Sequence[Sequence[float]], values: Sequence[float]) -> list[float]:
    width = len(features[0])
    rows = [[*map(float, row), float(value)] for row, value in zip(features, values, strict=True)]
    for column in range(width):
        pivot = max(range(column, len(rows)), key=lambda n, column=column: abs(rows[n][column]))  # type: ignore[misc]
        if abs(rows[pivot][column]) < 1e-9:
            raise NotLinear("the points do not determine the coefficients")
        rows[column], rows[pivot] = rows[pivot], rows[column]
        divisor = rows[column][column]
        rows[column] = [value / divisor for value in rows[column]]
        for number, row in enumerate(rows):
            factor = row[column]
            if number != column and factor:
                rows[number] = [a - factor * b for a, b in zip(row, rows[column], strict=True)]
    return [rows[n][width] for n in range(width)]


def _tidy(value: float) -> float:
    return 0.0 if abs(value) < 1e-10 else float(f"{value:.{_DIGITS}g}")
