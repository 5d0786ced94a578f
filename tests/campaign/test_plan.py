"""A campaign's plan and weather: the same seed gives the same, and all that can be there is."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from campaign.following import share_out
from campaign.plan import FUNCTIONS, StrikeKind, WayIn, make_plan
from campaign.striking import module_of
from campaign.weather import weather
from clients.ways import WAYS
from localcloud.engine.rules import ObjectFields
from localcloud.stack.template import read_template, resources
from tests.localcloud.running import ROOT


@given(st.integers(0, 10**6), st.integers(1, 60), st.integers(0, 3), st.integers(0, 3))
def test_plan_is_the_same_for_the_same_seed(seed: int, orders: int, kills: int, restarts: int) -> None:
    plan = make_plan(seed, orders, kills=kills, restarts=restarts)
    assert plan == make_plan(seed, orders, kills=kills, restarts=restarts)
    assert len({purchase.order_id for purchase in plan.purchases}) == orders
    kinds = Counter(strike.kind for strike in plan.strikes)
    assert (kinds[StrikeKind.KILL], kinds[StrikeKind.RESTART]) == (kills, restarts)
    assert all(0 <= strike.after <= orders for strike in plan.strikes)
    assert [strike.after for strike in plan.strikes] == sorted(strike.after for strike in plan.strikes)


def test_plan_has_every_submission_way_and_more_demand_than_stock() -> None:
    plan = make_plan(1, 200, kills=1, restarts=1)
    assert {purchase.way for purchase in plan.purchases} == set(WayIn)
    assert any(purchase.cancel for purchase in plan.purchases)
    assert any(purchase.decision for purchase in plan.purchases)
    demand = Counter[str]()
    for purchase in plan.purchases:
        demand.update({item.sku: item.quantity for item in purchase.order.items})
    assert all(0 < plan.stock[sku] < demand[sku] for sku in plan.stock)


def test_plan_functions_are_those_of_the_template() -> None:
    names = resources(read_template(ROOT / "appsync" / "template.yaml"))
    for function in FUNCTIONS:
        assert f"{function}Function" in names
        assert (ROOT / "resolvers" / f"{module_of(function)}.py").exists()


@given(st.integers(0, 10**6))
def test_weather_plan_is_accepted_by_the_local_cloud(seed: int) -> None:
    document = weather(seed)
    fields = ObjectFields(document, "")
    rates = Counter[tuple[str, str]]()
    for fault in fields.objects("faults"):
        name = fault.text("service"), fault.text("operation")
        rates[name] += fault.number("rate", low=0, high=1)  # type: ignore[assignment]
    assert all(0.049 <= rate <= 0.2 for rate in rates.values())


def test_channel_plan_gives_each_channel_orders_of_one_customer() -> None:
    plan = make_plan(1, 300, kills=0, restarts=0)
    customers = {purchase.order_id: purchase.customer for purchase in plan.purchases}
    records = share_out(plan.purchases, WAYS)
    assert [record.channel for record in records] == list(WAYS)
    for record in records:
        assert record.orders
        assert len(set(record.orders)) == len(record.orders)
        assert {customers[order_id] for order_id in record.orders} == {record.customer}
