"""The reader of event streams: HTML's own rules, and httpx-sse's reader as the witness."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import httpx
import pytest
from httpx_sse import EventSource
from hypothesis import given
from hypothesis import strategies as st

from clients.event_stream import Event, EventReader
from tests.clients.conftest import PATIENT

_words = st.text(st.characters(exclude_characters="\r\n\0\ufeff", exclude_categories=["Cs"]), max_size=6)
_lines = st.one_of(
    st.just(""),
    st.builds(": {}".format, _words),
    st.builds("data: {}".format, _words),
    st.builds("data:{}".format, _words),
    st.builds("event: {}".format, _words),
    st.builds("id: {}".format, _words),
    st.builds("retry: {}".format, st.sampled_from(["10", "-1", "x", ""])),
    _words,
)


def _read(pieces: Sequence[bytes]) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


def _cut(whole: bytes, places: Sequence[int]) -> list[bytes]:
    edges = [0, *sorted(place % (len(whole) + 1) for place in places), len(whole)]
    return [whole[start:end] for start, end in itertools.pairwise(edges)]


@PATIENT
@given(lines=st.lists(_lines), ends=st.sampled_from(["\n", "\r\n", "\r"]))
def test_parser_reads_the_same_events_as_httpx_sse(lines: list[str], ends: str) -> None:
    whole = (ends.join([*lines, "", ""])).encode()
    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=whole)
    witness = [Event(event.event, event.data, event.id) for event in EventSource(response).iter_sse()]
    # It makes an event of an id, a name or a comment alone, too; HTML does of data alone.
    assert [event for event in _read([whole]) if event.data] == [event for event in witness if event.data]


@PATIENT
@given(
    lines=st.lists(_lines),
    ends=st.sampled_from(["\n", "\r\n", "\r"]),
    places=st.lists(st.integers(0, 400), max_size=5),
)
def test_pieces_of_any_size_give_the_same_events(lines: list[str], ends: str, places: list[int]) -> None:
    whole = ("\ufeff" + ends.join([*lines, "", ""])).encode()
    assert _read(_cut(whole, places)) == _read([whole])


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("data: YHOO\ndata: +2\ndata: 10\n\n", [Event("message", "YHOO\n+2\n10")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [
                Event("message", "first event", "1"),
                Event("message", "second event"),
                Event("message", " third event"),
            ],
        ),
        ("data\n\ndata\ndata\n\ndata:", [Event("message", ""), Event("message", "\n")]),
        ("data:test\n\ndata: test\n\n", [Event("message", "test"), Event("message", "test")]),
        ("id: 7\n\n:\n\ndata: x\n\n", [Event("message", "x", "7")]),
        ("id: a\0b\ndata: x\n\n", [Event("message", "x")]),
        ("event: end\n\ndata: x\n\n", [Event("message", "x")]),
    ],
)
def test_examples_of_the_html_standard_are_parsed(text: str, events: list[Event]) -> None:
    assert _read([text.encode()]) == events


def test_invalid_utf8_becomes_replacement_characters() -> None:
    assert _read([b"data: a\xff\xe2\x82\n\n"]) == [Event("message", "a\ufffd\ufffd")]


def test_retry_accepts_digits_alone() -> None:
    reader = EventReader()
    for value, milliseconds in (
        ("x", None),
        ("-5", None),
        ("1500", 1500),
        ("", 1500),
        ("9" * 5000, 999_999_999),
    ):
        assert list(reader.feed(f"retry: {value}\n\n".encode())) == []
        assert reader.retry_ms == milliseconds


def test_id_counts_for_a_reconnect_without_an_event() -> None:
    reader = EventReader()
    assert list(reader.feed(b"id: 3\n\nid: 4\n")) == []
    assert reader.last_id == "3"  # the second is not dispatched yet
