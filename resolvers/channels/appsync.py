"""The AppSync channel: ``publishOrderStatus``, signed with the function's role.

A subscriber is sent no field that the publisher did not select, so the selection is always the
whole of `OrderStatusChange`; a test compares it with the contract.
"""

from __future__ import annotations

import json

from orders.adapters.http import HttpPool, Response
from orders.adapters.signing import Role, Signer
from orders.errors import PublishFailed
from orders.model import OrderStatusChanged
from orders.views import change_view

SELECTION = ("orderId", "customerId", "version", "status", "at", "reason")
MUTATION = (
    "mutation PublishOrderStatus($input: OrderStatusInput!) "
    f"{{ publishOrderStatus(input: $input) {{ {' '.join(SELECTION)} }} }}"
)


class AppSyncChannel:
    """Tells the subscribers of one AppSync API.

    Parameters
    ----------
    url : str
        The API's GraphQL address.
    region : str
        The region that the API is in.
    role : Role, optional
        Who signs.
    """

    name = "appsync"
    deadline = 0.5

    def __init__(self, url: str, region: str, role: Role | None = None) -> None:
        self._url = url
        self._pool = HttpPool(url)
        self._signer = Signer("appsync", region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._signer.prepare()

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Tell the subscribers of ``change`` before ``deadline``."""
        # No reason is sent as no field: a null is a value of its own to AppSync.
        variables = {name: value for name, value in change_view(change).items() if value is not None}
        body = json.dumps(
            {"query": MUTATION, "variables": {"input": variables}}, separators=(",", ":")
        ).encode()
        headers = self._signer.sign(self._url, body, {"content-type": "application/json"})
        _check(self._pool.post(body, headers, deadline=deadline))

    def close(self) -> None:
        """Close the connections that are kept."""
        self._pool.close()


def _check(response: Response) -> None:
    """Raise unless the mutation was carried out: a 200 may carry ``errors`` all the same."""
    try:
        answer = json.loads(response.body)
    except ValueError:
        answer = None
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if errors:
        first = errors[0] if isinstance(errors, list) and isinstance(errors[0], dict) else {}
        reason = f"{first.get('errorType')}: {first.get('message')}"
        raise PublishFailed(f"AppSync answered {response.status} with errors, the first {reason[:200]}")
    if response.status != 200 or not isinstance(answer, dict):
        raise PublishFailed(f"AppSync answered {response.status}")
    data = answer.get("data")
    if not isinstance(data, dict) or data.get("publishOrderStatus") is None:
        raise PublishFailed("AppSync answered 200 without the published change")
