"""The page in a real browser: what it loads, when it shows, and how soon a change is on the screen.

It needs Node, a Chromium and Playwright (``make setup-dev``). A *change* is timed from its commit, which the
local engine notes, to the first frame after the page drew it, on the same machine's clock.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import aiohttp
import jwt

from bench import base, load, probe
from bench import browser as chromium
from bench.benchmarks.companion import deployed
from bench.model import Benchmark, Context, Figure, NotMeasured, Target
from bench.page_size import page_sizes
from bench.shop import Shop
from bench.sides import Side
from bench.statistics import summarize
from clients import reading
from demo.shop import prepare

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

RENDER, PIXEL, TASK = Target(below=1.0), Target(below=50.0), Target(below=50.0)
CUSTOMER, GUEST = "ada", "grace"
LIVE_ORDERS = 200
BUILD_SECONDS = 120.0
# When each version of an order was drawn in the AppSync lane: two frames later it is on the screen.
WATCH_LANE = """() => {
  globalThis.drawn = {};
  const lane = document.querySelector('[data-lane="appsync"]');
  new MutationObserver(() => {
    const seen = [...lane.querySelectorAll("tr[data-version]")].map((row) => row.dataset.version);
    requestAnimationFrame(() => setTimeout(() => {
      const now = performance.timeOrigin + performance.now();
      for (const version of seen) globalThis.drawn[version] ??= now;
    }));
  }).observe(lane, { subtree: true, childList: true, attributes: true, characterData: true });
}"""
WATCH_TASKS = """() => {
  globalThis.tasks = [];
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) globalThis.tasks.push(entry.duration);
  }).observe({ type: "longtask" });
}"""
# No report must mean that there was none.
ONE_LONG_TASK = """() => new Promise((resolve) => {
  setTimeout(() => { const end = performance.now() + 80; while (performance.now() < end); });
  const look = () => {
    if (globalThis.tasks.length === 0) return setTimeout(look, 20);
    globalThis.tasks.length = 0;
    resolve();
  };
  look();
})"""
ALL_DRAWN = """() => new Promise((resolve) => {
  const look = () => (Object.keys(globalThis.drawn).length === 6 ? resolve() : setTimeout(look, 20));
  look();
})"""
PAINTED = "performance.getEntriesByName('first-contentful-paint').map((entry) => entry.startTime)[0] ?? null"


async def run(context: Context) -> Sequence[Figure]:
    """Build the page, open it over and over, then watch one order, then many."""
    path = _browser()
    await asyncio.to_thread(_build, context.side)
    from playwright.async_api import async_playwright  # noqa: PLC0415 - only where it is installed

    async with _shop(context) as shop, async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path)
        try:
            return [
                *page_sizes(context.side),
                await _renders(context, browser, shop),
                await _pixels(context, browser, shop),
                *await _many(context, browser, shop),
            ]
        finally:
            await browser.close()


def _browser() -> str:
    try:
        import playwright  # noqa: F401, PLC0415 - only to know
    except ImportError:
        raise NotMeasured("Playwright is not here: `make setup-dev` installs it") from None
    path = chromium.find()
    if path is None:
        raise NotMeasured(chromium.WANTED)
    return path


def _build(side: Side) -> None:
    try:
        base.run([str(side.python), "tools/web.py", "build"], side.root, BUILD_SECONDS)
    except NotMeasured as error:
        raise NotMeasured(f"the page cannot be built: {error}") from None


@asynccontextmanager
async def _shop(context: Context) -> AsyncIterator[Shop]:
    folder = context.side.root / "web"
    page = ("--web", str(folder / "dist"), "--web-config", str(folder / "local.json"))
    async with deployed(context, *page) as (shop, _package):
        wares = dict.fromkeys(_wares(folder / "local.json"), 1_000_000)
        await asyncio.to_thread(prepare, shop.ready, (), wares)
        yield shop


def _wares(file: Path) -> list[str]:
    config = reading.mapping(json.loads(file.read_text(encoding="utf-8")), "local.json")
    wares = (
        reading.mapping(entry, "ware") for entry in reading.sequence(config.get("catalogue"), "catalogue")
    )
    return [reading.text(ware.get("sku"), "sku") for ware in wares]


async def _renders(context: Context, browser: Browser, shop: Shop) -> Figure:
    """Open the page in a fresh profile each time, nothing cached."""
    context.say("first renders")
    times = []
    for _ in range(3 if context.quick else 15):
        profile = await browser.new_context()
        page = await profile.new_page()
        await page.goto(_address(shop))
        await page.get_by_role("button", name=f"Sign in as {CUSTOMER}").wait_for()
        times.append(float(await page.evaluate(PAINTED)) / 1000)
        await profile.close()
    spread = summarize(times)
    return Figure("first contentful paint, nothing cached: p50", spread.median, "s", RENDER, spread)


async def _pixels(context: Context, browser: Browser, shop: Shop) -> Figure:
    """Submit one order after the other on the page with the lanes; time each change."""
    context.say("changes to pixels")
    page = await _signed_in(browser, shop)
    await page.get_by_role("link", name="Lanes").click()
    stream = await asyncio.to_thread(probe.stream_of, shop.cloud.ready_file, _table(shop))
    waits: list[float] = []
    for number in range(2 if context.quick else 12):
        async with page.expect_request(lambda request: "submitOrder" in (request.post_data or "")) as sending:
            await page.get_by_role("button", name="Submit a").click()
            await page.evaluate(WATCH_LANE)
        await page.locator('[data-lane="appsync"][data-state="done"]').wait_for()
        await page.evaluate(ALL_DRAWN)
        drawn = reading.mapping(await page.evaluate("globalThis.drawn"), "drawn")
        order_id = _order_of((await sending.value).post_data)
        if number:  # the first order starts the functions
            committed = await _commits(shop, stream, order_id)
            waits += [_number(drawn[str(version)]) - at * 1000 for version, at in committed]
    await page.context.close()
    spread = summarize(waits)
    name = "commit to pixel on the AppSync lane: p50"
    return Figure(name, spread.median, "ms", PIXEL, spread, "with the other lanes beside it")


async def _commits(shop: Shop, stream: str, order_id: str) -> list[tuple[int, float]]:
    """Return when the engine committed each change of an order but its submission, by version."""
    address = reading.text(
        reading.mapping(shop.cloud.document().get("meters"), "meters").get("commits"), "meters.commits"
    )
    async with aiohttp.ClientSession() as session, session.get(address, params={"arn": stream}) as answer:
        commits = reading.mapping(await answer.json(), "commits")
    key = {"pk": {"S": f"ORDER#{order_id}"}, "sk": {"S": "STATE"}}
    times = [
        _number(commit.get("time"))
        for commit in (
            reading.mapping(entry, "commit") for entry in reading.sequence(commits.get("commits"), "commits")
        )
        if commit.get("keys") == key
    ]
    return list(enumerate(times, 1))[1:]


async def _many(context: Context, browser: Browser, shop: Shop) -> list[Figure]:
    """Look at the list while many orders move through all their states at once."""
    count, rate = (20, 40.0) if context.quick else (LIVE_ORDERS, 60.0)
    context.say(f"{count} live orders, {rate:g} changes a second")
    from playwright.async_api import expect  # noqa: PLC0415 - only where it is installed

    orders = probe.names(count)
    async with shop.client(GUEST) as guest:
        token = (await guest.tokens.token()).identity
    customer_id = str(jwt.decode(token, options={"verify_signature": False})["sub"])
    file, table = shop.cloud.ready_file, _table(shop)
    await load.elsewhere(probe.record, file, table, customer_id, orders)
    page = await _signed_in(browser, shop, GUEST)
    await page.get_by_role("link", name="My orders").click()
    await expect(page.locator("li[data-order]")).to_have_count(count, timeout=20_000)
    await page.locator('[aria-label="Connection"][data-state="live"]').wait_for()
    await page.evaluate(WATCH_TASKS)
    try:
        async with asyncio.timeout(5):
            await page.evaluate(ONE_LONG_TASK)
    except TimeoutError:
        raise NotMeasured("this browser does not report long tasks") from None
    await load.elsewhere(probe.commit_lives, file, table, orders, rate)
    await expect(page.locator("li[data-status=DELIVERED]")).to_have_count(count, timeout=20_000)
    tasks = [_number(task) for task in reading.sequence(await page.evaluate("globalThis.tasks"), "tasks")]
    await page.context.close()
    name = f"longest task while {count} live orders move"
    note = f"{rate:g} changes a second; tasks of 50 ms or less count as 0"
    return [
        Figure(name, max(tasks, default=0.0), "ms", TASK, note=note),
        Figure("tasks over 50 ms meanwhile", len(tasks), "", Target(exactly=0)),
    ]


async def _signed_in(browser: Browser, shop: Shop, name: str = CUSTOMER) -> Page:
    page = await (await browser.new_context()).new_page()
    await page.goto(_address(shop))
    await page.get_by_role("button", name=f"Sign in as {name}").click()
    await page.get_by_role("heading", name="Shop", level=1).wait_for()
    return page


def _order_of(body: str | None) -> str:
    variables = reading.mapping(reading.mapping(json.loads(body or ""), "body").get("variables"), "variables")
    return reading.text(reading.mapping(variables.get("input"), "input").get("clientToken"), "clientToken")


def _number(value: object) -> float:
    if not isinstance(value, int | float):
        raise NotMeasured(f"expected a number, not {value!r}")
    return float(value)


def _table(shop: Shop) -> str:
    outputs = reading.mapping(shop.cloud.document().get("outputs"), "outputs")
    return reading.text(outputs.get("OrdersTableName"), "OrdersTableName")


def _address(shop: Shop) -> str:
    if shop.ready.page is None:
        raise NotMeasured("the local cloud serves no page")
    return shop.ready.page


BENCHMARK = Benchmark("web", "The page in a browser", 170, run)
