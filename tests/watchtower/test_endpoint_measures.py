"""What is measured at the endpoints of functions, AppSync and API Gateway."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from localcloud.appsync.measuring import ApiMeasures, measured_handler
from localcloud.functions.errors import TooManyRequests
from localcloud.functions.meter import InvocationMeter
from localcloud.functions.observing import Observation
from localcloud.watchtower.facade import Metrics
from localcloud.watchtower.metrics.bucket import MetricBucket
from localcloud.wire import Request, Response, Upgrade


def sums(metrics: Metrics) -> dict[str, float]:
    """Return each metric's sum, by its name."""
    return {
        drained.name: sum(MetricBucket.of(row).total for row in drained.rows) for drained in metrics.drain()
    }


def test_functions_measure_invocations_errors_throttles_and_concurrency() -> None:
    meter = InvocationMeter()
    with meter.invocation("pay"), meter.invocation("pay"):
        meter.ended("pay", 12.5, failed=True)
    with pytest.raises(TooManyRequests), meter.invocation("pay"):
        raise TooManyRequests("pay", 1)
    meter.observed(Observation("IteratorAge", "pay", 40.0))
    assert sums(meter.metrics) == {
        "Invocations": 1.0,
        "Errors": 1.0,
        "Throttles": 1.0,
        "Duration": 12.5,
        "ConcurrentExecutions": 2.0,
        "IteratorAge": 40.0,
    }


def test_appsync_measures_requests_and_real_time() -> None:
    metrics, live = Metrics(), [1]
    measures = ApiMeasures(metrics, "api", lambda: len(live))

    async def answer(request: Request) -> Response | Upgrade:
        return Response(int(request.body))

    def request(status: int, method: str = "POST") -> Request:
        return Request(method, "/graphql", {}, str(status).encode())

    async def ask() -> None:
        handler = measured_handler(answer, measures)
        for status in (200, 401, 500):
            await handler(request(status))
        await handler(request(200, "OPTIONS"))

    asyncio.run(ask())
    measures.connected(refused=False)
    measures.connected(refused=True)
    measures.disconnected()
    measures.subscribed()
    measures.published(3)
    shown: dict[str, Any] = sums(metrics)
    assert shown.pop("Latency") > 0
    assert shown == {
        "4XXError": 1.0,
        "5XXError": 1.0,
        "Requests": 3.0,
        "ConnectSuccess": 1.0,
        "ConnectClientError": 1.0,
        "DisconnectSuccess": 1.0,
        "SubscribeSuccess": 1.0,
        "PublishDataMessageSuccess": 3.0,
        "ActiveConnections": 1.0,
        "ActiveSubscriptions": 1.0,
    }
