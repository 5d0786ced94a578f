"""Everyone's orders, as staff see them, and news of orders on other pages."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from clients import Item
from tests.web.conftest import Shop, Visit
from tests.web.support import (
    expect_live,
    expect_status,
    follow_to_the_end,
    order_on,
    sign_in,
    submit_by_program,
)
from tests.web.test_looks import Looks
from tests.web.test_trace import sign_in_as_staff

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
SPOON = Item("SPOON-OAK", "Oak spoon", 1, 420)
# Above the limit, so that staff must approve it.
DEAR = Item("SPOON-OAK", "Oak spoon", 1, 150_000_000)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1440), ("dark", 390)])
def test_staff_approve_search_and_filter_on_the_board(
    visit: Start, shop: Shop, scheme: str, width: int
) -> None:
    early = submit_by_program(shop, "grace", SPOON).id
    follow_to_the_end(shop, "grace", early)
    page = visit(
        color_scheme=scheme, viewport={"width": width, "height": 900}, reduced_motion="reduce"
    ).open()
    looks = Looks(page, f"{width}-{scheme}")
    sign_in_as_staff(page)
    page.get_by_role("navigation").get_by_role("link", name="All orders").click()
    expect(page.get_by_role("heading", name="All orders", level=1)).to_be_focused()
    expect_status(page, early, "DELIVERED")
    expect_live(page)

    dear = submit_by_program(shop, "ada", DEAR).id
    page.get_by_role("button", name=re.compile("^Show 1 new order")).click()
    expect_status(page, dear, "AWAITING_APPROVAL")
    looks.at("board")
    page.get_by_role("combobox", name="Status").select_option("Awaiting approval")
    expect(order_on(page, early)).to_have_count(0)
    decision = page.get_by_role("group", name=f"Decide on order {dear[:8]}")
    decision.get_by_role("button", name="Approve").click()
    expect(order_on(page, dear)).to_have_count(0)  # it goes on, and leaves the list

    page.get_by_role("searchbox", name="Order number").fill(f"No. {dear[:8]}")
    expect_status(page, dear, "DELIVERED")
    looks.at("board-search")
    page.get_by_role("searchbox", name="Order number").fill("11111111-2222-4333-8444-555555555555")
    expect(page.get_by_text("There is no such order.")).to_be_visible()
    assert looks.wrong == []


def test_customers_are_refused_the_board(visit: Start, shop: Shop) -> None:
    page = visit().open()
    sign_in(page)
    expect(page.get_by_role("navigation").get_by_role("link", name="All orders")).to_have_count(0)
    page.goto(f"{shop.url}#/board")
    expect(page.get_by_text("Only staff may do this.")).to_be_visible()


def test_news_of_an_order_leads_to_it_from_another_page(visit: Start, shop: Shop) -> None:
    page = visit().open()
    sign_in(page, "linus")
    expect_live(page)
    order_id = submit_by_program(shop, "linus", SPOON).id
    toast = page.locator(f'[data-toast="{order_id}"]')
    expect(toast).to_contain_text("Delivered", timeout=90_000)
    toast.get_by_role("link").click()
    page.wait_for_url(f"**/#/orders/{order_id}")
    expect(toast).to_have_count(0)


def test_a_quantity_above_the_limit_is_refused_and_an_order_empties_the_cart(visit: Start) -> None:
    page = visit().open()
    sign_in(page, "margaret")
    spoons = page.get_by_role("spinbutton", name="Quantity of Oak spoon")
    spoons.fill("9999")
    expect(page.get_by_text("At most 999 of one item.")).to_be_visible()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_text("nothing was ordered")).to_be_visible()
    expect(spoons).to_have_value("9999")
    spoons.fill("2")
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url("**/#/orders/*-*")
    page.get_by_role("link", name="Shop").click()
    expect(spoons).to_have_value("0")


def test_each_tab_shows_its_own_page_after_any_other(visit: Start) -> None:
    page = visit().open()
    sign_in(page, "staff")
    tabs = page.get_by_role("navigation").get_by_role("link")
    names = tabs.all_inner_texts()
    assert len(names) == 9
    for name in [*names, *reversed(names[:-1])]:
        tabs.get_by_text(name, exact=True).click()
        expect(page.get_by_role("heading", name=re.compile(f"^{re.escape(name)}"), level=1)).to_be_focused()
