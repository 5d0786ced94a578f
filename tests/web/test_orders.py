"""Shop, order and list, as a visitor sees them, on a real local cloud."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from clients import Item
from tests.web.conftest import Shop, Visit
from tests.web.support import (
    NO_NETWORK,
    expect_live,
    expect_status,
    expect_whole_life,
    follow_to_the_end,
    order_on,
    place_order,
    sign_in,
    submit_by_program,
)

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
SHIFTS = """
globalThis.shifted = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) globalThis.shifted += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""


def test_order_is_followed_to_its_end(visit: Start) -> None:
    item = visit()
    addresses: list[str] = []
    item.context.on("request", lambda request: addresses.append(request.url))
    page = item.open()
    page.on("websocket", lambda socket: addresses.append(socket.url))
    sign_in(page)
    page.evaluate(SHIFTS)
    order_id = place_order(page)
    expect_live(page)
    expect_status(page, order_id, "DELIVERED")
    expect_whole_life(page)
    expect(page.get_by_role("button", name="Cancel order")).to_have_count(0)
    assert page.evaluate("globalThis.shifted") < 0.01
    page.get_by_role("link", name="My orders").first.click()
    expect_status(page, order_id, "DELIVERED")
    # No token is part of an address: those end in logs and histories.
    assert any(address.startswith("ws://") for address in addresses)
    assert [address for address in addresses if "eyJ" in address] == []


def test_form_submitted_twice_is_one_order(visit: Start) -> None:
    page = visit().open()
    sign_in(page, "grace")
    order_id = place_order(page, "Brass pen")
    page.go_back()
    expect(page.get_by_text("This form was sent already.")).to_be_visible()
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url(f"**/#/orders/{order_id}")
    page.get_by_role("link", name="My orders").first.click()
    expect(order_on(page, order_id)).to_have_count(1)
    expect_status(page, order_id, "DELIVERED")


@pytest.mark.parametrize(
    ("ware", "card", "expected"),
    [
        ("Oak spoon", "Declined", "The payment provider declined the card."),
        ("The last vase of its kind", "Approved", "There was not enough stock of at least one item"),
    ],
)
def test_failure_has_a_plain_explanation(visit: Start, ware: str, card: str, expected: str) -> None:
    page = visit().open()
    sign_in(page)
    order_id = place_order(page, ware, card)
    expect_status(page, order_id, "FAILED")
    expect(page.get_by_text(expected)).to_be_visible()
    expect(page.locator("ol.timeline > li[aria-current=step] strong")).to_have_text("Failed")


def test_order_is_cancelled_on_the_page(visit: Start) -> None:
    page = visit().open()
    sign_in(page)
    # Its payment is waited for, for long enough.
    order_id = place_order(page, card="No answer")
    page.get_by_role("button", name="Cancel order").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    expect_status(page, order_id, "CANCELLED")
    expect(page.get_by_text("You cancelled it. Stock and payment were given back.")).to_be_visible()


def test_order_of_another_customer_is_hidden(visit: Start) -> None:
    ada = visit().open()
    sign_in(ada)
    order_id = place_order(ada)
    grace = visit().open(f"#/orders/{order_id}")
    grace.get_by_role("button", name="Sign in as grace").click()
    expect(grace.get_by_text("There is no such order, or it is not yours.")).to_be_visible()
    expect_status(ada, order_id, "DELIVERED")
    expect(order_on(grace, order_id)).to_have_count(0)
    grace.get_by_role("link", name="My orders").first.click()
    expect(grace.get_by_role("heading", name="My orders")).to_be_visible()
    expect(order_on(grace, order_id)).to_have_count(0)


def test_page_misses_nothing_after_an_offline_time(visit: Start, shop: Shop) -> None:
    item = visit()
    item.expected += NO_NETWORK
    page = item.open()
    sign_in(page, "linus")
    expect_live(page)
    order_id = place_order(page)
    item.context.set_offline(True)
    bar = page.get_by_role("region", name="Connection")
    expect(bar).to_have_attribute("data-state", "away")
    expect(bar).to_contain_text("You are offline. Trying again as soon as the network is back.")
    shown = order_on(page, order_id).get_attribute("data-status")
    follow_to_the_end(shop, "linus", order_id)
    assert order_on(page, order_id).get_attribute("data-status") == shown
    item.context.set_offline(False)
    expect_status(page, order_id, "DELIVERED")
    expect_whole_life(page)
    expect_live(page)


def test_two_tabs_show_the_same(visit: Start) -> None:
    item = visit()
    first = item.open()
    sign_in(first, "margaret")
    second = item.open("#/orders")
    expect(second.get_by_role("heading", name="My orders")).to_be_visible()
    expect_live(second)
    order_id = place_order(first)
    fresh = second.get_by_role("button", name=re.compile("^Show 1 new order"))
    expect(fresh.or_(order_on(second, order_id)).first).to_be_visible()
    if fresh.is_visible():
        fresh.click()
    for page in (first, second):
        expect_status(page, order_id, "DELIVERED")
    expect_whole_life(first)
    second.goto(f"{item.url}#/orders/{order_id}")
    expect_whole_life(second)
    second.reload()
    expect_whole_life(second)


def test_user_input_is_shown_as_text(visit: Start, shop: Shop) -> None:
    wicked = "<img src=x onerror=\"document.title='had'\"><b>bold</b>"
    order = submit_by_program(shop, "ada", Item("SPOON-OAK", wicked, 1, 590))
    page = visit().open()
    sign_in(page)
    page.goto(f"{shop.url}#/orders/{order.id}")
    expect(page.get_by_role("cell", name=wicked)).to_have_text(wicked)
    assert page.locator("main img, main b").count() == 0
    assert page.title() != "had"


def test_page_works_by_keyboard_alone(visit: Start) -> None:
    page = visit().open()

    def press_until(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            focused = page.evaluate("document.activeElement.ariaLabel ?? document.activeElement.textContent")
            if name in focused:
                return
        raise AssertionError(f"the keyboard does not come to {name!r}")

    expect(page.get_by_role("button", name="Sign in as ada")).to_be_visible()
    press_until("Sign in as ada")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Shop", level=1)).to_be_visible()
    press_until("One more of Oak spoon")
    page.keyboard.press("Enter")
    press_until("Place order")
    page.keyboard.press("Enter")
    page.wait_for_url("**/#/orders/*-*")
    expect(page.locator("h1")).to_be_focused()
