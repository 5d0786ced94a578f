"""The AppSync Events channel: one event to ``/orders/{customer}/{order}``, signed with the function's role.

The customer's id stands in the channel's path, so that who may listen is decided once, when a client
subscribes (``appsync/js/channels/orders.js``), and not again for each event.
"""

from __future__ import annotations

import json

from orders.adapters.endpoints import events_endpoint
from orders.adapters.http import HttpPool, Response
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed
from orders.model import OrderStatusChanged
from orders.views import change_view

NAMESPACE = "orders"


class EventsChannel:
    """Publishes to the channels of one Event API.

    A publish holds one event. AppSync takes five, but a chain of fan-out publishes the changes of one
    order one after another, and those of different orders go to different channels.

    Parameters
    ----------
    host : str
        The Event API's HTTP host.
    region : str
        The region that the API is in.
    role : Role, optional
        Who signs.
    """

    name = "events"
    deadline = 0.5

    def __init__(self, host: str, region: str, role: Role | None = None) -> None:
        self._url = events_endpoint(host)
        self._pool = HttpPool(self._url)
        self._signer = Signer("appsync", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Publish ``change`` before ``deadline``; a channel without listeners accepts it as well."""
        event = json.dumps(change_view(change), separators=(",", ":"))
        document = {"channel": channel_of(change), "events": [event]}
        body = json.dumps(document, separators=(",", ":")).encode()
        headers = self._signer.sign(self._url, body, {"content-type": "application/json"})
        _check(self._pool.post(body, headers, deadline=deadline))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()


def channel_of(change: OrderStatusChanged) -> str:
    """Return the channel on which a change is published.

    Its segments are UUIDs of 36 characters: AppSync takes up to 50 letters, digits and dashes.
    """
    return f"/{NAMESPACE}/{change.customer_id}/{change.order_id}"


def _check(response: Response) -> None:
    """Raise unless the one event was taken: a 200 may name it among the ``failed``."""
    try:
        answer = json.loads(response.body)
    except ValueError:
        answer = None
    members = answer if isinstance(answer, dict) else {}
    errors = members.get("errors") or members.get("failed")
    if errors:
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        reason = f"{first.get('errorType') or first.get('code')}: {first.get('message')}"
        raise PublishFailed(f"AppSync Events answered {response.status}, the first error {reason[:200]}")
    if response.status != 200:
        raise PublishFailed(f"AppSync Events answered {response.status}")
    if not members.get("successful"):
        raise PublishFailed("AppSync Events answered 200 without the published event")
