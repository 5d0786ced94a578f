"""Tumbling windows: which records they hold, when they end, what becomes of their state."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.functions import InvokeResult
from localcloud.functions.mappings.keeping import JournaledPositions
from localcloud.functions.mappings.position import Position
from localcloud.functions.mappings.windows import STATE_LIMIT, Window
from localcloud.journal import Journal
from tests.examples import examples
from tests.functions.fakes import World, queue_arn, stream_arn
from tests.functions.helpers import until
from tests.functions.shards import CLICKS, FAILED, MAPPING, Stream, response, texts

WINDOWED = replace(MAPPING, tumbling_window=120)
START = 1_607_497_440.0  # 2020-12-09T07:04:00Z


def gathered(event: dict[str, Any]) -> InvokeResult:
    """Return the state with the event's records added."""
    return response({"all": [*event["state"].get("all", []), *texts(event)]})


@pytest.fixture
async def stream(world: World) -> AsyncIterator[Stream]:
    world.kinesis.add_shard(CLICKS)
    stream = Stream(world)
    stream.clock.time = START
    stream.answer = gathered
    yield stream
    await stream.manager.stop()


def calls(stream: Stream) -> list[tuple[list[str], list[str], bool]]:
    """Return the records of each event, the state that it came with, and whether its window ends."""
    return [
        (texts(event), event["state"].get("all", []), event["isFinalInvokeForWindow"])
        for event in stream.events
    ]


async def handled(stream: Stream, record: str) -> None:
    stream.put(record)
    await until(lambda: stream.received[-1:] == [record])


async def test_window_event_has_the_shape_of_aws(stream: Stream) -> None:
    await stream.map(WINDOWED)
    stream.clock.time += 35
    stream.put("a")
    await until(lambda: stream.events)
    (event,) = stream.events
    assert len(event.pop("Records")) == 1
    assert event == {
        "window": {"start": "2020-12-09T07:04:00Z", "end": "2020-12-09T07:06:00Z"},
        "state": {},
        "shardId": "shardId-1",
        "eventSourceARN": CLICKS,
        "isFinalInvokeForWindow": False,
        "isWindowTerminatedEarly": False,
    }


async def test_state_passes_from_batch_to_batch_and_ends_with_its_window(stream: Stream) -> None:
    await stream.map(WINDOWED)
    for record in "ab":
        await handled(stream, record)
    stream.wait(120)
    stream.put("c")
    await until(lambda: stream.received[-1] == "c")
    assert calls(stream) == [
        (["a"], [], False),
        (["b"], ["a"], False),
        ([], ["a", "b"], True),
        (["c"], [], False),
    ]
    assert stream.events[2]["window"] == stream.events[0]["window"]
    assert stream.events[3]["window"]["start"] == stream.events[0]["window"]["end"]


async def test_window_without_a_later_record_ends_on_time(stream: Stream) -> None:
    await stream.map(WINDOWED)
    stream.put("a")
    await until(lambda: len(stream.events) == 1)
    stream.wait(119)
    stream.put("b")
    await until(lambda: len(stream.events) == 2)
    stream.wait(1.1)
    await until(lambda: len(stream.events) == 3)
    assert calls(stream)[-1] == ([], ["a", "b"], True)


async def test_window_without_records_invokes_nothing(stream: Stream) -> None:
    await stream.map(WINDOWED)
    stream.wait(1000)
    stream.put("a")
    stream.wait(1000)
    stream.put("b")
    stream.wait(1000)
    await until(lambda: len(stream.events) == 4)
    assert [final for _, _, final in calls(stream)] == [False, True, False, True]


async def test_batch_never_spans_two_windows(stream: Stream) -> None:
    stream.put("a", "b")
    stream.wait(120)
    stream.put("c")
    await stream.map(WINDOWED)
    await until(lambda: len(stream.events) == 3)
    assert [texts(event) for event in stream.events] == [["a", "b"], [], ["c"]]


async def test_late_record_reopens_its_window(stream: Stream) -> None:
    await stream.map(WINDOWED)
    stream.wait(120)
    stream.put("b")
    await until(lambda: stream.received == ["b"])
    stream.wait(-10)
    stream.put("late")
    stream.wait(20)
    stream.put("c")
    await until(lambda: stream.received == ["b", "late", "c"])
    assert calls(stream) == [
        (["b"], [], False),
        (["late"], [], False),
        ([], ["late"], True),
        (["c"], ["b"], False),
    ]


