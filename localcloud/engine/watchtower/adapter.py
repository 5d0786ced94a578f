"""The place of CloudWatch in the engine: metrics, alarms, and the way to what other processes measured."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from localcloud.calls import HttpConnections, NoAnswer
from localcloud.engine.asgi import Application
from localcloud.engine.deliveries.calling import Calling
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.cloudwatch import CloudWatch, cloudwatch
from localcloud.engine.ministack.cloudwatch_logs import cloudwatch_logs
from localcloud.engine.ministack.responses import responses
from localcloud.engine.patching import Function, Response
from localcloud.engine.settings import Settings
from localcloud.engine.watchtower.actions import Actions
from localcloud.engine.watchtower.alarms import Alarms
from localcloud.engine.watchtower.changes import Changes
from localcloud.engine.watchtower.formation import form
from localcloud.engine.watchtower.logs import Logs
from localcloud.engine.watchtower.protocol import (
    CloudWatchRefused,
    CloudWatchRequest,
    answer,
    delegated,
    read,
    refusal,
    response_of,
)
from localcloud.engine.watchtower.queues import QueueMeasures
from localcloud.watchtower.facade import MINUTE, Drained, Metrics, short

logger = logging.getLogger("localcloud.watchtower")
COLLECT_SECONDS = 5.0


class Watchtower:
    """Takes what is measured in this process, and what the Lambda service's process measured.

    Attributes
    ----------
    metrics : Metrics
        Where the engine's services put what they measure.
    """

    def __init__(
        self, modules: tuple[Any, Any], metrics: Metrics, settings: Settings, calling: Calling
    ) -> None:
        cloudwatch, logs = modules
        self.metrics = metrics
        self._cloudwatch = cloudwatch
        self._settings = settings
        self._account = responses.get_account_id
        self._region = responses.get_region
        self._stores: dict[tuple[str, str], Any] = {}
        self._others: HttpConnections | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._collecting: asyncio.Task[None] | None = None
        self.logs = Logs(logs, self._lines_of, metrics, self.home)
        self.alarms = Alarms(cloudwatch, self.collect, self.store, Changes(cloudwatch, Actions(calling)))

    @property
    def home(self) -> tuple[str, str]:
        """The account and Region that services' own metrics belong to."""
        return self._settings.account, self._settings.region

    def store(self, account: str, region: str) -> Any:
        """Return the metrics of an account and Region."""
        from localcloud.watchtower.facade import MetricStore  # noqa: PLC0415 - read by few, so loaded late

        return self._stores.setdefault((account, region), MetricStore())

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Evaluate alarms on this event loop."""
        self._loop = loop
        self.logs.attach(loop)
        self.alarms.attach(loop)
        self.run_alarms_faster(self._settings.alarm_clock)

    def run_alarms_faster(self, factor: int) -> None:
        """Have alarms run ``factor`` times faster than time; metrics are then added up more finely."""
        if factor != self.alarms.factor:
            self.metrics.run_faster(short(MINUTE, factor))
            self.alarms.run_faster(factor)
            if self._loop is not None:
                # This notifies other processes; until then they add up by the minute.
                self._collecting = self._loop.create_task(self.collect())

    def install(self) -> None:
        """Take requests."""

        @CloudWatch.handle_request.wrap
        def _(before: Function) -> Function:
            async def handle(
                method: str, path: str, headers: Mapping[str, str], body: bytes, query: Mapping[str, Any]
            ) -> Response:
                request = read(path, headers, body, query)
                mine = await self._response(request)
                if mine is not None:
                    return mine
                inner, document = delegated(request)
                status, answer_headers, answer_body = await before(method, "/", inner, document, {})
                if request.operation == "DescribeAlarmsForMetric" and status == 200:
                    answer_body = _for_metric(request, answer_body)
                return response_of(request, (status, answer_headers, answer_body))

            return handle

    async def _response(self, request: CloudWatchRequest) -> Response | None:
        """Answer an operation on metrics; None for others."""
        from localcloud.engine.watchtower.publishing import put_metric_data  # noqa: PLC0415
        from localcloud.engine.watchtower.reading import READING  # noqa: PLC0415

        try:
            if request.operation == "PutMetricData":
                return answer(request, put_metric_data(request.members, self._sink()))
            carry_out = READING.get(request.operation)
            if carry_out is None:
                return None
            await self.collect()
            return answer(request, carry_out(request.members, self.store(self._account(), self._region())))
        except CloudWatchRefused as error:
            return refusal(request, error)

    def _sink(self) -> Metrics:
        """Return where a client's own metrics go: another Region's are kept apart."""
        place = (self._account(), self._region())
        if place == self.home:
            return self.metrics
        store = self.store(*place)
        metrics = Metrics()
        asyncio.get_running_loop().call_soon(lambda: store.take(metrics.drain()))
        return metrics

    async def collect(self) -> None:
        """Take into the store whatever was measured by now, in this process and in others."""
        store = self.store(*self.home)
        await self.logs.measure()
        store.take(self.metrics.drain())
        store.take(await self._from_others())

    async def _from_others(self) -> list[Drained]:
        """Drain the sink of the Lambda service's process, which AppSync and API Gateway share."""
        return [
            Drained(where, what, tuple((name, value) for name, value in dimensions), unit, rows)
            for where, what, dimensions, unit, rows in await self._page_of(
                f"metrics?resolution={self.metrics.resolution}"
            )
        ]

    async def _lines_of(self, group: str) -> list[Any]:
        """Return a log group's lines that the Lambda service has; without one, the groups it writes to."""
        return await self._page_of(f"logs?group={quote(group, safe='')}" if group else "logs")

    async def _page_of(self, page: str) -> list[Any]:
        url = self._settings.lambda_url
        self._others = self._others or HttpConnections(url, seconds=COLLECT_SECONDS)
        try:
            reply = await self._others.send("POST", f"{urlsplit(url).path}/_localcloud/{page}", {})
            return list(json.loads(reply.body)) if reply.status == 200 else []
        except (NoAnswer, ValueError) as error:
            logger.debug("the Lambda service's %s cannot be read: %s", page, error)
            return []


def _for_metric(request: CloudWatchRequest, body: bytes) -> bytes:
    from localcloud.engine.watchtower.reading import alarms_for_metric  # noqa: PLC0415

    alarms = json.loads(body)["MetricAlarms"]
    return json.dumps({"MetricAlarms": alarms_for_metric(request.members, alarms)}).encode()


def install(application: Application, gate: EngineGate, settings: Settings) -> Watchtower:
    """Put our CloudWatch in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for CloudWatch in another way than it did.
    """
    # MiniStack lets errors alone through; an alarm is worth a line.
    logger.setLevel(logging.INFO)
    calling = Calling(application, gate, settings)
    watchtower = Watchtower((cloudwatch, cloudwatch_logs), gate.meter.metrics, settings, calling)
    watchtower.install()
    watchtower.alarms.install()
    watchtower.logs.install()
    form(cloudwatch)
    QueueMeasures(gate.meter.metrics, gate.meter.queued).install()
    return watchtower
