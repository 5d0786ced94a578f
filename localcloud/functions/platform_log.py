"""The service's own lines in a function's log, as text and as JSON.

Source: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-advanced.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from localcloud.functions.logs import report_line
from localcloud.functions.model import FunctionDefinition

LEVELS: Final = {"DEBUG": 0, "INFO": 1, "WARN": 2}


@dataclass(frozen=True)
class Report:
    """How an invocation went: see `report_line`.

    A function that ``failed`` by itself has no status in a log that is text.
    """

    request_id: str
    duration: float
    used: int | None
    init: float | None
    status: str = ""
    failed: bool = False


def start_lines(function: FunctionDefinition, request_id: str) -> list[str]:
    """Return the lines before an invocation."""
    if function.log_format != "JSON":
        return [f"START RequestId: {request_id} Version: {function.version}"]
    record = {"requestId": request_id, "version": function.version}
    return _logged(function, "INFO", "platform.start", record)


def end_lines(function: FunctionDefinition, report: Report) -> list[str]:
    """Return the lines after an invocation."""
    if function.log_format != "JSON":
        line = report_line(
            report.request_id,
            duration=report.duration,
            memory=function.memory,
            used=report.used,
            init=report.init,
            status=report.status,
        )
        return [f"END RequestId: {report.request_id}", line]
    status, _, error = report.status.partition("\tError Type: ")
    status = status or ("error" if report.failed else "")
    metrics: dict[str, object] = {
        "durationMs": round(report.duration, 3),
        "billedDurationMs": int(-(-(report.duration + (report.init or 0.0)) // 1)),
        "memorySizeMB": function.memory,
    }
    if report.used is not None:
        metrics["maxMemoryUsedMB"] = report.used
    if report.init is not None:
        metrics["initDurationMs"] = round(report.init, 3)
    outcome = {"status": status or "success", **({"errorType": error} if error else {})}
    done = {"requestId": report.request_id, **outcome}
    level = "WARN" if status else "DEBUG"
    return [
        *_logged(function, level, "platform.runtimeDone", done),
        *_logged(
            function,
            "WARN" if status else "INFO",
            "platform.report",
            {"requestId": report.request_id, "metrics": metrics, **outcome},
        ),
    ]


def _logged(function: FunctionDefinition, level: str, kind: str, record: Mapping[str, object]) -> list[str]:
    """Return an event's line, where the function's level lets it through."""
    if LEVELS[level] < LEVELS.get(function.system_log_level or "INFO", 1):
        return []
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return [json.dumps({"time": moment, "type": kind, "record": record}, separators=(",", ":"))]
