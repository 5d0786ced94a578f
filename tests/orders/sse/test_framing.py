"""What is written is what clients read: httpx-sse's reader as the witness."""

from __future__ import annotations

import json

import httpx
import pytest
from httpx_sse import EventSource, ServerSentEvent
from hypothesis import given
from hypothesis import strategies as st

from orders.model import received
from orders.sse.framing import (
    HEARTBEAT,
    Reason,
    change_event,
    end_event,
    event,
    opening,
    problem_event,
    reconnect_event,
)
from orders.views import change_view
from tests.orders.samples import an_order

_lines = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=["Cs"]), min_size=1)


def read(stream: bytes) -> list[ServerSentEvent]:
    response = httpx.Response(200, headers={"Content-Type": "text/event-stream"}, content=stream)
    return list(EventSource(response).iter_sse())


@given(data=st.text(st.characters(exclude_categories=["Cs"])), name=_lines, id=_lines)
def test_framed_event_is_parsed_unchanged(data: str, name: str, id: str) -> None:
    [event_read] = read(event(data, name=name, id=id))
    lines = data.replace("\r\n", "\n").replace("\r", "\n")
    assert (event_read.event, event_read.data, event_read.id) == (name, lines, id)


@pytest.mark.parametrize("bad", ["a\nb", "a\rb", "a\r\nb"])
def test_name_or_id_of_two_lines_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="one line each"):
        event("x", name=bad)
    with pytest.raises(ValueError, match="one line each"):
        event("x", id=bad)


def test_id_with_a_nul_is_refused() -> None:
    with pytest.raises(ValueError, match="one line each"):
        event("x", id="a\0b")


def test_change_event_equals_the_contract() -> None:
    change = received(an_order()).change(1)
    [event_read] = read(change_event(change, "1"))
    assert (event_read.event, event_read.id, json.loads(event_read.data)) == (
        "change",
        "1",
        change_view(change),
    )


def test_heartbeats_are_no_events() -> None:
    change = received(an_order()).change(1)
    stream = opening(1200) + HEARTBEAT + change_event(change, "1") + HEARTBEAT * 3 + end_event()
    assert [frame.event for frame in read(stream) if frame.retry is None] == ["change", "end"]


def test_end_events_have_their_reasons() -> None:
    stream = end_event() + reconnect_event(Reason.TOKEN_EXPIRED) + problem_event({"status": 404})
    assert [(frame.event, json.loads(frame.data)) for frame in read(stream)] == [
        ("end", {"reason": "FINAL"}),
        ("reconnect", {"reason": "TOKEN_EXPIRED"}),
        ("problem", {"status": 404}),
    ]
