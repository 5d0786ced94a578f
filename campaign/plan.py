"""What a campaign does, drawn from its seed: purchases, stock, and strikes at their places."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

from clients.model import Decision, Item, NewOrder, Orchestrator
from demo.shop import CUSTOMERS

# How often a card of each kind is used: most pay.
CARDS = {"tok_approve": 16, "tok_decline": 2, "tok_timeout": 1}
SKUS = tuple(f"campaign-{number}" for number in range(12))
# So much of the demand is on the shelves: the last orders of an item find none.
SUPPLY = 0.85
# Above the campaign's ApprovalLimit, an order waits for staff.
DEAR = 120_000
# Of so many orders the durable function runs one, and the workflow the others.
DURABLE_EVERY = 3
# The one that runs durable orders stands for five, so it is struck more often.
FUNCTIONS = (
    *("ValidateOrder", "ReserveStock", "AuthorizePayment", "ReleaseStock", "VoidPayment"),
    *("RunOrder", "RunOrder", "EnqueueOrder", "StartOrders", "Fanout", "Redeliver", "Reconcile"),
)


class WayIn(StrEnum):
    """How an order is handed in."""

    GRAPHQL = "graphql"
    QUEUE = "queue"
    REST = "rest"


class StrikeKind(StrEnum):
    """What is broken by hand, beside the calls that fail by chance."""

    FUNCTION = "function"
    SOCKETS = "sockets"
    RESTART = "restart"
    KILL = "kill"


@dataclass(frozen=True, slots=True)
class Purchase:
    """One order, who hands it in and how, and what happens to it on its way."""

    customer: str
    way: WayIn
    order: NewOrder
    cancel: bool = False
    decision: Decision | None = None

    @property
    def order_id(self) -> str:
        """The order's id: its client token."""
        return self.order.client_token

    @property
    def total(self) -> int:
        """What it costs, in minor units."""
        return sum(item.quantity * item.unit_price for item in self.order.items)


@dataclass(frozen=True, slots=True)
class Strike:
    """Something that is broken once ``after`` orders were accepted."""

    after: int
    kind: StrikeKind
    function: str = ""


@dataclass(frozen=True, slots=True)
class CampaignPlan:
    """A whole campaign.

    Attributes
    ----------
    stock
        Units of each item on the shelves before the first order.
    """

    seed: int
    purchases: tuple[Purchase, ...]
    strikes: tuple[Strike, ...]
    stock: dict[str, int]


def make_plan(seed: int, orders: int, *, kills: int, restarts: int) -> CampaignPlan:
    """Draw a campaign; the same numbers give the same one.

    Parameters
    ----------
    kills, restarts
        How often the whole local cloud is killed, and stopped and started, during the orders.

    Examples
    --------
    >>> make_plan(7, 40, kills=1, restarts=1) == make_plan(7, 40, kills=1, restarts=1)
    True
    >>> len(make_plan(7, 40, kills=1, restarts=1).purchases)
    40
    """
    chance = random.Random(seed)
    purchases = tuple(_purchase(chance, number) for number in range(orders))
    demand = Counter[str]()
    for purchase in purchases:
        demand.update({item.sku: item.quantity for item in purchase.order.items})
    stock = {sku: int(demand[sku] * SUPPLY) for sku in SKUS}
    return CampaignPlan(seed, purchases, tuple(_strikes(chance, orders, kills, restarts)), stock)


def _purchase(chance: random.Random, number: int) -> Purchase:
    skus = chance.sample(SKUS, chance.randint(1, 3))
    items = tuple(Item(sku, sku, chance.randint(1, 4), chance.randint(100, 2_000)) for sku in skus)
    decision = None
    card = chance.choices(tuple(CARDS), tuple(CARDS.values()))[0]
    if chance.random() < 0.03:
        items = (Item(skus[0], skus[0], 1, DEAR),)
        card, decision = "tok_approve", chance.choice(tuple(Decision))
    token = str(uuid.UUID(int=chance.getrandbits(128), version=4))
    orchestrator = Orchestrator.DURABLE if number % DURABLE_EVERY == 0 else Orchestrator.WORKFLOW
    order = NewOrder("EUR", items, card, token, orchestrator=orchestrator)
    way = chance.choice(tuple(WayIn))
    return Purchase(chance.choice(CUSTOMERS), way, order, chance.random() < 0.04, decision)


def _strikes(chance: random.Random, orders: int, kills: int, restarts: int) -> list[Strike]:
    """Spread the strikes over the orders; the cloud's own in equal distances, so that none meets another."""
    whole = [StrikeKind.KILL] * kills + [StrikeKind.RESTART] * restarts
    chance.shuffle(whole)
    strikes = [Strike(orders * (number + 1) // (len(whole) + 1), kind) for number, kind in enumerate(whole)]
    for _ in range(max(3, orders // 20)):
        strikes.append(Strike(chance.randrange(orders), StrikeKind.FUNCTION, chance.choice(FUNCTIONS)))
    for _ in range(max(2, orders // 50)):
        strikes.append(Strike(chance.randrange(orders), StrikeKind.SOCKETS))
    return sorted(strikes, key=lambda strike: (strike.after, strike.kind))
