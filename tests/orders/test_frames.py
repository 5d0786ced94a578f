"""The WebSocket protocol, frame by frame."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orders.errors import (
    ChangeRefused,
    InvalidFrame,
    StartThrottled,
    TooManySubscriptions,
)
from orders.frames import (
    Ping,
    Subscribe,
    Unsubscribe,
    change_frame,
    encode,
    error_frame,
    parse_frame,
    pong_frame,
    subscribed_frame,
    unsubscribed_frame,
)
from orders.model import OrderId, OrderStatusChanged, received
from orders.status import OrderStatus
from tests.orders.samples import ADA, AT, an_order

ID = OrderId("3f2b8c1e-9a4d-4e0f-8b7a-5c6d7e8f9a0b")


@pytest.mark.parametrize(
    ("text", "frame"),
    [
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":3}}', Subscribe(ID, 3)),
        (f'{{"type":"subscribe","orderId":"{ID.upper()}"}}', Subscribe(ID, 0)),
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":null}}', Subscribe(ID, 0)),
        (f' {{"orderId": "{ID}", "type": "unsubscribe"}}\n', Unsubscribe(ID)),
        ('{"type":"ping"}', Ping()),
    ],
)
def test_client_frame_is_parsed(text: str, frame: object) -> None:
    assert parse_frame(text) == frame


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("", "frame", "NOT_JSON"),
        ("ping", "frame", "NOT_JSON"),
        ("{", "frame", "NOT_JSON"),
        ("[" * 4000, "frame", "NOT_JSON"),
        ('{"type":' + "1" * 4080 + "}", "type", "UNKNOWN_TYPE"),
        ('"' + "x" * 4095 + '"', "frame", "TOO_LONG"),
        ("[]", "frame", "WRONG_TYPE"),
        ("null", "frame", "WRONG_TYPE"),
        ('"ping"', "frame", "WRONG_TYPE"),
        ("{}", "type", "UNKNOWN_TYPE"),
        ('{"type":"PING"}', "type", "UNKNOWN_TYPE"),
        ('{"type":["ping"]}', "type", "UNKNOWN_TYPE"),
        ('{"type":"ping","orderId":"x"}', "frame", "UNKNOWN_FIELD"),
        (f'{{"type":"unsubscribe","orderId":"{ID}","afterVersion":1}}', "frame", "UNKNOWN_FIELD"),
        ('{"type":"subscribe"}', "orderId", "REQUIRED"),
        ('{"type":"subscribe","orderId":null}', "orderId", "REQUIRED"),
        ('{"type":"subscribe","orderId":7}', "orderId", "WRONG_TYPE"),
        ('{"type":"unsubscribe","orderId":"order-1"}', "orderId", "NOT_A_UUID"),
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":"1"}}', "afterVersion", "WRONG_TYPE"),
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":1.0}}', "afterVersion", "WRONG_TYPE"),
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":true}}', "afterVersion", "WRONG_TYPE"),
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":NaN}}', "afterVersion", "WRONG_TYPE"),
        (f'{{"type":"subscribe","orderId":"{ID}","afterVersion":-1}}', "afterVersion", "VERSION_RANGE"),
        (
            f'{{"type":"subscribe","orderId":"{ID}","afterVersion":2147483648}}',
            "afterVersion",
            "VERSION_RANGE",
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_invalid_frame_is_refused_with_its_place(text: str, path: str, code: str) -> None:
    with pytest.raises(InvalidFrame) as error:
        parse_frame(text)
    assert error.value.info == {"path": path, "code": code}
    assert str(error.value).startswith(f"{path}: ")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
almost_frames = st.fixed_dictionaries(
    {"type": st.sampled_from(["subscribe", "unsubscribe", "ping"]) | json_values},
    optional={"orderId": st.just(ID) | json_values, "afterVersion": json_values, "x": json_values},
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text() | json_values.map(json.dumps) | almost_frames.map(json.dumps))
def test_any_text_is_a_frame_or_refused(text: str) -> None:
    with contextlib.suppress(InvalidFrame):
        parse_frame(text)


def test_server_frames_are_encoded() -> None:
    change = received(an_order(ID)).change(1)
    documents = {
        "orderId": ID,
        "customerId": ADA,
        "version": 1,
        "status": "RECEIVED",
        "at": AT,
        "reason": None,
    }
    assert subscribed_frame(ID, 1, (change,)) == {
        "type": "subscribed",
        "orderId": ID,
        "version": 1,
        "changes": [documents],
    }
    assert change_frame(change) == {"type": "change", "change": documents}
    assert unsubscribed_frame(ID) == {"type": "unsubscribed", "orderId": ID}
    assert encode(pong_frame()) == b'{"type":"pong"}'


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (InvalidFrame("must be JSON", path="frame", code="NOT_JSON"), "InvalidFrame", "frame: must be JSON"),
        (
            TooManySubscriptions(100),
            "TooManySubscriptions",
            "One connection follows at most 100 orders: unsubscribe, or open another.",
        ),
        (StartThrottled(), "TryAgain", "Too much at once: send it again in a moment."),
        (
            ChangeRefused(OrderStatus.SHIPPED, OrderStatus.PACKED),
            "InternalError",
            "That failed on our side: send it again.",
        ),
        (KeyError("secret"), "InternalError", "That failed on our side: send it again."),
    ],
    ids=lambda value: type(value).__name__,
)
def test_error_frame_has_its_code(error: Exception, code: str, message: str) -> None:
    assert error_frame(error) == {"type": "error", "code": code, "message": message}
    assert error_frame(error, ID) == {"type": "error", "code": code, "message": message, "orderId": ID}


def test_history_fits_into_one_frame_of_api_gateway() -> None:
    change = OrderStatusChanged(ID, ADA, 6, OrderStatus.DELIVERED, AT)
    assert len(encode(subscribed_frame(ID, 6, (change,) * 6))) < 2048
