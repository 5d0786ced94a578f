"""The part of Java's DateTimeFormatter that prefixes are written in."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from localcloud.streams.firehose.errors import InvalidArgument

_PARTS: Final = re.compile(r"'((?:[^']|'')*)'|([A-Za-z])\2*|.", re.DOTALL)
_WRITERS: Final[dict[str, Callable[[datetime], str]]] = {
    "yyyy": lambda at: f"{at.year:04}",
    "uuuu": lambda at: f"{at.year:04}",
    "YYYY": lambda at: f"{at.isocalendar().year:04}",
    "y": lambda at: str(at.year),
    "u": lambda at: str(at.year),
    "yy": lambda at: f"{at.year % 100:02}",
    "uu": lambda at: f"{at.year % 100:02}",
    "M": lambda at: str(at.month),
    "MM": lambda at: f"{at.month:02}",
    "MMM": lambda at: f"{at:%b}",
    "MMMM": lambda at: f"{at:%B}",
    "d": lambda at: str(at.day),
    "dd": lambda at: f"{at.day:02}",
    "D": lambda at: str(at.timetuple().tm_yday),
    "DDD": lambda at: f"{at.timetuple().tm_yday:03}",
    "E": lambda at: f"{at:%a}",
    "EEE": lambda at: f"{at:%a}",
    "EEEE": lambda at: f"{at:%A}",
    "H": lambda at: str(at.hour),
    "HH": lambda at: f"{at.hour:02}",
    "h": lambda at: str(at.hour % 12 or 12),
    "hh": lambda at: f"{at.hour % 12 or 12:02}",
    "a": lambda at: "AM" if at.hour < 12 else "PM",
    "m": lambda at: str(at.minute),
    "mm": lambda at: f"{at.minute:02}",
    "s": lambda at: str(at.second),
    "ss": lambda at: f"{at.second:02}",
    "S": lambda at: f"{at.microsecond // 100000:01}",
    "SS": lambda at: f"{at.microsecond // 10000:02}",
    "SSS": lambda at: f"{at.microsecond // 1000:03}",
}
# These letters have other meanings, or none, and these signs are reserved.
_RESERVED: Final = frozenset("{}#[]")
del _WRITERS["YYYY"]  # a week-based year depends on the locale's first day of the week


def compile_date(pattern: str) -> Callable[[datetime], str]:
    """Return what writes a moment by a pattern.

    Raises
    ------
    InvalidArgument
        It holds letters that are no pattern, or one that is not served.

    Examples
    --------
    >>> compile_date("yyyy/MM/'day'-dd")(datetime(2026, 3, 5))
    '2026/03/day-05'
    """
    writers: list[Callable[[datetime], str]] = []
    for match in _PARTS.finditer(pattern):
        text = match[0]
        if match[1] is not None:
            writers.append(_constant(match[1].replace("''", "'") or "'"))
        elif match[2] is not None:
            if text not in _WRITERS:
                raise InvalidArgument(f"!{{timestamp:{pattern}}}: the letters {text} are not served here")
            writers.append(_WRITERS[text])
        elif text in _RESERVED or text == "'":
            raise InvalidArgument(f"!{{timestamp:{pattern}}} is not a valid date pattern")
        else:
            writers.append(_constant(text))
    return lambda at: "".join(write(at) for write in writers)


def _constant(text: str) -> Callable[[datetime], str]:
    return lambda _at: text
