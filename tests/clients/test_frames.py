from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clients.frames import Changed, Failed, Other, Ping, Subscribe, Subscribed, parse_frame
from clients.model import Status
from clients.reading import Unexpected
from tests.clients.conftest import PATIENT

CHANGE = {
    "orderId": "o",
    "customerId": "c",
    "version": 2,
    "status": "VALIDATED",
    "at": "2026-11-20T18:00:00.123Z",
    "reason": None,
}


def test_client_frames_have_their_text() -> None:
    assert Subscribe("o", 3).text() == '{"type": "subscribe", "orderId": "o", "afterVersion": 3}'
    assert Ping().text() == '{"type": "ping"}'


def test_server_frames_are_parsed() -> None:
    subscribed = parse_frame(
        json.dumps({"type": "subscribed", "orderId": "o", "version": 2, "changes": [CHANGE]})
    )
    assert isinstance(subscribed, Subscribed)
    assert (subscribed.history.version, len(subscribed.history.changes)) == (2, 1)
    changed = parse_frame(json.dumps({"type": "change", "change": CHANGE}))
    assert isinstance(changed, Changed)
    assert (changed.change.version, changed.change.status) == (2, Status.VALIDATED)
    assert parse_frame('{"type": "pong"}') == Other("pong")


@pytest.mark.parametrize(
    ("text", "later"),
    [
        ('{"type": "error", "code": "TryAgain", "message": "m", "orderId": "o"}', True),
        ('{"type": "error", "code": "InternalError", "message": "m"}', True),
        ('{"type": "error", "code": "TooManySubscriptions", "message": "m"}', False),
        ('{"type": "error", "code": "InvalidFrame", "message": "m"}', False),
        ('{"message": "m", "connectionId": "c", "requestId": "r"}', True),
    ],
)
def test_error_frame_says_whether_to_retry(text: str, later: bool) -> None:
    frame = parse_frame(text)
    assert isinstance(frame, Failed)
    assert (frame.message, frame.later) == ("m", later)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["type", "change", "orderId", "version", "changes", "x"]), inner)
    ),
    max_leaves=8,
)


@PATIENT
@given(_json.map(json.dumps) | st.text())
def test_any_text_is_a_frame_or_unexpected(text: str) -> None:
    try:
        frame = parse_frame(text)
    except Unexpected:
        return
    assert isinstance(frame, Subscribed | Changed | Failed | Other)
