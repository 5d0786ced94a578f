"""Our side of RFC 6455, with the library `websockets` as the other one."""

from __future__ import annotations

import contextlib
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from websockets.frames import Frame, Opcode
from websockets.streams import StreamReader

from orders.adapters.websocket_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    Closed,
    Ping,
    ProtocolError,
    Reader,
    Received,
    Text,
    frame,
)

_masks = st.binary(min_size=4, max_size=4)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


def served(opcode: int, payload: bytes, *, fin: bool = True) -> bytes:
    """Return a server's frame as `websockets` writes it."""
    return Frame(Opcode(opcode), payload, fin).serialize(mask=False)


def read(stream: bytes, places: list[int]) -> list[Received]:
    edges = [0, *sorted(place % (len(stream) + 1) for place in places), len(stream)]
    reader = Reader()
    return [item for start, end in itertools.pairwise(edges) for item in reader.feed(stream[start:end])]


@given(payload=st.binary(max_size=300), mask=_masks)
def test_library_reads_encoded_frames(payload: bytes, mask: bytes) -> None:
    reader = StreamReader()
    reader.feed_data(frame(TEXT, payload, mask))
    parsing = Frame.parse(reader.read_exact, mask=True)
    with pytest.raises(StopIteration) as done:
        next(parsing)
    assert (done.value.value.opcode, done.value.value.data) == (Opcode.TEXT, payload)


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 70_001])
def test_library_reads_encoded_frames_of_every_length(size: int) -> None:
    reader = StreamReader()
    reader.feed_data(frame(TEXT, b"x" * size))
    with pytest.raises(StopIteration) as done:
        next(Frame.parse(reader.read_exact, mask=True))
    assert len(done.value.value.data) == size


@given(
    messages=st.lists(st.lists(_texts, min_size=1, max_size=3), max_size=4),
    places=st.lists(st.integers(0, 4000), max_size=8),
)
def test_messages_are_read_however_they_are_split(messages: list[list[str]], places: list[int]) -> None:
    stream = b""
    for parts in messages:
        for number, part in enumerate(parts):
            opcode = CONTINUATION if number else TEXT
            stream += served(opcode, part.encode(), fin=number == len(parts) - 1)
            stream += served(PONG, b"")  # a control frame may stand between fragments
    assert read(stream, places) == [Text("".join(parts)) for parts in messages]


@pytest.mark.parametrize("size", [0, 125, 126, 65535, 65536, 300_000])
def test_messages_of_every_length_are_read(size: int) -> None:
    assert read(served(TEXT, b"x" * size), []) == [Text("x" * size)]


def test_pings_and_close_frames_are_read() -> None:
    stream = served(PING, b"are you there") + served(CLOSE, b"\x03\xe8bye") + served(TEXT, b"late")
    assert read(stream, []) == [Ping(b"are you there"), Closed(1000, "bye")]
    assert read(served(CLOSE, b""), []) == [Closed(1005, "")]


@pytest.mark.parametrize(
    ("stream", "fault"),
    [
        (frame(TEXT, b"x", mask=b"mask"), "masked"),
        (b"\xc1\x00", "extension"),
        (b"\x83\x00", "no opcode 3"),
        (b"\x09\x00", "fragmented"),
        (b"\x89\x7e\x00\x7e", "long"),
        (served(CONTINUATION, b"x"), "out of order"),
        (served(TEXT, b"x", fin=False) + served(TEXT, b"y"), "out of order"),
        (served(BINARY, b"x"), "no text"),
        (served(TEXT, b"\xff"), "no UTF-8"),
        (b"\x88\x01\x03", "half of a code"),
        (b"\x81\x7f" + (2**40).to_bytes(8, "big"), "more than"),
        (served(TEXT, b"x" * 600_000, fin=False) + served(CONTINUATION, b"x" * 600_000), "more than"),
    ],
)
def test_protocol_violation_is_refused(stream: bytes, fault: str) -> None:
    with pytest.raises(ProtocolError, match=fault):
        read(stream, [])


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(stream: bytes) -> None:
    with contextlib.suppress(ProtocolError):
        read(stream, [])
