"""Publishes the shop's figures to subscribers: ``publishShopFigures``, always with the whole selection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from orders.adapters.appsync_mutations import AppSyncMutation
from orders.adapters.signing import Role

SELECTION: Final = (
    "version at windowSeconds statuses { status now entries } minutes { minute entries { status count } } "
    "revenue { currency amount orders } delivery { orders p50Ms p95Ms averageMs } deadLetters"
)
MUTATION: Final = (
    "mutation PublishShopFigures($input: ShopFiguresInput!) "
    f"{{ publishShopFigures(input: $input) {{ {SELECTION} }} }}"
)


class AppSyncFiguresFeed:
    """Keeps ``orders.analytics.ports.FiguresFeed``.

    Parameters
    ----------
    url : str
        The API's GraphQL address.
    region : str
        The region that the API is in.
    role : Role, optional
        Who signs.
    """

    def __init__(self, url: str, region: str, role: Role | None = None) -> None:
        self._mutation = AppSyncMutation("publishShopFigures", MUTATION, url, region, role)

    def publish(self, figures: Mapping[str, object], *, deadline: float) -> None:
        """Publish the figures before `deadline`.

        Raises
        ------
        PublishFailed, PublishLate
        """
        self._mutation.call(figures, deadline=deadline)
