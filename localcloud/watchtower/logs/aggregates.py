"""What ``stats`` counts and adds up."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from localcloud.watchtower.logs.query_syntax import InsightsError, check_field, number

_CALL: Final = re.compile(r"(\w+)\s*\(\s*(.*?)\s*\)$", re.DOTALL)


def _percentile(values: Sequence[float], share: float) -> float:
    ordered = sorted(values)
    rank = share / 100 * (len(ordered) - 1)
    low = int(rank)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (rank - low) * (ordered[high] - ordered[low])


_AGGREGATES: Final[dict[str, Callable[[Sequence[float]], float]]] = {
    "sum": sum,
    "avg": lambda values: sum(values) / len(values),
    "min": min,
    "max": max,
}


def aggregate(call: str, rows: Sequence[dict[str, Any]]) -> Any:
    """Return the value of a function such as ``pct(took, 99)`` over rows.

    Raises
    ------
    InsightsError

    Examples
    --------
    >>> aggregate("max(took)", [{"took": 1}, {"took": "2.5"}, {}])
    2.5
    """
    match = _CALL.fullmatch(call)
    if match is None:
        raise InsightsError(f"stats takes functions, not {call}")
    function, argument = match[1].lower(), match[2]
    if argument not in {"", "*"}:
        check_field(argument.partition(",")[0].strip())
        argument = argument.replace("`", "")
    if function == "count":
        return len(rows) if argument in {"", "*"} else sum(argument in row for row in rows)
    if function == "count_distinct":
        return len({row[argument] for row in rows if argument in row})
    field, _, share = (part.strip() for part in argument.partition(","))
    values = [value for row in rows if (value := number(row.get(field))) is not None]
    if function in {"pct", "percentile"} and number(share) is not None:
        return _percentile(values, float(share)) if values else ""
    if function == "median":
        return _percentile(values, 50) if values else ""
    if function not in _AGGREGATES:
        raise InsightsError(f"the local cloud does not know the function {function}")
    return _AGGREGATES[function](values) if values else ""
