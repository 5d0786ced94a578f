"""Status timelines of a shop: a CSV file with the columns ``order``, ``status`` and ``time``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from clients import BadSettings, Status

COLUMNS = ("order", "status", "time")
LIFE = (
    Status.RECEIVED,
    Status.VALIDATED,
    Status.CONFIRMED,
    Status.PACKED,
    Status.SHIPPED,
    Status.DELIVERED,
)
ENDS = {
    Status.DELIVERED: LIFE,
    # A parcel that is packed can no longer be cancelled.
    Status.CANCELLED: LIFE[:3],
    Status.FAILED: LIFE[:2],
}
MOST_SHOWN = 5
Reported = Literal["PACKED", "SHIPPED", "DELIVERED", "CANCELLED"]


class BadTimelines(BadSettings):
    """A file of timelines that cannot be replayed.

    Attributes
    ----------
    lines
        The numbers of the lines at fault, from 1, each with the reason.
    """

    def __init__(self, lines: list[tuple[int, str]]) -> None:
        self.lines = tuple(lines)
        shown = "; ".join(f"line {number}: {why}" for number, why in lines[:MOST_SHOWN])
        more = f"; and {len(lines) - MOST_SHOWN} more" if len(lines) > MOST_SHOWN else ""
        super().__init__(f"--replay: {shown}{more}")


@dataclass(frozen=True, slots=True)
class Timeline:
    """One order of the shop.

    Attributes
    ----------
    offset
        Seconds after the file's first order.
    steps
        Each status after the first, and how many seconds after it the order came to it.
    """

    order: str
    offset: float
    steps: tuple[tuple[Status, float], ...]

    @property
    def end(self) -> Status:
        """The last status."""
        return self.steps[-1][0]


@dataclass(frozen=True, slots=True)
class _Entry:
    line: int
    status: Status
    at: datetime


def read_timelines(text: str) -> tuple[Timeline, ...]:
    r"""Read a file's orders, in the order of their beginnings; its lines may come in any order.

    Examples
    --------
    >>> timelines = read_timelines(
    ...     "order,status,time\nA,RECEIVED,2026-11-02T09:00:00Z\nA,FAILED,2026-11-02T09:00:30Z\n"
    ... )
    >>> timelines[0].steps
    ((<Status.FAILED: 'FAILED'>, 30.0),)

    Raises
    ------
    BadTimelines
        With each line that is at fault.
    """
    wrong: list[tuple[int, str]] = []
    orders: dict[str, list[_Entry]] = {}
    for line, order, entry in _entries(text, wrong):
        if entry is not None:
            orders.setdefault(order, []).append(entry)
        elif order:
            wrong.append((line, order))
    for order, entries in orders.items():
        entries.sort(key=lambda entry: (entry.at, _place(entry.status)))
        wrong += _unlike_life(order, entries)
    if not orders and not wrong:
        wrong.append((1, "there is no order"))
    if wrong:
        raise BadTimelines(sorted(wrong))
    first = min(entries[0].at for entries in orders.values())
    timelines = [
        Timeline(
            order,
            (entries[0].at - first).total_seconds(),
            tuple((entry.status, (entry.at - entries[0].at).total_seconds()) for entry in entries[1:]),
        )
        for order, entries in orders.items()
    ]
    return tuple(sorted(timelines, key=lambda timeline: (timeline.offset, timeline.order)))


def _entries(text: str, wrong: list[tuple[int, str]]) -> Iterator[tuple[int, str, _Entry | None]]:
    """Yield each line's order and entry; without an entry, the reason in the order's place."""
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    try:
        header = [name.strip() for name in next(reader, [])]
        missing = [name for name in COLUMNS if name not in header]
        if missing:
            wrong.append((1, f"the header lacks {', '.join(missing)}"))
            return
        places = [header.index(name) for name in COLUMNS]
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) <= max(places):
                yield reader.line_num, f"has {len(row)} columns of {len(header)}", None
                continue
            order, status, time = (row[place].strip() for place in places)
            yield reader.line_num, *_entry(reader.line_num, order, status, time)
    except csv.Error as error:
        wrong.append((reader.line_num, f"is no CSV: {error}"))


def _entry(line: int, order: str, status: str, time: str) -> tuple[str, _Entry | None]:
    if not order:
        return "has no order", None
    if status not in {*LIFE, *ENDS}:
        return f"{status!r} is no status that can be replayed", None
    try:
        at = datetime.fromisoformat(time)
    except ValueError:
        return f"{time!r} is no time of ISO 8601", None
    if at.tzinfo is None:
        return f"{time!r} has no time zone", None
    return order, _Entry(line, Status(status), at)


def _unlike_life(order: str, entries: list[_Entry]) -> Iterator[tuple[int, str]]:
    """Yield what no order of ours can do: a status twice, a step back, no end."""
    end = entries[-1].status
    if end not in ENDS:
        yield entries[-1].line, f"{order} ends as {end}, which is no end"
        return
    allowed = (*(status for status in ENDS[end] if status is not end), end)
    if entries[0].status is not Status.RECEIVED:
        yield entries[0].line, f"{order} begins as {entries[0].status}, not as RECEIVED"
    before = -1
    for entry in entries:
        place = allowed.index(entry.status) if entry.status in allowed else -1
        if place <= before:
            yield entry.line, f"{order} cannot become {entry.status} then"
        before = max(before, place)


def _place(status: Status) -> int:
    return LIFE.index(status) if status in LIFE else len(LIFE)
