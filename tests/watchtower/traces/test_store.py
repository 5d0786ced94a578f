from __future__ import annotations

import tempfile
from collections.abc import Iterator

import pytest

from localcloud.watchtower.traces.arrivals import IN_MEMORY, Arrivals
from localcloud.watchtower.traces.documents import Document
from localcloud.watchtower.traces.store import TraceStore
from tests.watchtower.traces.documents import TRACE, segment


def trace(number: int) -> str:
    return f"1-5759e988-{number:024x}"


async def test_oldest_traces_go_when_the_ring_is_full() -> None:
    size = len(segment(1))
    store = TraceStore(kept_bytes=10 * size)
    for number in range(1, 31):
        store.put(segment(number, trace_id=trace(number)))
    assert store.ids() == [trace(number) for number in range(21, 31)]
    assert store.dropped == 20


async def test_unread_documents_are_bounded_as_well() -> None:
    size = len(segment(1))
    store = TraceStore(kept_bytes=10 * size)
    for number in range(1, 31):
        store.receive(segment(number, trace_id=trace(number)).encode())
    await store.settle()
    assert store.ids() == [trace(number) for number in range(21, 31)]


def document(number: int) -> bytes:
    return f"{number:08d}".encode() * 1000


def test_arrivals_beyond_a_megabyte_are_read_from_files() -> None:
    arrivals = Arrivals(32 * IN_MEMORY)
    many = range(3 * IN_MEMORY // len(document(0)))
    for number in many:
        arrivals.add(document(number))
    assert sum(len(text) for text in arrivals._recent if isinstance(text, bytes)) < IN_MEMORY
    yielded = arrivals.take()
    first = [next(yielded) for _ in range(5)]
    yielded.close()  # their reader was cut off: the others are still there
    assert [*first, *arrivals.take()] == [document(number) for number in many]
    assert list(arrivals.take()) == []


def test_oldest_arrivals_go_with_their_files() -> None:
    arrivals = Arrivals(2 * IN_MEMORY)
    many = range(5 * IN_MEMORY // len(document(0)))
    for number in many:
        arrivals.add(document(number))
    remaining = list(arrivals.take())
    assert remaining == [document(number) for number in many[len(many) - len(remaining) :]]
    assert IN_MEMORY / len(document(0)) <= len(remaining) <= 2 * IN_MEMORY / len(document(0))
    assert arrivals.dropped == len(many) - len(remaining)


def test_arrivals_stay_in_memory_when_there_is_no_room_for_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    def full() -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    arrivals = Arrivals(32 * IN_MEMORY)
    many = range(2 * IN_MEMORY // len(document(0)))
    for number in many:
        arrivals.add(document(number))
    assert list(arrivals.take()) == [document(number) for number in many]


async def test_deferred_segment_is_written_when_it_is_read() -> None:
    written: list[int] = []

    class Late:
        def documents(self) -> Iterator[Document]:
            written.append(1)
            yield {"id": "0" * 16, "trace_id": TRACE, "name": "late", "start_time": 1.0, "end_time": 2.0}

    store = TraceStore()
    store.receive(Late())
    assert not written
    await store.settle()
    assert written == [1]
    assert [document["name"] for document in store.documents(TRACE)] == ["late"]


async def test_refused_documents_do_not_stop_those_behind_them() -> None:
    reasons: list[str] = []
    store = TraceStore(refused=reasons.append)
    store.receive(b"nonsense")
    store.receive(segment(1).encode())
    await store.settle()
    assert store.ids() == [TRACE]
    assert reasons == ["a trace segment is not taken: Invalid segment. ErrorCode: ParseError"]
