"""The tab that says which channel to take: by sliders, by keyboard, and with what was measured."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.web.conftest import Shop, Visit
from tests.web.support import sign_in
from tests.web.test_looks import SIZES, Looks

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
CHANNELS = 11


def answer(page: Page) -> str:
    return page.get_by_role("region", name="The answer").inner_text()


def test_the_first_tab_needs_no_sign_in_and_follows_the_sliders(visit: Start) -> None:
    page = visit().open("#/choose")
    expect(page.get_by_role("heading", name="Which channel?", level=1)).to_be_visible()
    assert page.get_by_role("navigation").get_by_role("link").first.inner_text() == "Which channel?"
    expect(page.locator("[data-channel]")).to_have_count(CHANNELS)
    expect(page.locator("[data-point]")).to_have_count(CHANNELS)
    before = answer(page)
    assert re.search(r"For 10,000 orders a day, each followed by one page for 20 min: .+ costs \$", before)
    orders = page.get_by_role("slider", name="Orders a day")
    orders.focus()
    page.keyboard.press("ArrowRight")
    expect(orders).to_have_attribute("aria-valuetext", "20,000")
    assert "For 20,000 orders a day" in answer(page)
    orders.press("End")
    page.get_by_role("slider", name="Followers an order").press("End")
    expect(page.get_by_text("no channel that pushes bears it")).to_be_visible()
    assert page.locator("[data-point].broken").count() > 5
    page.get_by_role("combobox", name="Region").select_option("eu-west-1")
    assert answer(page) != before


def test_the_first_tab_shows_what_was_measured_beside_what_is_modelled(
    visit: Start, shop: Shop, comparison: Path
) -> None:
    channels = json.loads(comparison.read_text(encoding="utf-8"))["channels"]
    measured = {channel["name"] for channel in channels if channel["mode"] == "alone"}
    page = visit().open()
    sign_in(page)
    page.get_by_role("link", name="Which channel?").click()
    expect(page.get_by_role("columnheader", name="Measured here")).to_be_visible()
    for name in measured:
        expect(page.locator(f'[data-channel="{name}"]')).to_contain_text(re.compile(r"\d m?s"))
    assert page.title().startswith("Which channel?")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_choosing_tab_has_its_reference_look(visit: Start, scheme: str, size: str) -> None:
    width, height = SIZES[size]
    page = visit(
        color_scheme=scheme,
        viewport={"width": width, "height": height},
        is_mobile=size == "phone",
        has_touch=size == "phone",
        reduced_motion="reduce",
    ).open("#/choose")
    looks = Looks(page, f"{size}-{scheme}")
    expect(page.locator("[data-point]")).to_have_count(CHANNELS)
    page.locator("details > summary").click()
    looks.at("choose")
    page.get_by_role("slider", name="Orders a day").press("End")
    looks.at("choose-broken")
    assert looks.wrong == []
