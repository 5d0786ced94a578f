"""MiniStack's log groups with what functions print in them, AWS's filter patterns, and metric filters."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from localcloud.encodings.identifiers import new_uuid
from localcloud.engine.ministack.cloudwatch_logs import CloudWatchLogs
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Record, Response
from localcloud.engine.watchtower.insights import Insights
from localcloud.watchtower.facade import (
    MOST_LINES,
    Line,
    Metrics,
    PatternError,
    compile_pattern,
    is_value,
    values_of,
)

logger = logging.getLogger("localcloud.watchtower")
# Operations that read events, or list what there is.
READING: Final = frozenset(
    {"DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "GetLogGroupFields", "GetLogRecord"}
    | {"StartLiveTail", "StartQuery", "DescribeLogGroups", "DeleteLogGroup"}
)
# While a subscription filter waits for a function's lines, they are asked for this often.
FOLLOW_SECONDS: Final = 1.0
Fetch = Callable[[str], Awaitable[list[Any]]]


class Logs:
    """Brings functions' lines into MiniStack's groups when they are read.

    Parameters
    ----------
    logs
        MiniStack's module.
    fetch
        Takes a group's name, and returns the lines that the Lambda service has of it and has not handed
        over; without a name, the names of the groups that were written to.
    home
        The account and Region that functions' groups are in.
    """

    def __init__(self, logs: CloudWatchLogs, fetch: Fetch, metrics: Metrics, home: tuple[str, str]) -> None:
        self._logs, self._fetch, self._metrics, self._home = logs, fetch, metrics, home
        self._account, self._region = responses.get_account_id, responses.get_region
        self._scope = responses.request_scope
        self._groups: Any = logs.log_groups
        self._loop: asyncio.AbstractEventLoop | None = None
        self._following: asyncio.Task[None] | None = None

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Follow subscription filters on this event loop."""
        self._loop = loop

    def install(self) -> None:
        """Take over from MiniStack."""
        Insights(self._logs).install()
        CloudWatchLogs.compile_filter_pattern.replace(lenient)
        CloudWatchLogs.subscription_pattern_matches.replace(lambda p, text: lenient(p or "")(text or ""))

        @CloudWatchLogs.handle_request.wrap
        def _(before: Function) -> Function:
            async def handle(
                method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any
            ) -> Response:
                operation = headers.get("x-amz-target", "").rpartition(".")[2]
                refusal = await self._prepared(operation, body)
                return refusal or await before(method, path, headers, body, query)

            return handle

        @CloudWatchLogs.put_log_events.wrap
        def _(before: Function) -> Function:
            def put(data: Record) -> Response:
                response: Response = before(data)
                if response[0] == 200:
                    group = data["logGroupName"]
                    self._measure(group, data.get("logEvents") or [])
                    self._trim(group)
                return response

            return put

        @CloudWatchLogs.put_subscription_filter.wrap
        def _(before: Function) -> Function:
            def put(data: Record) -> Response:
                response: Response = before(data)
                if self._loop is not None:
                    self._loop.call_soon_threadsafe(self._follow)
                return response

            return put

    async def _prepared(self, operation: str, body: bytes) -> Response | None:
        """Bring what a request reads up to date; return a refusal of a pattern that makes no sense."""
        if operation not in READING and not operation.startswith(("PutMetricFilter", "PutSubscription")):
            return None
        try:
            members = json.loads(body or b"{}")
        except ValueError:
            return None
        try:
            compile_pattern(str(members.get("filterPattern") or ""))
        except PatternError as error:
            refuse = self._logs.error_response_json
            refused: Response = refuse("InvalidParameterException", str(error), 400)
            return refused
        if operation in READING and (self._account(), self._region()) == self._home:
            await self.pull(groups_in(members))
        return None

    async def pull(self, groups: list[str]) -> None:
        """Take the lines of groups; without any, see to it that every group is there."""
        for group in groups:
            self.take(group, [tuple(line) for line in await self._fetch(group)])
        if not groups:
            for name in await self._fetch(""):
                self._group(name)

    async def measure(self) -> None:
        """Take the lines of groups whose metric filters wait for them."""
        filters = self._logs.metric_filters
        if filters.has_any():
            with self._scope(*self._home):
                await self.pull(sorted({item["logGroupName"] for _, item in filters.all_items()}))

    def take(self, group: str, lines: list[Line]) -> None:
        """Put lines into a group's streams."""
        if not lines:
            return
        streams: dict[str, list[Record]] = {}
        for moment, stream, message in lines:
            event = {"timestamp": moment, "message": message, "ingestionTime": moment, "eventId": new_uuid()}
            streams.setdefault(stream, []).append(event)
        existing = self._group(group)["streams"]
        for name, events in streams.items():
            if name not in existing:
                self._logs.create_log_stream({"logGroupName": group, "logStreamName": name})
            self._logs.append_log_events(existing[name], events)
            self._logs.fanout_to_subscription_filters(group, name, events)
            self._logs.fanout_to_live_tail_sessions(group, name, events)
            self._measure(group, events)
        self._trim(group)

    def _group(self, name: str) -> Record:
        if name not in self._groups:
            self._logs.create_log_group({"logGroupName": name})
        group: Record = self._groups[name]
        return group

    def _trim(self, group: str) -> None:
        """Keep the newest events of a group, and no stream that has none left."""
        streams = self._groups[group]["streams"]
        surplus = sum(len(stream["events"]) for stream in streams.values()) - MOST_LINES
        if surplus <= 0:
            return
        records = self._logs.log_records
        for name, stream in sorted(streams.items(), key=lambda item: item[1]["lastEventTimestamp"] or 0):
            dropped = stream["events"][:surplus]
            stream["events"] = stream["events"][surplus:]
            surplus -= len(dropped)
            for event in dropped:
                records.pop(event.get("eventId"), None)
            if not stream["events"]:
                del streams[name]
            if surplus <= 0:
                return

    def _measure(self, group: str, events: list[Record]) -> None:
        """Count what a group's metric filters ask for."""
        for key, item in list(self._logs.metric_filters.items()):
            if key[0] != group:
                continue
            pattern = str(item.get("filterPattern") or "")
            matches, read = lenient(pattern), values_of(pattern)
            matching = [event for event in events if matches(str(event.get("message", "")))]
            for transformation in item.get("metricTransformations") or ():
                self._transform(transformation, read, matching, events)

    def _transform(
        self,
        transformation: Record,
        read: Callable[[str, str], Any],
        matching: list[Record],
        events: list[Record],
    ) -> None:
        namespace, name = transformation["metricNamespace"], transformation["metricName"]
        unit, written = transformation.get("unit") or "None", str(transformation.get("metricValue", "1"))
        for event in matching:
            message = str(event.get("message", ""))
            value = read(message, written) if written.startswith("$") else written
            listed = (transformation.get("dimensions") or {}).items()
            dimensions = {key: read(message, path) for key, path in listed}
            try:
                number = float(value)
            except (TypeError, ValueError):
                continue  # CloudWatch publishes nothing where the field is no number
            if is_value(number) and None not in dimensions.values():
                texts = {key: str(text) for key, text in dimensions.items()}
                self._metrics.put(namespace, name, texts, number, unit, event["timestamp"] / 1000)
        default = transformation.get("defaultValue")
        if default is not None and not matching and events:
            self._metrics.put(namespace, name, (), float(default), unit, events[-1]["timestamp"] / 1000)

    def _follow(self) -> None:
        if self._following is None or self._following.done():
            self._following = asyncio.get_running_loop().create_task(self._followed())

    async def _followed(self) -> None:
        """Ask for the lines of groups with subscription filters, as long as there are any."""
        while places := [place for place, group in self._groups.all_items() if group["subscriptionFilters"]]:
            for account, region, name in places:
                with self._scope(account, region):
                    await self.pull([name])
            await asyncio.sleep(FOLLOW_SECONDS)


def groups_in(members: Record) -> list[str]:
    """Return the groups that a request names.

    Examples
    --------
    >>> groups_in({"logGroupIdentifiers": ["arn:aws:logs:us-east-1:000000000000:log-group:/a:*"]})
    ['/a']
    """
    listed = [
        members.get("logGroupName") or members.get("logGroupIdentifier"),
        *(members.get("logGroupNames") or ()),
        *(members.get("logGroupIdentifiers") or ()),
    ]
    names = [str(item).partition(":log-group:")[2] or str(item) for item in listed if item]
    return list(dict.fromkeys(name.removesuffix(":*") for name in names))


def lenient(pattern: str) -> Callable[[str], bool]:
    """Compile a pattern that was checked when it was set; one that was not matches nothing."""
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        logger.warning("the filter pattern %s matches nothing: %s", pattern, error)
        return lambda _message: False
