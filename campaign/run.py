"""One campaign from its first order to its verdict."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from campaign.books import Accountant
from campaign.cloud import ROOT, LocalCloud
from campaign.figures import Analyst, compare
from campaign.following import Followers, Record, share_out
from campaign.plan import CampaignPlan
from campaign.redriving import redrive
from campaign.relay import Relays
from campaign.shopping import Sales, Shop
from campaign.sources import Sources
from campaign.striking import Striker
from campaign.verdict import FINAL, Verdict, judge
from campaign.weather import Fault
from clients import Credentials, OrderClient
from clients.analytics.checking import Difference
from clients.rest import RestClient
from demo.shop import CUSTOMERS, PASSWORD, STAFF, prepare

LIVE_SECONDS = 60.0
LOOK_SECONDS = 2.0


@dataclass(frozen=True)
class Terms:
    """How a campaign goes, beside its plan.

    Attributes
    ----------
    faults
        What fails by chance, a document of ``--faults``.
    channels
        The ways by which orders are followed.
    at_once
        So many orders are handed in side by side.
    patience
        Seconds without a change of any order, after which those that are not at their ends are stuck.
    """

    faults: Fault
    channels: tuple[str, ...]
    at_once: int
    patience: float


@dataclass
class Progress:
    """What a campaign reports while it runs.

    Attributes
    ----------
    note
        Takes a line.
    moved
        Takes how many orders were accepted, and how many have come to their ends.
    """

    note: Callable[[str], None]
    moved: Callable[[int, int], None]


@dataclass
class Outcome:
    """What a campaign gives.

    Attributes
    ----------
    changed
        Source files that were edited meanwhile: some functions ran other code, so the verdict says nothing.
    strikes
        How often each kind struck.
    dead_letters
        Messages in each dead-letter queue before the redrive.
    starts
        Seconds of each start of the local cloud.
    seconds
        Of it all.
    """

    verdict: Verdict
    sales: Sales
    records: Sequence[Record]
    strikes: Counter[str]
    dead_letters: dict[str, int] = field(default_factory=dict)
    changed: Sequence[str] = ()
    starts: list[float] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def passed(self) -> bool:
        """Whether nothing is wrong, by one and the same code throughout."""
        return self.verdict.passed and not self.changed


async def run(plan: CampaignPlan, cloud: LocalCloud, terms: Terms, progress: Progress) -> Outcome:
    """Carry a plan out on a local cloud, which is started and stopped here.

    Raises
    ------
    campaign.cloud.CloudError
        The local cloud does not start.
    """
    start, sources = time.monotonic(), Sources.read(ROOT)
    await cloud.start()
    try:
        outcome = await _on(plan, cloud, terms, progress)
    finally:
        await cloud.stop()
    outcome.changed = sources.changed()
    outcome.starts = cloud.starts
    outcome.seconds = time.monotonic() - start
    return outcome


async def _on(plan: CampaignPlan, cloud: LocalCloud, terms: Terms, progress: Progress) -> Outcome:
    ready = cloud.ready()
    await asyncio.to_thread(prepare, ready, (), plan.stock)
    accountant = Accountant(ready, cloud.ready_file)
    relays = Relays()
    settings = await relays.lead(ready.settings)
    striker = Striker(
        cloud,
        relays,
        plan.strikes,
        seed=plan.seed,
        margin=terms.at_once,
        faults=terms.faults,
        note=progress.note,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(relays.close)
        clients = {
            name: await stack.enter_async_context(OrderClient(settings, Credentials(name, PASSWORD)))
            for name in (*CUSTOMERS, STAFF)
        }
        rest = {
            name: await stack.enter_async_context(RestClient(settings, clients[name].tokens))
            for name in CUSTOMERS
            if settings.rest is not None
        }

        def answered(count: int) -> None:
            striker.answered(count)
            progress.moved(count, 0)

        shop = Shop(
            clients, rest, clients[STAFF], at_once=terms.at_once, admit=striker.admit, on_answered=answered
        )
        stack.push_async_callback(shop.close)
        tokens = {name: client.tokens for name, client in clients.items()}
        followers = Followers(share_out(plan.purchases, terms.channels), settings, tokens)
        await followers.open(LIVE_SECONDS)
        await asyncio.to_thread(cloud.set_faults, terms.faults)
        striking = asyncio.create_task(striker.run())
        try:
            await shop.sell(plan.purchases)
            await striking
        finally:
            striking.cancel()
            await asyncio.gather(striking, return_exceptions=True)
        striker.hits += await asyncio.to_thread(cloud.hits)
        await asyncio.to_thread(cloud.set_faults, None)
        progress.note("every order was handed in; nothing fails from here on")
        await settle(accountant, shop.sales, terms.patience, progress)
        dead_letters = await asyncio.to_thread(accountant.dead_letters)
        if any(dead_letters.values()):
            progress.note("redrive of the dead letters")
            await redrive(cloud.ready_file, accountant, terms.patience)
            await settle(accountant, shop.sales, terms.patience, progress)
        await followers.finish(terms.patience)
        books = await asyncio.to_thread(accountant.read)
        differing: list[Difference] = []
        if accountant.changes_stream is not None:
            analyst = Analyst(ready, cloud.ready_file, accountant.changes_stream)
            replayed = await asyncio.to_thread(analyst.replay, plan.seed)
            progress.note(f"{replayed} records of the stream of changes were put once more")
            live, orders = clients[STAFF].api.figures, books.orders.values()
            differing = await compare(orders, live, analyst.by_sql, terms.patience)
    strikes = Counter({"calls struck": striker.hits, **striker.done})
    verdict = judge(plan, shop.sales, books, followers.records, differing)
    return Outcome(verdict, shop.sales, followers.records, strikes, dead_letters)


async def settle(accountant: Accountant, sales: Sales, patience: float, progress: Progress) -> None:
    """Return when every accepted order is at its end, or nothing has moved for ``patience`` seconds."""
    before: dict[str, str] = {}
    moved = time.monotonic()
    while True:
        now = await asyncio.to_thread(accountant.statuses)
        ended = sum(now.get(order_id) in FINAL for order_id in sales.accepted)
        progress.moved(len(sales.accepted), ended)
        if now != before:
            before, moved = now, time.monotonic()
        if ended == len(sales.accepted) or time.monotonic() - moved > patience:
            return
        await asyncio.sleep(LOOK_SECONDS)
