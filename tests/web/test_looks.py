"""Each page in light and dark, on a phone and on a wide screen: accessible, and kept as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.localcloud.running import ROOT
from tests.web.conftest import Shop, Visit
from tests.web.support import (
    choose_lanes,
    expect_lanes_done,
    expect_live,
    expect_status,
    place_order,
    sign_in,
)
from tests.web.test_lanes import SERVED

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
SCREENSHOTS = ROOT / "build" / "screenshots"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
RUN_AXE = """async () => (await axe.run(document, { resultTypes: ["violations"] })).violations
  .map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(" ")).join(", ")}`)"""
SIZES = {"phone": (390, 844), "desktop": (1440, 900)}


class Looks:
    """Looks at a page as it is."""

    def __init__(self, page: Page, name: str) -> None:
        self._page = page
        self._name = name
        self.wrong: list[str] = []

    def at(self, what: str) -> None:
        """Keep a picture, and note what is not accessible, or wider than the screen."""
        page = self._page
        page.mouse.move(0, 0)
        page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished.catch(() => 0)))")
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        page.screenshot(path=SCREENSHOTS / f"{what}-{self._name}.png", full_page=True)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        self.wrong += [f"{what}: {violation}" for violation in page.evaluate(RUN_AXE)]
        # A phone's window grows with what is too wide for it; its screen does not.
        wide = page.evaluate("document.documentElement.scrollWidth - Math.min(innerWidth, screen.width)")
        if wide > 0:
            self.wrong.append(f"{what}: {wide} pixels wider than the screen")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_has_its_reference_look(
    visit: Start, shop: Shop, comparison: Path, scheme: str, size: str
) -> None:
    width, height = SIZES[size]
    page = visit(
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        is_mobile=size == "phone",
        has_touch=size == "phone",
        reduced_motion="reduce",
        locale="en-GB",
        timezone_id="Europe/Paris",
    ).open()
    looks = Looks(page, f"{size}-{scheme}")
    expect(page.get_by_role("button", name="Sign in as ada")).to_be_visible()
    looks.at("sign-in")
    sign_in(page)
    expect_live(page)
    looks.at("shop")
    # Its payment is waited for, for longer than a picture takes.
    waiting = place_order(page, card="No answer")
    expect_status(page, waiting, "VALIDATED")
    looks.at("order-under-way")
    order_id = place_order(page)
    expect_status(page, order_id, "DELIVERED")
    looks.at("order-delivered")
    failed = place_order(page, card="Declined")
    expect_status(page, failed, "FAILED")
    looks.at("order-failed")
    page.get_by_role("link", name="My orders").first.click()
    expect_status(page, failed, "FAILED")
    looks.at("orders")
    page.goto(f"{shop.url}#/orders/none")
    expect(page.get_by_text("There is no such order, or it is not yours.")).to_be_visible()
    looks.at("order-missing")
    page.get_by_role("link", name="Lanes").click()
    page.locator(".chooser summary").click()
    looks.at("lanes-choice")
    page.locator(".chooser summary").click()
    choose_lanes(page, SERVED)
    page.get_by_role("slider", name="Polling interval").fill("500")
    page.get_by_role("button", name="Submit an order").click()
    expect_lanes_done(page, SERVED)
    looks.at("lanes")
    page.get_by_role("button", name="Cut my network").click()
    expect(page.get_by_role("region", name="Connection")).to_have_attribute("data-state", "away")
    looks.at("lanes-cut")
    page.get_by_role("button", name="Mend my network").click()
    expect_live(page)
    page.get_by_role("link", name="Report").click()
    expect(page.locator("figure").first).to_be_visible()
    looks.at("report")
    assert looks.wrong == []
