"""A curve in a terminal: how many orders were accepted, and how many had begun, as time went on."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from rich.text import Text

# A character of braille is two dots wide and four high; each dot has a bit of its own.
_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BLANK = 0x2800
ACCEPTED, STARTED = "yellow", "cyan"


def curves(
    accepted: Sequence[float], started: Sequence[float], *, seconds: float, most: int, width: int, height: int
) -> Text:
    """Draw two cumulative curves over the same time; where they meet, the second one is seen.

    Parameters
    ----------
    accepted, started
        When, in seconds from the beginning, in order.
    seconds, most
        What the right and the upper edge stand for.
    width, height
        In characters.

    Examples
    --------
    >>> curves([0.0, 1.0], [], seconds=1.0, most=2, width=4, height=1).plain
    '⠤⠤⠤⠜'
    """
    cells = [[(0, "") for _ in range(width)] for _ in range(height)]
    for times, style in ((accepted, ACCEPTED), (started, STARTED)):
        for column, row in _line(times, seconds, most, width * 2, height * 4):
            bits, _ = cells[row // 4][column // 2]
            cells[row // 4][column // 2] = (bits | _DOTS[row % 4][column % 2], style)
    drawing = Text()
    for number, line in enumerate(cells):
        drawing.append("\n" if number else "")
        for bits, style in line:
            drawing.append(chr(_BLANK + bits), style)
    return drawing


def _line(
    times: Sequence[float], seconds: float, most: int, columns: int, rows: int
) -> list[tuple[int, int]]:
    """Return the dots of a curve, column and row from above, without gaps where it climbs."""
    if not times or seconds <= 0 or most <= 0:
        return []
    dots: list[tuple[int, int]] = []
    before: int | None = None
    for column in range(columns):
        count = bisect_right(times, seconds * column / (columns - 1))
        row = rows - 1 - min(rows - 1, count * (rows - 1) // most)
        dots += [
            (column, between) for between in range(row, row + 1 if before is None else max(before, row + 1))
        ]
        before = row
    return dots
