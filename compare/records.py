"""What is to be run, and what is noted while it runs: no figures yet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from clients import Arrival, Change, NewOrder
from compare.channels import Channel
from compare.channels.base import Options
from compare.meter import Count
from compare.orders import ends_soon, new_order
from compare.usage import Usage


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is to be done.

    Attributes
    ----------
    rate
        Orders a second.
    order
        Makes the order of a number.
    ends_soon
        Says of a number whether its order ends sooner than others: a turn sends those last.
    patience
        Seconds after which a client that has not seen its order end is given up.
    """

    orders: int = 100
    rate: float = 4.0
    alone: bool = True
    together: bool = True
    warm_up: int = 8
    patience: float = 60.0
    options: Options = field(default_factory=Options)
    order: Callable[[int], NewOrder] = new_order
    ends_soon: Callable[[int], bool] = ends_soon


@dataclass
class Followed:
    """What one client learned of its order."""

    channel: str
    arrivals: list[Arrival] = field(default_factory=list)
    usage: Usage = field(default_factory=Usage)
    failure: str | None = None


@dataclass
class OrderRecord:
    """One order of a run; times in seconds since 1970.

    Attributes
    ----------
    answered
        When the submission was answered.
    history
        All its changes, read when everything was over: what must have been learned.
    """

    number: int
    customer: str
    order: NewOrder
    submitted: float = 0.0
    answered: float = 0.0
    refused: str | None = None
    followed: list[Followed] = field(default_factory=list)
    history: tuple[Change, ...] = ()


@dataclass
class Run:
    """The orders that were followed over some channels at the same time.

    Attributes
    ----------
    expected
        How many orders it is to have.
    at_once
        How many of them are under way at the same time at most.
    load
        How many processes wanted to run on the machine at worst, over the last minute of a turn.
    """

    title: str
    channels: tuple[type[Channel], ...]
    expected: int
    at_once: int
    load: float = 0.0
    orders: list[OrderRecord] = field(default_factory=list)
    count: Count | None = None
    times: dict[tuple[str, int], float] = field(default_factory=dict)


@dataclass
class Runs:
    """Everything that was measured."""

    baseline: Run | None = None
    alone: list[Run] = field(default_factory=list)
    together: Run | None = None
