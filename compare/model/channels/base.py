"""What the model knows of a channel: how its follower behaves, and what that takes of AWS."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from compare.costs import Rule
from compare.model.counts import Counts
from compare.model.families import Family
from compare.model.scenario import Scenario
from compare.model.use import Sent
from compare.prices import Confidence
from compare.usage import FunctionUse, ServerUse

HEAD = 420
"""Bytes of an answer's status line and headers, as API Gateway sends them."""

ORDER = 1300
"""Bytes of an order with its items and history, as REST sends it."""

PUSH_SECONDS, REQUEST_SECONDS, CONNECT_SECONDS = 0.030, 0.015, 0.020
"""Billed time of the functions on AWS: assumed: for such code it is unpublished."""

KB5, KB32, KB64 = 5 * 1024, 32 * 1024, 64 * 1024
FRAME = 120
"""Bytes around a payload: the frame, its kind and the subscription's id."""

ASSUMED = "the functions' times on AWS are assumed (15 ms a request, 20 ms a connect, 30 ms a publish)"


@dataclass(frozen=True, slots=True)
class Memory:
    """What a function has, in GB."""

    companion: float = 0.25
    fanout: float = 0.5


MEMORY = Memory()


class ChannelModel(ABC):
    """One channel, as the model sees it. A file of this folder holds one; ``MODEL`` is an instance.

    Attributes
    ----------
    name
        As ``compare.channels`` names it: that channel's ``bill`` rules are the model's, too.
    title
        For people, where that channel is not there.
    bill
        Rules for as long as that channel is not there.
    aws
        The parts of its way whose latency is published, for as long as that channel is not there.
    family
        How its follower behaves.
    assumptions, confidence
        What is unpublished and the model assumes, and how certain that makes its figures at best.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    bill: ClassVar[tuple[Rule, ...]] = ()
    aws: ClassVar[tuple[str, ...]] = ()
    family: ClassVar[Family]
    assumptions: ClassVar[tuple[str, ...]] = (ASSUMED,)
    confidence: ClassVar[Confidence] = "B"

    @abstractmethod
    def usage(self, counts: Counts, scenario: Scenario) -> Sent:
        """Return what one follower of one order sends and receives."""

    @abstractmethod
    def server(self, counts: Counts, scenario: Scenario) -> ServerUse:
        """Return AWS's side of one order with all its followers."""

    @abstractmethod
    def demands(self, counts: Counts, scenario: Scenario) -> Mapping[str, float]:
        """Return what one order with all its followers takes of each quota.

        Units of what has a rate; units times seconds of what is concurrent; of what lasts, how long.
        """

    def request(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what one request of a follower, or its connecting, takes of quotas, for the simulation."""
        return {}

    def publish(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what publishing one change takes."""
        return {}

    def deliver(self, scenario: Scenario) -> Mapping[str, float]:
        """Return what delivering one change to one follower takes."""
        return {}


def function(invocations: float, seconds: float, memory: float) -> FunctionUse:
    """Return the use of a function on arm64 that is invoked so often and takes so long in all."""
    return FunctionUse(invocations, seconds * memory)


def units(payload: int, size: int) -> int:
    """Return how many units of so many bytes a payload begins.

    Examples
    --------
    >>> units(5120, 5120), units(5121, 5120)
    (1, 2)
    """
    return max(1, -(-payload // size))


def fanout(changes: float) -> FunctionUse:
    """Return the fan-out's use: one invocation for each change, as when orders are rare."""
    return function(changes, changes * PUSH_SECONDS, MEMORY.fanout)
