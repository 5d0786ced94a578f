"""What archives hold: in order of time, for as long as they keep it, and there again after a kill."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest

from localcloud.deliveries.facade import ArchivedEvents, Position

DAY = 86_400


class Clock:
    now = 100.0 * DAY

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def archive() -> Iterator[ArchivedEvents]:
    opened = ArchivedEvents()
    yield opened
    opened.close()


def numbers(archive: ArchivedEvents, since: float, until: float, after: Position | None = None) -> list[int]:
    return [event["n"] for _, event in archive.read("a", since, until, after)]


def test_archive_returns_events_by_time_between_two_times(archive: ArchivedEvents) -> None:
    for n, moment in enumerate([30, 10, 20, 10, 40]):
        archive.add("a", moment, {"n": n})
    archive.add("b", 20, {"n": 99})
    assert numbers(archive, 0, 100) == [1, 3, 2, 0, 4]
    assert numbers(archive, 10, 30) == [1, 3, 2, 0]
    assert archive.content("a").events == 5 and archive.content("a").bytes == 5 * len('{"n":0}')


def test_archive_reading_continues_behind_its_position(archive: ArchivedEvents) -> None:
    for n in range(450):
        archive.add("a", n // 100, {"n": n})
    first = list(islice(archive.read("a", 0, 10), 205))
    archive.add("a", 9, {"n": 450})
    assert [*(event["n"] for _, event in first), *numbers(archive, 0, 10, first[-1][0])] == list(range(451))


def test_archived_event_expires_within_an_hour_of_its_days() -> None:
    clock = Clock()
    archive = ArchivedEvents(clock=clock)
    archive.add("a", 97 * DAY, {"n": 0}, 2)
    archive.add("a", 99 * DAY, {"n": 1}, 2)
    clock.now += 3601
    archive.add("a", 100 * DAY, {"n": 2}, 2)
    assert numbers(archive, 0, 200 * DAY) == [1, 2]
    archive.close()


def test_archive_reopens_after_an_unclean_end(tmp_path: Path) -> None:
    path = tmp_path / "archives.sqlite"
    first = ArchivedEvents(path)
    first.add("a", 1, {"n": 1})
    second = ArchivedEvents(path)
    assert numbers(second, 0, 10) == [1]
    assert path.stat().st_mode & 0o777 == 0o600
    second.delete("a")
    assert second.content("a").events == 0
    for each in (first, second):
        each.close()
