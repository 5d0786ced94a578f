"""The operations on traces: what was recorded, in summaries, whole, and as a graph."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from localcloud.watchtower.traces.assembly import Trace, assemble
from localcloud.watchtower.traces.documents import JSON, encode
from localcloud.watchtower.traces.filters import Expression, FilterError, TraceScope, parse_filter
from localcloud.watchtower.traces.graph import service_graph
from localcloud.watchtower.traces.groups import Groups
from localcloud.watchtower.traces.requests import InvalidRequest, RequestFields
from localcloud.watchtower.traces.store import TraceStore
from localcloud.watchtower.traces.summaries import summary

LONGEST_RANGE: Final = 6 * 3600.0
MOST_IDS: Final = 5
PAGE: Final = 100
_RANGES: Final = frozenset({"", "TraceId", "Event", "Service"})


class Queries:
    """Reads a store.

    Every operation sees what was received before it; AWS indexes for some seconds first.
    """

    def __init__(self, store: TraceStore, groups: Groups) -> None:
        self._store = store
        self._groups = groups

    async def summaries(self, request: RequestFields) -> dict[str, JSON]:
        """GetTraceSummaries. All traces are summed up, whatever ``Sampling`` allows to leave out."""
        start, end = _range(request)
        kind = request.text("TimeRangeType", "")
        if kind not in _RANGES:
            raise InvalidRequest(f"TimeRangeType {kind!r} is none of TraceId, Event and Service")
        expression = _expression(request)
        await self._store.settle()
        matching = [
            trace
            for trace in self._between(start, end, events=kind in {"Event", "Service"})
            if expression.holds(TraceScope(trace))
        ]
        page, token = _page(matching, request)
        answer: dict[str, JSON] = {
            "TraceSummaries": [summary(trace) for trace in page],
            "ApproximateTime": time.time(),
            "TracesProcessedCount": len(matching),
        }
        return answer | token

    async def traces(self, request: RequestFields) -> dict[str, JSON]:
        """BatchGetTraces."""
        ids = self._ids(request)
        await self._store.settle()
        stored = set(self._store.ids())
        traces: list[JSON] = []
        for trace_id in ids:
            if trace_id not in stored:
                continue
            trace = self._trace(trace_id)
            segments: list[JSON] = [
                {"Id": segment["id"], "Document": encode(segment)}
                for segment in [*trace.segments, *trace.orphans]
            ]
            traces.append(
                {
                    "Id": trace_id,
                    "Duration": round(trace.duration, 6),
                    "LimitExceeded": False,
                    "Segments": segments,
                }
            )
        return {
            "Traces": traces,
            "UnprocessedTraceIds": [trace_id for trace_id in ids if trace_id not in stored],
        }

    async def trace_graph(self, request: RequestFields) -> dict[str, JSON]:
        """GetTraceGraph."""
        ids = self._ids(request)
        await self._store.settle()
        stored = set(self._store.ids())
        return {"Services": service_graph(self._trace(trace_id) for trace_id in ids if trace_id in stored)}

    async def graph(self, request: RequestFields) -> dict[str, JSON]:
        """GetServiceGraph."""
        start, end = _range(request)
        expression = self._groups.expression(request)
        await self._store.settle()
        traces = [
            trace for trace in self._between(start, end, events=True) if expression.holds(TraceScope(trace))
        ]
        services = service_graph(traces)
        return {"StartTime": start, "EndTime": end, "Services": services, "ContainsOldGroupVersions": False}

    def _ids(self, request: RequestFields) -> list[str]:
        ids = request.texts("TraceIds")
        if len(ids) > MOST_IDS and request.has("TraceIds"):
            raise InvalidRequest(f"TraceIds: no more than {MOST_IDS} in one request")
        return ids

    def _trace(self, trace_id: str) -> Trace:
        return assemble(trace_id, self._store.documents(trace_id))

    def _between(self, start: float, end: float, *, events: bool) -> Iterable[Trace]:
        for trace_id in reversed(self._store.ids()):
            # An id says when its trace began; nothing of a later one can lie in the range.
            if int(trace_id[2:10], 16) > end:
                continue
            trace = self._trace(trace_id)
            if not trace.segments:
                continue
            last = trace.start + trace.duration if events else trace.start
            if trace.start <= end and last >= start:
                yield trace


def _expression(request: RequestFields) -> Expression:
    try:
        return parse_filter(request.text("FilterExpression", ""))
    except FilterError as error:
        raise InvalidRequest(f"Invalid filter expression: {error}") from error


def _range(request: RequestFields) -> tuple[float, float]:
    start, end = request.number("StartTime"), request.number("EndTime")
    if start > end:
        raise InvalidRequest("StartTime must not be after EndTime")
    if end - start > LONGEST_RANGE:
        raise InvalidRequest("The time range must not be longer than 6 hours")
    return start, end


def _page(traces: list[Trace], request: RequestFields) -> tuple[list[Trace], dict[str, JSON]]:
    token = request.text("NextToken", "0")
    if not token.isdecimal():
        raise InvalidRequest("NextToken is none of ours")
    begin = int(token)
    more: dict[str, JSON] = {"NextToken": str(begin + PAGE)} if begin + PAGE < len(traces) else {}
    return traces[begin : begin + PAGE], more
