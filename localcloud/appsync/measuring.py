"""What CloudWatch shows of a GraphQL API (``AWS/AppSync``), measured where it happens.

Source: https://docs.aws.amazon.com/appsync/latest/devguide/monitoring.html
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from localcloud.watchtower.facade import Metrics
from localcloud.wire import AsyncHandler, Request, Response, Upgrade

NAMESPACE: Final = "AWS/AppSync"
OF_REQUESTS: Final = (
    *(("4XXError", "Count"), ("5XXError", "Count"), ("Latency", "Milliseconds"), ("Requests", "Count")),
)


class ApiMeasures:
    """Measures one API.

    Attributes
    ----------
    connections
        How many WebSockets are open.
    """

    def __init__(self, metrics: Metrics, api_id: str, subscriptions: Callable[[], int]) -> None:
        self._put, self._put_several = metrics.put, metrics.put_several
        self._dimensions = (("GraphQLAPIId", api_id),)
        self._subscriptions = subscriptions
        self.connections = 0
        metrics.gauges[f"{NAMESPACE}/{api_id}"] = self._gauge

    def request(self, status: int, ms: float) -> None:
        """Measure a request over HTTP."""
        values = (float(400 <= status < 500), float(status >= 500), ms, 1.0)
        self._put_several(NAMESPACE, self._dimensions, OF_REQUESTS, values)

    def connected(self, *, refused: bool) -> None:
        """Measure a WebSocket's handshake."""
        self.connections += 1
        self._put(NAMESPACE, "ConnectClientError" if refused else "ConnectSuccess", self._dimensions, 1)

    def disconnected(self) -> None:
        """Measure a WebSocket's end."""
        self.connections -= 1
        self._put(NAMESPACE, "DisconnectSuccess", self._dimensions, 1)

    def subscribed(self) -> None:
        """Measure a subscription that is live."""
        self._put(NAMESPACE, "SubscribeSuccess", self._dimensions, 1)

    def unsubscribed(self) -> None:
        """Measure a subscription's end."""
        self._put(NAMESPACE, "UnsubscribeSuccess", self._dimensions, 1)

    def published(self, count: int) -> None:
        """Measure an event that was sent to ``count`` subscribers."""
        self._put(NAMESPACE, "PublishDataMessageSuccess", self._dimensions, 1, count=count)

    def _gauge(self, metrics: Metrics) -> None:
        subscriptions = self._subscriptions()
        if self.connections or subscriptions:
            metrics.put(NAMESPACE, "ActiveConnections", self._dimensions, self.connections)
            metrics.put(NAMESPACE, "ActiveSubscriptions", self._dimensions, subscriptions)


def measured_handler(handler: AsyncHandler, measures: ApiMeasures) -> AsyncHandler:
    """Return the handler of an API's port with each request to its endpoint measured."""

    async def handle(request: Request) -> Response | Upgrade:
        if request.upgrade or request.path != "/graphql" or request.method == "OPTIONS":
            return await handler(request)
        started = time.perf_counter()
        answer = await handler(request)
        if isinstance(answer, Response):
            measures.request(answer.status, (time.perf_counter() - started) * 1000)
        return answer

    return handle
