"""Rebuilding the read model: a second generation, filled by a replay and then read instead of the first.

::

    SETTLING -------> REPLAYING --> DRAINING ----> CLEANING ---------> COMPLETED
    live events go    the archive   what waits     the new one is
    into both         is replayed   is projected   read, the old one deleted

Each call brings it one step on, and any call may be repeated. A replay that fails leaves all as it was.
Before the replay the archive needs time: what was put on the bus a moment ago may not be in it yet, and
whatever came before the beginning is in no other place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from orders.caller import Caller
from orders.errors import StaffOnly, TryAgain
from orders.model import Timestamp, timestamp
from orders.ports import Clock
from orders.summaries.generations import Generations
from orders.summaries.ports import SummaryStore


class RebuildStatus(StrEnum):
    """How far it is."""

    SETTLING = "SETTLING"
    REPLAYING = "REPLAYING"
    DRAINING = "DRAINING"
    CLEANING = "CLEANING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """A rebuilding.

    Attributes
    ----------
    replayed_until : Timestamp or None
        The time of the last event that was replayed.
    waiting : int
        About how many events wait to be projected.
    reason : str or None
        Why it failed.
    unreadable : int
        How many events the generation lacks since they cannot be read; they are among the dead letters.
    """

    status: RebuildStatus
    generation: str
    started_at: Timestamp | None = None
    replayed_until: Timestamp | None = None
    waiting: int = 0
    reason: str | None = None
    unreadable: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """How a replay is doing, in EventBridge's words."""

    state: str
    last: datetime | None = None
    reason: str | None = None


class Replays(Protocol):
    """Replays of the archive, for the rule that feeds the read model, and that one alone."""

    def start(self, name: str, until: datetime) -> str:
        """Start a replay of everything until a moment, once for a name; return its ARN."""
        ...

    def describe(self, name: str) -> Replay:
        """Return how a replay is doing."""
        ...

    def waiting(self) -> int:
        """Return about how many events wait to be projected, those in flight included."""
        ...


@dataclass(frozen=True)
class Rebuilding:
    """Rebuilds the read model."""

    store: SummaryStore
    replays: Replays
    clock: Clock

    def advance(self, caller: Caller, generation: str | None, *, settle_seconds: int) -> Rebuild:
        """Bring a rebuilding one step on; without a generation the one under way, or a new one.

        Parameters
        ----------
        settle_seconds
            How long the archive may take to have an event that was put on the bus.

        Raises
        ------
        StaffOnly
        TryAgain
            Another process did so at the same time.
        """
        if not caller.is_staff:
            raise StaffOnly("rebuild the read model")
        rebuild = self._advance(generation, settle_seconds)
        return replace(rebuild, unreadable=self.store.unreadable(rebuild.generation))

    def _advance(self, generation: str | None, settle_seconds: int) -> Rebuild:
        before = self.store.generations()
        if before.building is not None and generation in {None, before.building}:
            return self._go_on(before, settle_seconds)
        if generation == before.current:
            return self._clean(before)
        if generation is not None:
            return Rebuild(RebuildStatus.FAILED, generation, reason="it was given up")
        now = self.clock.now()
        name = f"summaries-{now:%Y%m%dT%H%M%S}-{now.microsecond:06}"
        after = replace(before, building=name, since=timestamp(now), replay=None)
        self._switch(before, after)
        return Rebuild(RebuildStatus.SETTLING, name, timestamp(now))

    def _go_on(self, before: Generations, settle_seconds: int) -> Rebuild:
        name, now = str(before.building), self.clock.now()
        since = datetime.fromisoformat(str(before.since))
        rebuild = Rebuild(RebuildStatus.SETTLING, name, timestamp(since))
        if before.replay is None:
            if now - since >= timedelta(seconds=settle_seconds):
                self._switch(before, replace(before, replay=self.replays.start(name, now)))
                return replace(rebuild, status=RebuildStatus.REPLAYING)
            return rebuild
        replay = self.replays.describe(name)
        if replay.last is not None:
            rebuild = replace(rebuild, replayed_until=timestamp(replay.last))
        if replay.state in {"CANCELLED", "FAILED"}:
            self._switch(before, _given_up(before))
            reason = replay.reason or f"the replay is {replay.state}"
            return replace(rebuild, status=RebuildStatus.FAILED, reason=reason)
        waiting = self.replays.waiting()
        if replay.state != "COMPLETED":
            return replace(rebuild, status=RebuildStatus.REPLAYING, waiting=waiting)
        if waiting:
            return replace(rebuild, status=RebuildStatus.DRAINING, waiting=waiting)
        # What is still on its way belongs to this generation, and reaches it.
        after = replace(_given_up(before), current=name, dropped=(*before.dropped, before.current))
        self._switch(before, after)
        return replace(rebuild, status=RebuildStatus.CLEANING)

    def _clean(self, before: Generations) -> Rebuild:
        """Delete a part of the old generation."""
        if not before.dropped:
            return Rebuild(RebuildStatus.COMPLETED, before.current)
        if self.store.drop(before.dropped[0]):
            self._switch(before, replace(before, dropped=before.dropped[1:]))
        return Rebuild(RebuildStatus.CLEANING, before.current)

    def _switch(self, before: Generations, after: Generations) -> None:
        if not self.store.switch(before, after):
            raise TryAgain("Another rebuild of the read model is under way.")


def _given_up(before: Generations) -> Generations:
    building = (before.building,) if before.building else ()
    return replace(before, building=None, since=None, replay=None, dropped=(*before.dropped, *building))
