"""What a report of ``orderwire compare`` says that the model is held to: one row for each channel alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from clients import BadSettings, reading
from compare.meter import number

# Reading functions for a mapping is the local cloud's work, and no operation of following.
NOT_OURS = ("lambda.",)
COMPANION_GB = 0.25


@dataclass(frozen=True, slots=True)
class Measured:
    """One channel alone, per order.

    Attributes
    ----------
    requests, messages, operations
        What the model is held to; of AWS's operations all together.
    dropped
        Messages that came although they were there already, by a race of two pushes.
    timelines
        Of each order, the seconds from the answer to its submission to each change's commit.
    receipts
        Of each order, the seconds to each moment at which the client learned something.
    answer
        Seconds that an HTTP answer took.
    """

    name: str
    title: str
    requests: float
    messages: float
    operations: Mapping[str, float]
    dropped: float
    timelines: tuple[tuple[float, ...], ...]
    receipts: tuple[tuple[float, ...], ...]
    submit: float
    answer: float
    read: float

    @property
    def firsts(self) -> list[float | None]:
        """Of each order, the seconds to what the client learned first; None where that was nothing."""
        return [line[0] if line else None for line in self.receipts]


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes
    ----------
    poll
        Seconds between the requests of fixed polling.
    """

    date: str
    orders: int
    poll: float
    rows: tuple[Measured, ...]


def read_report(path: Path) -> Report:
    """Read a report of ``orderwire compare``.

    Raises
    ------
    BadSettings
        It is no such report, or an older one without the orders' times.
    """
    try:
        value: object = json.loads(path.read_text(encoding="utf-8"))
        return _report(reading.mapping(value, path.name))
    except OSError as error:
        raise BadSettings(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, reading.Unexpected) as error:
        raise BadSettings(f"{path} is no report of orderwire compare: {error}") from None


def _report(document: Mapping[str, object]) -> Report:
    if document.get("format") != 1:
        raise reading.Unexpected("format", "1", document.get("format"))
    runs = reading.mapping(document.get("runs"), "runs")
    rows = [
        _row(data, runs)
        for entry in reading.sequence(document.get("channels"), "channels")
        if (data := reading.mapping(entry, "channels[]")).get("mode") == "alone"
        and data.get("aws") is not None
    ]
    return Report(
        date=reading.text(document.get("date"), "date"),
        orders=reading.whole(document.get("orders"), "orders"),
        poll=number(document.get("pollSeconds"), "pollSeconds"),
        rows=tuple(rows),
    )


def _row(data: Mapping[str, object], runs: Mapping[str, object]) -> Measured:
    name, title = (reading.text(data.get(key), f"channels[].{key}") for key in ("name", "title"))
    run = reading.mapping(runs.get(title), f"runs.{title}")
    if "timelinesMs" not in run:
        raise reading.Unexpected(f"runs.{title}.timelinesMs", "the orders' times", None)
    usage = {key: number(n, key) for key, n in reading.mapping(data.get("perOrder"), "perOrder").items()}
    aws = reading.mapping(data.get("aws"), "aws")
    operations = {
        key: number(n, key)
        for key, n in reading.mapping(aws.get("operationsPerOrder"), "operationsPerOrder").items()
        if not key.startswith(NOT_OURS)
    }
    timelines, receipts = _times(run, "timelinesMs"), _times(data, "receiptsMs")
    if len(receipts) != len(timelines):
        raise reading.Unexpected(f"receiptsMs of {title}", f"{len(timelines)} orders", len(receipts))
    requests = usage["requests"]
    return Measured(
        name=name,
        title=title,
        requests=requests,
        messages=usage["messages_in"] + usage["messages_out"],
        operations=operations,
        dropped=number(data.get("dropped"), "dropped") / max(1, len(timelines)),
        timelines=timelines,
        receipts=receipts,
        submit=number(run.get("submitMs"), "submitMs") / 1000,
        answer=usage.get("answer_seconds", 0.0) / requests if requests else 0.0,
        read=_read(aws, operations),
    )


def _times(data: Mapping[str, object], key: str) -> tuple[tuple[float, ...], ...]:
    return tuple(
        tuple(number(at, key) / 1000 for at in reading.sequence(line, f"{key}[]"))
        for line in reading.sequence(data.get(key), key)
    )


def _read(aws: Mapping[str, object], operations: Mapping[str, float]) -> float:
    """Return the seconds of a function for each operation that it made: what a read takes, at most."""
    seconds = 0.0
    for name, use in reading.mapping(aws.get("functionsPerOrder"), "functionsPerOrder").items():
        if "Fanout" not in name:
            seconds += number(reading.mapping(use, name).get("gbSeconds"), name) / COMPANION_GB
    return seconds / max(1e-9, sum(operations.values()))
