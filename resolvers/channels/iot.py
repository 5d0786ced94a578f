"""The MQTT channel: each change to the order's topic at AWS IoT Core, by its HTTP data plane.

QoS 1, and retained: a later subscriber gets the last change at once. It is kept for a week.
"""

from __future__ import annotations

import json
from urllib.parse import quote

from orders.adapters.http import HttpPool
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed
from orders.model import OrderStatusChanged
from orders.topics import topic
from orders.views import change_view

KEPT = 604_800
"""Seconds that the last change is kept for: the longest that AWS IoT allows."""

QUERY = f"messageExpiry={KEPT}&qos=1&retain=true"
"""In the order of the names, as they are signed."""


class IotChannel:
    """Notifies the subscribers of an order's topic.

    Parameters
    ----------
    url : str
        AWS IoT's data endpoint.
    region : str
        The region that it is in.
    role : Role, optional
        Who signs.
    """

    name = "iot"
    deadline = 0.5

    def __init__(self, url: str, region: str, role: Role | None = None) -> None:
        self._url = url.rstrip("/")
        self._pool = HttpPool(self._url)
        self._signer = Signer("iotdata", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Notify the subscribers of ``change`` before ``deadline``."""
        path = f"/topics/{quote(topic(change.customer_id, change.order_id), safe='')}?{QUERY}"
        body = json.dumps(change_view(change), separators=(",", ":")).encode()
        headers = self._signer.sign(self._url + path, body, {"content-type": "application/octet-stream"})
        answer = self._pool.post(body, headers, deadline=deadline, path=path)
        if answer.status != 200:
            raise PublishFailed(f"AWS IoT answered {answer.status}: {answer.body[:200]!r}")

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()
