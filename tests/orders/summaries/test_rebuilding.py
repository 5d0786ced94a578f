"""Rebuilding the read model step by step: the old one is read until the new one is complete."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from orders.caller import Caller
from orders.errors import StaffOnly, TryAgain
from orders.model import CustomerId
from orders.summaries.generations import FIRST, Generations
from orders.summaries.rebuilding import Rebuild, Rebuilding, RebuildStatus, Replay
from tests.orders.summaries.test_projecting import MemorySummaries

STAFF = Caller(CustomerId("margaret"), is_staff=True)
NOW = datetime(2026, 11, 29, 10, tzinfo=UTC)


class Model(MemorySummaries):
    """Generations in memory, of which a call deletes a half."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = Generations()
        self.remaining = 2

    def generations(self) -> Generations:
        return self.kept

    def switch(self, before: Generations, after: Generations) -> bool:
        if before != self.kept:
            return False
        self.kept = replace(after, revision=before.revision + 1)
        return True

    def drop(self, generation: str) -> bool:
        self.remaining -= 1
        return self.remaining == 0


class Archive:
    """Replays that go as a test says."""

    def __init__(self) -> None:
        self.started: list[tuple[str, datetime]] = []
        self.replay = Replay("RUNNING")
        self.queue = 0

    def start(self, name: str, until: datetime) -> str:
        self.started.append((name, until))
        return f"arn:replay/{name}"

    def describe(self, name: str) -> Replay:
        return self.replay

    def waiting(self) -> int:
        return self.queue


class World:
    def __init__(self) -> None:
        self.model, self.archive, self.time = Model(), Archive(), NOW
        self.rebuilding = Rebuilding(self.model, self.archive, self)
        self.generation: str | None = None

    def now(self) -> datetime:
        return self.time

    def advance(self, caller: Caller = STAFF) -> Rebuild:
        rebuild = self.rebuilding.advance(caller, self.generation, settle_seconds=600)
        self.generation = rebuild.generation
        return rebuild


def test_new_generation_is_used_when_the_replay_is_projected() -> None:
    world = World()
    first = world.advance()
    assert first.status is RebuildStatus.SETTLING
    assert world.model.kept.targets(None) == (FIRST, first.generation)
    world.time += timedelta(seconds=599)
    assert world.advance().status is RebuildStatus.SETTLING and world.archive.started == []
    world.time += timedelta(seconds=1)
    assert world.advance().status is RebuildStatus.REPLAYING
    assert world.archive.started == [(first.generation, world.time)]
    world.archive.replay, world.archive.queue = Replay("RUNNING", NOW), 7
    running = world.advance()
    assert (running.replayed_until, running.waiting) == ("2026-11-29T10:00:00.000Z", 7)
    world.archive.replay = Replay("COMPLETED", NOW)
    assert world.advance().status is RebuildStatus.DRAINING
    assert world.model.kept.current == FIRST
    world.archive.queue = 0
    assert world.advance().status is RebuildStatus.CLEANING
    assert world.model.kept.current == first.generation and world.model.kept.dropped == (FIRST,)
    # A straggler of the replay belongs to what is read now.
    assert world.model.kept.targets(first.generation) == (first.generation,)
    assert [world.advance().status for _ in range(3)] == [
        RebuildStatus.CLEANING,
        RebuildStatus.CLEANING,
        RebuildStatus.COMPLETED,
    ]
    assert not world.model.kept.dropped


def test_rebuild_says_how_many_events_could_not_be_read() -> None:
    world = World()
    generation = world.advance().generation
    world.time += timedelta(seconds=600)
    assert world.advance().unreadable == 0
    world.model.note_unreadable(generation, {"e1", "e2"})
    world.model.note_unreadable(FIRST, {"e3"})
    world.archive.replay = Replay("COMPLETED", NOW)
    switched = world.advance()
    assert (switched.status, switched.unreadable) == (RebuildStatus.CLEANING, 2)
    last = [world.advance() for _ in range(3)][-1]
    assert (last.status, last.unreadable) == (RebuildStatus.COMPLETED, 2)


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_incomplete_replay_keeps_the_old_generation(state: str) -> None:
    world = World()
    world.advance()
    world.time += timedelta(seconds=600)
    world.advance()
    world.archive.replay = Replay(state, reason="no room")
    assert (world.advance().status, world.advance().reason) == (RebuildStatus.FAILED, "it was given up")
    assert world.model.kept.current == FIRST and world.model.kept.building is None
    assert world.model.kept.targets(world.generation) == ()


def test_second_call_without_a_generation_joins_the_running_rebuild() -> None:
    world = World()
    first = world.advance()
    world.generation = None
    assert world.advance().generation == first.generation


def test_second_of_two_concurrent_rebuilds_must_try_again() -> None:
    world = World()
    world.model.switch = lambda before, after: False  # type: ignore[method-assign]
    with pytest.raises(TryAgain):
        world.advance()


def test_staff_alone_may_rebuild() -> None:
    with pytest.raises(StaffOnly, match=r"Only staff may rebuild the read model\."):
        World().advance(Caller(CustomerId("ada")))
