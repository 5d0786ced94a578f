"""One order over every channel, side by side, and the report of the last comparison."""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from demo.shop import PASSWORD
from tests.localcloud.running import ROOT
from tests.web.conftest import Shop, Visit
from tests.web.support import NO_NETWORK, choose_lanes, expect_lanes_done, sign_in

pytestmark = [pytest.mark.integration, pytest.mark.slow]
Start = Callable[..., Visit]
# Those of the companion, and of the stack itself: all that need no receiver on this machine.
SERVED = (
    "appsync",
    "events",
    "websocket",
    "graphql-ws",
    "iot",
    "sse",
    "longpoll",
    "poll-fixed",
    "poll-backoff",
    "synchronous",
)


def open_lanes(page: Page, lanes: Sequence[str] = SERVED, interval: int = 500) -> None:
    sign_in(page)
    page.get_by_role("link", name="Lanes").click()
    choose_lanes(page, lanes)
    page.get_by_role("slider", name="Polling interval").fill(str(interval))


def figure(page: Page, lane: str, name: str) -> int:
    value = page.locator(f'[data-lane="{lane}"] dl > div', has_text=name).locator("dd").inner_text()
    return int(value.replace(",", ""))


def test_every_lane_shows_every_state(visit: Start) -> None:
    page = visit().open()
    open_lanes(page)
    page.get_by_role("button", name="Submit an order").click()
    expect_lanes_done(page, SERVED)
    for lane in SERVED:
        assert figure(page, lane, "Bytes") > 100, lane
        assert figure(page, lane, "Requests") > 0, lane
        # The race says the same in words beside what it draws: delay, cost, and what was shown in time.
        expect(page.locator(f'[data-track="{lane}"]')).to_contain_text(
            re.compile(r"Done.*median delay: [0-9.]+ m?s.*\$[0-9]+\.[0-9]{2}.*of 6 states shown")
        )
    # A poller of every half second sends more requests than a subscriber.
    assert figure(page, "poll-fixed", "Requests") > figure(page, "websocket", "Requests")
    page.get_by_role("button", name="Submit another").click()
    expect(page.locator('[data-lane="appsync"]')).not_to_have_attribute("data-state", "done")
    expect_lanes_done(page, SERVED)


def test_chosen_lanes_alone_run_and_the_choice_is_kept(visit: Start) -> None:
    page = visit().open()
    open_lanes(page, ["poll-fixed", "events"])
    expect(page.locator("[data-lane]")).to_have_count(2)
    page.reload()
    lanes = page.locator("[data-lane]")
    expect(lanes).to_have_count(2)
    assert lanes.evaluate_all("all => all.map((lane) => lane.dataset.lane)") == ["events", "poll-fixed"]
    choose_lanes(page, [])
    expect(page.get_by_role("button", name="Submit an order")).to_be_disabled()
    expect(page.get_by_text("Choose at least one lane.")).to_be_visible()


def test_lanes_miss_nothing_when_the_network_is_cut_and_mended(visit: Start) -> None:
    person = visit()
    person.expected += NO_NETWORK
    page = person.open()
    open_lanes(page)
    page.get_by_role("button", name="Submit an order").click()
    expect(page.locator('[data-lane="appsync"] tr[data-version="2"]')).to_be_visible()
    page.get_by_role("button", name="Cut my network").click()
    expect(page.get_by_role("region", name="Connection")).to_have_attribute("data-state", "away")
    page.get_by_role("button", name="Mend my network").click()
    expect_lanes_done(page, SERVED)


def test_a_receiver_passes_webhooks_on_to_its_lane(visit: Start, shop: Shop) -> None:
    person = visit()
    person.expected += NO_NETWORK
    page = person.open()
    open_lanes(page, ["appsync", "webhook"])
    page.get_by_role("button", name="Submit an order").click()
    expect_lanes_done(page, ["appsync"])
    # Nobody receives: what its lane knows is from history, and it says so, and what to start.
    expect(page.locator('[data-track="webhook"]')).to_contain_text(
        re.compile("Not connected|never connected")
    )
    command = page.locator('[data-lane="webhook"] code').inner_text().split()
    assert command[:3] == ["bin/orderwire", "webhooks", "receive"]
    with receiving(shop, command[3:]):
        page.get_by_role("button", name="Submit another").click()
        expect(page.locator('[data-lane="webhook"]')).to_have_attribute("data-state", "live", timeout=40_000)
        expect_lanes_done(page, ["appsync", "webhook"])
    assert figure(page, "webhook", "Bytes") > 1000


@contextlib.contextmanager
def receiving(shop: Shop, options: Sequence[str]) -> Iterator[None]:
    """Run the receiver that the page asks for."""
    ready = str(shop.cloud.printed.parent / "ready.json")
    command = [sys.executable, "-m", "clients", "webhooks", "receive", "--json", "--ready-file", ready]
    environment = {**os.environ, "ORDERWIRE_PASSWORD": PASSWORD}
    with subprocess.Popen(
        [*command, *options], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert '"listening"' in process.stdout.readline()
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=60)


def test_page_says_how_to_make_a_missing_comparison(visit: Start) -> None:
    page = visit().open()
    sign_in(page)
    page.get_by_role("link", name="Report").click()
    expect(page.get_by_text("There is no comparison yet.")).to_be_visible()
    expect(page.get_by_text("bin/orderwire compare --orders 100")).to_be_visible()


def test_the_last_comparison_is_shown(visit: Start, shop: Shop, comparison: Path) -> None:
    channels = json.loads(comparison.read_text(encoding="utf-8"))["channels"]
    page = visit().open()
    sign_in(page)
    page.get_by_role("link", name="Report").click()
    alone = {channel["title"] for channel in channels if channel["mode"] == "alone"}
    table = page.get_by_role("region", name="Each channel alone")
    expect(table.locator("tbody th")).to_have_count(len(alone))
    assert set(table.locator("tbody th").all_inner_texts()) == alone
    expect(page.locator("figure").first).to_be_visible()
    # It is the page that the command wrote: with its scales, which need no script.
    linear, powers = page.locator("figure.linear"), page.locator("figure.logarithmic")
    expect(powers).to_be_hidden()
    page.get_by_role("radio", name="logarithmic").check()
    expect(powers).to_be_visible()
    expect(linear).to_be_hidden()
    with page.expect_download() as saved:
        page.get_by_role("link", name="Save this report").click()
    assert "The same orders, over every channel" in saved.value.path().read_text(encoding="utf-8")


def test_the_last_comparison_of_orchestrators_is_shown(visit: Start, shop: Shop) -> None:
    measured = ROOT / "docs" / "measured" / "orchestrators.json"
    variants = json.loads(measured.read_text(encoding="utf-8"))["variants"]
    shop.reports.mkdir(exist_ok=True)
    shown = shop.reports / "orchestrators.json"
    shutil.copyfile(measured, shown)
    try:
        page = visit().open()
        sign_in(page)
        page.get_by_role("link", name="Report").click()
        part = page.get_by_role("region", name="What runs an order")
        expect(part.locator("tbody tr")).to_have_count(len(variants))
        assert part.locator("tbody th").all_inner_texts() == [variant["title"] for variant in variants]
        expect(part.get_by_text("no price could be found")).to_be_visible()
    finally:
        shown.unlink()
