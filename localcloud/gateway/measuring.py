"""What CloudWatch shows of REST and WebSocket APIs (``AWS/ApiGateway``).

Sources: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
and apigateway-websocket-api-logging.html beside it.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from functools import lru_cache
from typing import Final, TypeVar

from aiohttp import web

from localcloud.gateway.api_port import ApiEndpoint
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import RestApi
from localcloud.gateway.errors import GatewayRefused
from localcloud.gateway.requests import Incoming
from localcloud.watchtower.facade import Dimensions, Metrics

NAMESPACE: Final = "AWS/ApiGateway"
OF_REQUESTS: Final = (
    *(("Count", "Count"), ("4XXError", "Count"), ("5XXError", "Count"), ("Latency", "Milliseconds")),
)
OF_HTTP_REQUESTS: Final = (
    *(("Count", "Count"), ("4xx", "Count"), ("5xx", "Count"), ("Latency", "Milliseconds")),
)
Value = TypeVar("Value")


@lru_cache(maxsize=256)
def _of_stage(name: str, value: str, stage: str) -> Dimensions:
    return ((name, value), ("Stage", stage))


class GatewayMeasures:
    """Measures the APIs of the gateway."""

    def __init__(self, metrics: Metrics) -> None:
        self._put, self._put_several = metrics.put, metrics.put_several

    def record_response(self, api: RestApi, stage: str, status: int, ms: float) -> None:
        """Measure a request to a REST API."""
        values = (1.0, float(400 <= status < 500), float(status >= 500), ms)
        self._put_several(NAMESPACE, _of_stage("ApiName", api.name, stage), OF_REQUESTS, values)

    def record_http_response(self, api_id: str, stage: str, status: int, ms: float) -> None:
        """Measure a request to an HTTP API, whose metrics have names of their own."""
        values = (1.0, float(400 <= status < 500), float(status >= 500), ms)
        self._put_several(NAMESPACE, _of_stage("ApiId", api_id, stage), OF_HTTP_REQUESTS, values)

    async def integration(self, api: RestApi, stage: str, work: Awaitable[Value]) -> Value:
        """Measure what is behind a REST API, and return its answer."""
        started = time.perf_counter()
        try:
            return await work
        finally:
            ms = (time.perf_counter() - started) * 1000
            dimensions = _of_stage("ApiName", api.name, stage)
            self._put(NAMESPACE, "IntegrationLatency", dimensions, ms, "Milliseconds")

    def connected(self, api_id: str, stage: str) -> None:
        """Measure a WebSocket that was let in."""
        self._put(NAMESPACE, "ConnectCount", _of_stage("ApiId", api_id, stage), 1)

    def message(self, api_id: str, stage: str, *, error: str | None = None) -> None:
        """Measure a message: ``error`` is ``ClientError`` or ``IntegrationError`` where it failed."""
        dimensions = _of_stage("ApiId", api_id, stage)
        self._put(NAMESPACE, "MessageCount", dimensions, 1)
        for name in ("ClientError", "IntegrationError"):
            self._put(NAMESPACE, name, dimensions, 1 if name == error else 0)


class MeasuredEndpoint:
    """A REST API's endpoint that measures each request."""

    def __init__(self, endpoint: ApiEndpoint, api: Callable[[], Api], measures: GatewayMeasures) -> None:
        self._endpoint, self._api, self._measures = endpoint, api, measures

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""
        self._endpoint.serve(api)

    async def close(self) -> None:
        """Close whatever is open."""
        await self._endpoint.close()

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        started = time.perf_counter()
        status = 500
        try:
            response = await self._endpoint.answer(incoming, request)
            status = response.status
        except GatewayRefused as problem:
            status = problem.status
            raise
        else:
            return response
        finally:
            api, stage = self._api(), incoming.path.removeprefix("/").partition("/")[0]
            if isinstance(api, RestApi) and stage in api.stages:
                self._measures.record_response(api, stage, status, (time.perf_counter() - started) * 1000)
