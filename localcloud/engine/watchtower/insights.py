"""Logs Insights over MiniStack's log groups, in the place of its own, which ignores what it does not know."""

from __future__ import annotations

import time
from typing import Final

from localcloud.encodings.identifiers import new_uuid
from localcloud.engine.ministack.cloudwatch_logs import CloudWatchLogs
from localcloud.engine.patching import Record, Response
from localcloud.watchtower.facade import InsightsError, run_query

MOST_QUERIES: Final = 100


class Insights:
    """Answers StartQuery; GetQueryResults is MiniStack's.

    Parameters
    ----------
    logs
        MiniStack's module.
    """

    def __init__(self, logs: CloudWatchLogs) -> None:
        self._logs = logs

    def install(self) -> None:
        """Take over from MiniStack."""
        CloudWatchLogs.start_query.replace(self.start)

    def start(self, data: Record) -> Response:
        """Run a query at once."""
        module, refuse = self._logs, self._logs.error_response_json
        groups, existing = (
            module.resolve_query_log_groups(data),
            module.log_groups,
        )
        missing = [name for name in groups if name not in existing]
        refused: Response
        if missing or not groups:
            message = f"The specified log group does not exist: {missing[0]}" if missing else "No log group"
            code = "ResourceNotFoundException" if missing else "InvalidParameterException"
            refused = refuse(code, message, 400)
            return refused
        start = int(data.get("startTime", 0)) * 1000
        end = int(data.get("endTime", time.time())) * 1000 + 999
        events = [event for name in groups for event in self._events(name, existing[name], start, end)]
        try:
            rows = run_query(str(data.get("queryString") or ""), events)
        except InsightsError as error:
            refused = refuse("MalformedQueryException", str(error), 400)
            return refused
        rows = rows[: int(data.get("limit") or len(rows))]
        self._point(rows, {event["@ptr"]: event for event in events})
        queries, query = module.queries, new_uuid()
        for old in list(queries)[: -MOST_QUERIES + 1]:
            del queries[old]
        queries[query] = {
            "queryId": query,
            "queryString": data.get("queryString"),
            "logGroupName": groups[0],
            "status": "Complete",
            "results": [[{"field": n, "value": v} for n, v in row.items()] for row in rows],
            "statistics": {
                "recordsMatched": float(len(rows)),
                "recordsScanned": float(len(events)),
                "bytesScanned": float(sum(len(event["@message"]) for event in events)),
            },
        }
        answer: Response = module.json_response({"queryId": query})
        return answer

    @staticmethod
    def _events(name: str, group: Record, start: int, end: int) -> list[Record]:
        return [
            {
                "@timestamp": event["timestamp"],
                "@ingestionTime": event.get("ingestionTime", event["timestamp"]),
                "@message": event["message"],
                "@logStream": stream,
                "@log": name,
                "@ptr": event.setdefault("eventId", new_uuid()),
            }
            for stream, log_stream in group["streams"].items()
            for event in log_stream["events"]
            if start <= event["timestamp"] <= end
        ]

    def _point(self, rows: list[dict[str, str]], events: dict[str, Record]) -> None:
        """Have GetLogRecord find what the rows point to."""
        records = self._logs.log_records
        for row in rows:
            event = events.get(row.get("@ptr", ""))
            if event is not None:
                records[event["@ptr"]] = self._logs.build_log_record(
                    ptr=event["@ptr"],
                    timestamp_ms=event["@timestamp"],
                    message=event["@message"],
                    log_group=event["@log"],
                    log_stream=event["@logStream"],
                )
