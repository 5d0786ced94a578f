"""What ``make messaging`` measured, read back into types."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clients import BadSettings, reading
from compare.meter import number


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one way, by their names in the report."""

    way: str
    figures: Mapping[str, float]

    def __getitem__(self, name: str) -> float:
        try:
            return self.figures[name]
        except KeyError:
            raise reading.Unexpected(f"{self.way}.{name}", "a number", None) from None

    def __contains__(self, name: str) -> bool:
        return name in self.figures

    def whole(self, name: str) -> str:
        """Return a count, with separators.

        Examples
        --------
        >>> Row("stream", {"sent": 5260.0}).whole("sent")
        '5,260'
        """
        return f"{round(self[name]):,}"


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report.

    Attributes
    ----------
    percent
        Of the attempts at a call that failed.
    handing_on
        Standard queue, FIFO queue, stream.
    asking
        Synchronous, synchronous with backoff, event, by a queue.
    """

    date: str
    machine: str
    quick: bool
    percent: float
    size: Mapping[str, float]
    handing_on: tuple[Row, Row, Row]
    asking: tuple[Row, Row, Row, Row]


def read(path: Path) -> Report:
    """Read a report.

    Raises
    ------
    clients.BadSettings
        It is not there, or no report.
    """
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
        data = reading.mapping(value, path.name)
        standard, fifo, stream = _rows(data, "handingOn")
        once, backoff, event, queue = _rows(data, "asking")
        size = reading.mapping(data.get("size"), "size")
        return Report(
            date=reading.text(data.get("date"), "date"),
            machine=reading.text(data.get("machine"), "machine"),
            quick=data.get("quick") is True,
            percent=number(data.get("percent"), "percent"),
            size={name: number(part, f"size.{name}") for name, part in size.items()},
            handing_on=(standard, fifo, stream),
            asking=(once, backoff, event, queue),
        )
    except (OSError, ValueError, reading.Unexpected) as error:
        raise BadSettings(f"{path} is no report of `make messaging`: {error}") from error


def _rows(data: Mapping[str, object], name: str) -> list[Row]:
    rows = []
    for value in reading.sequence(data.get(name), name):
        row = reading.mapping(value, name)
        figures = {
            key: number(part, f"{name}.{key}")
            for key, part in row.items()
            if key != "way" and part is not None
        }
        rows.append(Row(reading.text(row.get("way"), f"{name}.way"), figures))
    return rows
