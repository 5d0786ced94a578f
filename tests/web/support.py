"""What visitors do, in their own words, and what is looked at."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from playwright.sync_api import Locator, Page, expect

from clients import Credentials, Item, NewOrder, Order, OrderClient
from demo.shop import PASSWORD
from tests.web.conftest import Shop

LIFE = ["Received", "Validated", "Confirmed", "Packed", "Shipped", "Delivered"]
# What a browser says of a network that the test took away.
NO_NETWORK = [
    r"net::ERR_(INTERNET_DISCONNECTED|FAILED|NETWORK_CHANGED|CONNECTION_\w+|ABORTED)",
    r"WebSocket connection to '.*' failed",
]
T = TypeVar("T")


def sign_in(page: Page, name: str = "ada") -> None:
    """Sign in by the button of a demo customer."""
    page.get_by_role("button", name=f"Sign in as {name}").click()
    expect(page.get_by_role("heading", name="Shop", level=1)).to_be_visible()


def place_order(page: Page, ware: str = "Oak spoon", card: str = "Approved") -> str:
    """Fill the form and send it; return the order's id."""
    page.get_by_role("link", name="Shop").click()
    page.get_by_role("button", name="Start a new order").click()
    page.get_by_role("button", name=f"One more of {ware}").click()
    page.get_by_role("radio", name=card).check()
    page.get_by_role("button", name="Place order").click()
    page.wait_for_url("**/#/orders/*-*")
    return page.url.rsplit("/", 1)[1]


def order_on(page: Page, order_id: str) -> Locator:
    """Return the element that shows an order, on its own page or in the list."""
    return page.locator(f'[data-order="{order_id}"]')


def expect_status(page: Page, order_id: str, status: str, seconds: float = 90) -> None:
    """Wait until an order is shown in a status."""
    expect(order_on(page, order_id)).to_have_attribute("data-status", status, timeout=seconds * 1000)


def expect_whole_life(page: Page) -> None:
    """Check that the order's page shows each state once and in order, each with its time."""
    entries = page.locator("ol.timeline > li")
    expect(entries.locator("strong")).to_have_text(LIFE)
    expect(entries.locator("time")).to_have_count(len(LIFE))
    versions = entries.evaluate_all("all => all.map((one) => one.dataset.version)")
    assert versions == [str(version) for version in range(1, len(LIFE) + 1)]


def expect_live(page: Page) -> None:
    """Wait until the page says that changes appear as they happen."""
    expect(page.get_by_role("region", name="Connection")).to_have_attribute("data-state", "live")


def choose_lanes(page: Page, lanes: Sequence[str]) -> None:
    """Have these lanes run and no other."""
    summary = page.locator(".chooser summary")
    summary.click()
    for choice in page.locator("[data-choice]:not(.absent)").all():
        wanted = choice.get_attribute("data-choice") in lanes
        choice.get_by_role("checkbox").set_checked(wanted)
    summary.click()


def expect_lanes_done(page: Page, lanes: Sequence[str]) -> None:
    """Wait until each lane shows each state once and in order."""
    for lane in lanes:
        card = page.locator(f'[data-lane="{lane}"]')
        expect(card).to_have_attribute("data-state", "done", timeout=40_000)
        rows = card.locator("tbody tr")
        expect(rows.locator("th")).to_have_text(LIFE)
        versions = rows.evaluate_all("all => all.map((row) => row.dataset.version)")
        assert versions == ["1", "2", "3", "4", "5", "6"], lane


def submit_by_program(shop: Shop, customer: str, *items: Item, card: str = "tok_approve") -> Order:
    """Submit an order without the page."""

    async def submit() -> Order:
        async with OrderClient(shop.ready.settings, Credentials(customer, PASSWORD)) as client:
            return await client.submit(NewOrder("EUR", items, card))

    return aside(submit())


def follow_to_the_end(shop: Shop, customer: str, order_id: str) -> None:
    """Wait, without the page, until an order is final."""

    async def follow() -> None:
        async with OrderClient(shop.ready.settings, Credentials(customer, PASSWORD)) as client:
            async for _ in client.follow(order_id):
                pass

    aside(follow())


def aside(work: Coroutine[object, object, T]) -> T:
    """Run a coroutine in a thread: in this one, Playwright's loop runs."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
