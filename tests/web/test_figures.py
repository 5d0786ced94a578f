"""The shop's figures as staff see them: live, kept still, offline, off, and for staff alone."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from clients import Item
from tests.web.conftest import Shop, Visit
from tests.web.support import NO_NETWORK, follow_to_the_end, sign_in, submit_by_program
from tests.web.test_looks import Looks
from tests.web.test_trace import sign_in_as_staff

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
SPOON = Item("SPOON-OAK", "Oak spoon", 1, 420)
# Windows, a cold consumer and a busy machine lie between an order and its figure.
SECONDS = 60_000


def deliver(shop: Shop) -> None:
    follow_to_the_end(shop, "ada", submit_by_program(shop, "ada", SPOON).id)


def open_figures(page: Page) -> None:
    page.get_by_role("navigation").get_by_role("link", name="Figures").click()
    expect(page.get_by_role("heading", name="Figures", level=1)).to_be_focused()


def state(page: Page) -> Locator:
    return page.locator(".figures-state")


def delivered(page: Page) -> Locator:
    """Return the cell that tells how many orders are delivered."""
    return page.locator('[data-chart="statuses"] tr[data-status="DELIVERED"] td').first


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_staff_see_live_figures(visit: Start, shop: Shop, scheme: str, width: int) -> None:
    deliver(shop)
    visitor = visit(
        color_scheme=scheme,
        viewport={"width": width, "height": 800},
        is_mobile=width == 360,
        reduced_motion="reduce",
    )
    page = visitor.open()
    looks = Looks(page, f"{width}-{scheme}")
    sign_in_as_staff(page)
    open_figures(page)
    expect(state(page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    page.get_by_text("By status, as a table").click()
    expect(delivered(page)).not_to_have_text("0", timeout=SECONDS)
    before = int(delivered(page).inner_text())

    deliver(shop)
    expect(delivered(page)).to_have_text(str(before + 1), timeout=SECONDS)
    expect(page.locator('[data-currency="EUR"] .money')).to_have_text(re.compile(r"^€\d+\.\d\d$"))
    expect(page.locator('[data-chart="delivery"] .summary')).to_contain_text("half were delivered within")
    expect(page.locator("[data-spoken]")).to_have_text(
        re.compile(r"^Figures of .+ dead letters?\.$"), timeout=SECONDS
    )
    chart = page.get_by_role("img", name="Orders a minute, the last 60 minutes")
    expect(chart).to_have_accessible_description(re.compile(r"^In 60 minutes \d+ orders? came in"))
    expect(chart.locator("[data-minute]")).to_have_count(60)
    expect(page.locator('[data-tile="letters"] a')).to_have_attribute("href", "#/letters")
    looks.at("figures")
    assert looks.wrong == []


def test_figures_can_be_paused_and_outlive_a_lost_network(visit: Start, shop: Shop) -> None:
    visitor = visit(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    visitor.expected += NO_NETWORK
    deliver(shop)
    page = visitor.open()
    sign_in_as_staff(page)
    open_figures(page)
    expect(state(page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    expect(delivered(page)).not_to_have_text("0", timeout=SECONDS)
    shown = page.locator("[data-version]")

    page.get_by_role("button", name="Hold still").click()
    version = shown.get_attribute("data-version") or ""
    before = int(delivered(page).text_content() or "")
    deliver(shop)
    expect(state(page)).not_to_have_attribute("data-newest", version, timeout=SECONDS)
    expect(shown).to_have_attribute("data-version", version)
    page.get_by_role("button", name="Hold still").click()
    expect(delivered(page)).to_have_text(str(before + 1), timeout=SECONDS)

    visitor.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    expect(state(page).get_by_text("these are the last figures that came")).to_be_visible(timeout=SECONDS)
    deliver(shop)
    visitor.context.set_offline(False)
    expect(state(page)).to_have_attribute("data-state", "live", timeout=SECONDS)
    expect(delivered(page)).to_have_text(str(before + 2), timeout=SECONDS)


def test_customers_are_not_led_to_figures_and_are_refused(visit: Start, shop: Shop) -> None:
    page = visit().open()
    sign_in(page, "ada")
    expect(page.get_by_role("navigation").get_by_role("link", name="Figures")).to_have_count(0)
    page.goto(f"{shop.url}#/figures")
    expect(page.get_by_text("Only staff may do this.")).to_be_visible()


def test_figures_say_which_parameter_turns_them_on(visit: Start, shop: Shop) -> None:
    def off(route: Route) -> None:
        if "query ShopFigures" not in (route.request.post_data or ""):
            route.fallback()
            return
        error = {
            "message": "The analytics are switched off here.",
            "errorType": "AnalyticsOff",
            "path": ["shopFigures"],
        }
        route.fulfill(
            status=200,
            headers={"Access-Control-Allow-Origin": "*", "Content-Type": "application/json"},
            body=json.dumps({"data": None, "errors": [error]}),
        )

    page = visit(viewport={"width": 360, "height": 800}, is_mobile=True).open()
    sign_in_as_staff(page)
    page.route("**/graphql", off)
    looks = Looks(page, "360-light")
    open_figures(page)
    expect(page.get_by_text("Analytics=true").first).to_be_visible()
    looks.at("figures-off")
    assert looks.wrong == []