async def test_response_without_a_state_fails_its_batch(stream: Stream) -> None:
    responses = [InvokeResult(b"null"), InvokeResult(b'{"batchItemFailures":[]}'), response({"all": ["a"]})]
    stream.answer = lambda event: responses.pop(0) if responses else gathered(event)
    await stream.map(WINDOWED)
    stream.put("a")
    await until(lambda: not responses)
    assert [texts(event) for event in stream.events] == [["a"]] * 3
    assert len(stream.warnings) == 1
    assert "returned no state" in stream.warnings[0]


async def test_failing_window_end_delays_the_following_windows(stream: Stream) -> None:
    stream.answer = lambda event: FAILED if event["isFinalInvokeForWindow"] else gathered(event)
    await stream.map(replace(WINDOWED, maximum_retries=1, on_failure=queue_arn("dead")))
    stream.put("a")
    stream.wait(120)
    stream.put("b")
    await until(lambda: len(stream.events) > 5)
    assert stream.received == ["a"]
    stream.answer = gathered
    await until(lambda: stream.received == ["a", "b"])
    assert not stream.world.targets.messages


async def test_oversized_state_ends_its_window_early(stream: Stream) -> None:
    large = "x" * (STATE_LIMIT - 8)

    def answer(event: dict[str, Any]) -> InvokeResult:
        return response({"s": large + "x" * ("b" in texts(event))})

    stream.answer = answer
    await stream.map(WINDOWED)
    for record in "abc":
        await handled(stream, record)
    early = [(texts(e), e["isFinalInvokeForWindow"], e["isWindowTerminatedEarly"]) for e in stream.events]
    assert early == [(["a"], False, False), (["b"], False, False), ([], True, True), (["c"], False, False)]
    assert len(stream.events[2]["state"]["s"]) == len(large) + 1
    assert stream.events[3]["state"] == {}
    assert stream.events[3]["window"] == stream.events[0]["window"]


async def test_end_of_a_shard_ends_its_window(stream: Stream) -> None:
    stream.world.kinesis.add_shard(CLICKS, "shardId-2", "shardId-1")
    stream.put("child", shard="shardId-2")
    await stream.map(WINDOWED)
    stream.put("parent")
    await until(lambda: stream.received == ["parent"])
    stream.close("shardId-1")
    await until(lambda: stream.received == ["parent", "child"])
    assert calls(stream) == [(["parent"], [], False), ([], ["parent"], True), (["child"], [], False)]


async def test_halves_of_a_batch_pass_the_state_on(stream: Stream) -> None:
    stream.answer = lambda event: FAILED if "bad" in texts(event) else gathered(event)
    stream.put("a", "b", "bad", "c")
    await stream.map(replace(WINDOWED, bisect=True, maximum_retries=0, on_failure=queue_arn("dead")))
    stream.wait(121)
    await until(lambda: calls(stream)[-1][2])
    assert calls(stream)[-1] == ([], ["a", "b", "c"], True)
    assert len(stream.world.targets.sent(queue_arn("dead"))) == 1


async def test_reported_records_return_with_the_state_before_them(stream: Stream) -> None:
    numbers = stream.put("a", "b", "c")
    responses = [response({"all": ["a"]}, numbers[1]), response({"all": ["lost"]}, numbers[1])]
    stream.answer = lambda event: responses.pop(0) if responses else gathered(event)
    await stream.map(replace(WINDOWED, partial=True))
    stream.wait(121)
    await until(lambda: calls(stream)[-1][2])
    # A report of the first record is a failure of the whole batch: its state is not taken.
    assert calls(stream) == [
        (["a", "b", "c"], [], False),
        (["b", "c"], ["a"], False),
        (["b", "c"], ["a"], False),
        ([], ["a", "b", "c"], True),
    ]


async def test_changed_length_ends_the_open_window(stream: Stream) -> None:
    await stream.map(WINDOWED)
    stream.put("a")
    await until(lambda: stream.received == ["a"])
    await stream.map(replace(WINDOWED, tumbling_window=60))
    stream.put("b")
    await until(lambda: stream.received == ["a", "b"])
    stream.answer = lambda event: gathered(event) if "state" in event else InvokeResult(b"null")
    await stream.map(replace(WINDOWED, tumbling_window=0, parallelization=2))
    stream.put("c")
    await until(lambda: stream.received == ["a", "b", "c"])
    assert states(stream) == [[], ["a"], [], ["b"], None]


