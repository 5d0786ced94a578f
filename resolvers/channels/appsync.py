"""The AppSync channel: ``publishOrderStatus``, signed with the function's role.

A subscriber is sent no field that the publisher did not select, so the selection is always the
whole of `OrderStatusChange`; a test compares it with the contract.
"""

from __future__ import annotations

from orders.adapters.appsync_mutations import AppSyncMutation
from orders.adapters.signing import Role
from orders.model import OrderStatusChanged
from orders.views import change_view

SELECTION = ("orderId", "customerId", "version", "status", "at", "reason")
MUTATION = (
    "mutation PublishOrderStatus($input: OrderStatusInput!) "
    f"{{ publishOrderStatus(input: $input) {{ {' '.join(SELECTION)} }} }}"
)


class AppSyncChannel:
    """Notifies the subscribers of one AppSync API.

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
        self._mutation = AppSyncMutation("publishOrderStatus", MUTATION, url, region, role)

    def prepare(self) -> None:
        """Find the role's credentials."""
        self._mutation.prepare()

    def publish(self, change: OrderStatusChanged, *, deadline: float) -> None:
        """Notify the subscribers of ``change`` before ``deadline``."""
        # No reason is sent as no field: a null is a value of its own to AppSync.
        view = {name: value for name, value in change_view(change).items() if value is not None}
        self._mutation.call(view, deadline=deadline)

    def close(self) -> None:
        """Close the connections that are kept."""
        self._mutation.close()
