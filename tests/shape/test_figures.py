"""The shop's figures: what staff alone read and follow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shape.api import ADA, STAFF, Api
from tests.shape.samples import api, errors

FIGURES: dict[str, Any] = {"version": 3, "statuses": []}


async def test_publish_returns_the_figures() -> None:
    outcome = await api().call("Mutation.publishShopFigures", {"input": FIGURES})
    assert outcome.value == FIGURES


@pytest.mark.parametrize("field", ["Query.shopFigures", "Subscription.onShopFigures"])
async def test_customers_are_refused_the_figures(field: str) -> None:
    outcome = await api().call(field, {}, identity=ADA)
    assert errors(outcome) == [("StaffOnly", "Only staff may see the shop's figures.", None)]


async def test_staff_subscription_receives_all_figures() -> None:
    outcome = await api().call("Subscription.onShopFigures", {}, identity=STAFF)
    assert (outcome.value, outcome.errors, outcome.subscription_filter) == (None, [], None)


async def test_figures_are_refused_while_analytics_are_off() -> None:
    outcome = await Api(ANALYTICS="false").call("Query.shopFigures", {}, identity=STAFF)
    assert errors(outcome) == [("AnalyticsOff", "Analytics are switched off here.", None)]