def states(stream: Stream) -> list[list[str] | None]:
    return [event["state"].get("all", []) if "state" in event else None for event in stream.events]


async def test_window_and_its_state_survive_a_killed_process(world: World, tmp_path: Path) -> None:
    world.kinesis.add_shard(CLICKS)
    folder, killed = tmp_path / "journal", tmp_path / "killed"
    journal = Journal.open(folder)
    first = Stream(world, JournaledPositions(journal))
    first.clock.time, first.answer = START, gathered
    await first.map(WINDOWED)
    await handled(first, "a")
    first.answer = lambda _event: FAILED
    await handled(first, "b")
    shutil.copytree(folder, killed)  # while the batch of "b" is under way
    await first.manager.stop()
    journal.close()
    journal = Journal.open(killed)
    second = Stream(world, JournaledPositions(journal))
    second.clock.time, second.answer = START + 121, gathered
    await second.map(WINDOWED)
    await until(lambda: len(second.events) == 2)
    assert calls(second) == [(["b"], ["a"], False), ([], ["a", "b"], True)]
    await second.manager.stop()
    journal.close()


async def test_table_stream_has_windows(stream: Stream) -> None:
    source = stream_arn("orders")
    stream.world.streams.add_shard(source)
    for second in (0, 119, 120):
        at = datetime.fromtimestamp(START + second, UTC)
        stream.world.streams.put(source, str(second), at=at)
    stream.answer = lambda event: response({"all": [*event["state"].get("all", []), len(event["Records"])]})
    await stream.map(replace(WINDOWED, source_arn=source))
    await until(lambda: len(stream.events) == 3)
    assert [
        (len(event["Records"]), event["isFinalInvokeForWindow"], event["state"]) for event in stream.events
    ] == [(2, False, {}), (0, True, {"all": [2]}), (1, False, {})]
    assert {event["eventSourceARN"] for event in stream.events} == {source}
    assert [event["window"]["start"] for event in stream.events] == [
        "2020-12-09T07:04:00Z",
        "2020-12-09T07:04:00Z",
        "2020-12-09T07:06:00Z",
    ]


def test_position_of_an_earlier_version_is_read() -> None:
    assert Position.of(["LATEST", 1.5, None, "41"]).record() == ["LATEST", 1.5, None, "41", []]


@given(st.integers(0, 2**33), st.integers(1, 900))
def test_windows_follow_each_other_without_gaps(moment: int, seconds: int) -> None:
    window = Window.around(moment + 0.5, seconds)
    assert window.holds(moment + 0.5)
    assert window.start % seconds == 0
    assert Window.around(window.end, seconds).start == window.end
    assert Window.of(json.loads(json.dumps(window.record()))) == window


@settings(max_examples=examples(100), deadline=None)
@given(
    gaps=st.lists(st.integers(-30, 200), min_size=1, max_size=12),
    bad=st.sets(st.integers(0, 11), max_size=3),
    bisect=st.booleans(),
)
async def test_each_window_adds_up_under_any_failures(gaps: list[int], bad: set[int], bisect: bool) -> None:
    """The states that windows end with hold each record once, in its own window, but for those given up."""
    world = World()
    world.kinesis.add_shard(CLICKS)
    stream = Stream(world)
    stream.clock.time = START
    arrived: dict[str, int] = {}
    for number, gap in enumerate(gaps):
        stream.wait(gap)
        arrived[str(number)] = Window.around(stream.clock.time, 120).start
        stream.put(str(number), key="k")
    ended: list[str] = []

    def answer(event: dict[str, Any]) -> InvokeResult:
        if event["isFinalInvokeForWindow"]:
            for text in event["state"].get("all", []):
                assert event["window"]["start"] == Window.around(arrived[text], 120).moments()[0]
                ended.append(text)
        return FAILED if bad & set(map(int, texts(event))) else gathered(event)

    stream.answer = answer
    stream.wait(10_000)
    stream.put("99")
    await stream.map(replace(WINDOWED, bisect=bisect, maximum_retries=0, batch_size=5))
    await until(lambda: "99" in stream.received)
    await stream.manager.stop()
    assert len(ended) == len(set(ended))
    if bisect:
        assert set(ended) == {text for text in arrived if int(text) not in bad}
