"""Waiting for news, with a feed, without one, and with one that comes and goes."""

from __future__ import annotations

import pytest

from orders.model import received
from orders.sse.watching import News, Rhythm, Watch
from tests.orders.samples import an_order
from tests.orders.sse.fakes import ScriptedFeed, Time

CHANGE = received(an_order()).change(1)


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def feed(time: Time) -> ScriptedFeed:
    return ScriptedFeed(time)


def watch_of(time: Time, feed: ScriptedFeed | None) -> Watch:
    return Watch(feed, Rhythm(), monotonic=time.monotonic, sleep=time.sleep)


def test_opened_feed_triggers_a_read_first(time: Time, feed: ScriptedFeed) -> None:
    watch = watch_of(time, feed)
    assert watch.next(15) is News.READ
    feed.push(CHANGE)
    assert watch.next(15) == CHANGE
    assert time.now == 1000.0


def test_watch_returns_nothing_within_a_silent_interval(time: Time, feed: ScriptedFeed) -> None:
    watch = watch_of(time, feed)
    watch.next(15)
    assert watch.next(15) is News.NONE
    assert time.now == 1015.0


def test_long_silence_triggers_a_read(time: Time, feed: ScriptedFeed) -> None:
    watch = watch_of(time, feed)
    assert [watch.next(15) for _ in range(6)] == [News.READ, *[News.NONE] * 3, News.READ, News.NONE]


def test_watch_reads_every_second_without_a_feed(time: Time) -> None:
    watch = watch_of(time, None)
    assert [watch.next(15) for _ in range(3)] == [News.READ] * 3
    assert time.now == 1003.0


def test_watch_without_a_feed_waits_no_longer_than_allowed(time: Time) -> None:
    watch = watch_of(time, None)
    assert watch.next(0.25) is News.NONE
    assert time.now == 1000.25


def test_lost_feed_is_reopened_with_a_read(time: Time, feed: ScriptedFeed) -> None:
    watch = watch_of(time, feed)
    watch.next(15)
    for _ in range(3):
        watch.next(15)
    feed.lose()
    assert watch.next(15) is News.READ  # something may have come after the last change
    assert feed.closed == 1
    assert watch.next(15) is News.READ  # opened again
    assert (feed.opened, time.now) == (2, 1045.0)
    feed.push(CHANGE)
    assert watch.next(15) == CHANGE


def test_refused_feed_is_retried_with_growing_pauses(time: Time, feed: ScriptedFeed) -> None:
    feed.refusals = 4
    watch = watch_of(time, feed)
    tries = []
    while feed.opened < 5:
        before = feed.opened
        assert watch.next(15) is News.READ
        if feed.opened > before:
            tries.append(time.now)
    assert tries == [1000.0, 1001.0, 1003.0, 1007.0, 1015.0]


def test_repeatedly_lost_feed_is_not_reopened_at_once(time: Time, feed: ScriptedFeed) -> None:
    watch = watch_of(time, feed)
    for _ in range(40):
        watch.next(15)
        feed.lose()
    assert feed.opened <= 8
    assert time.now >= 1015.0


def test_closing_the_watch_closes_the_feed(time: Time, feed: ScriptedFeed) -> None:
    watch = watch_of(time, feed)
    watch.next(15)
    watch.close()
    assert not feed.is_open
    watch_of(time, None).close()
