"""The connection's frames and state machine, by themselves: whatever text comes in, its state stays sane."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.appsync.events.frames import (
    ConnectionAck,
    ConnectionRefused,
    ErrorFrame,
    Publish,
    Published,
    Subscribe,
    Succeeded,
    data_prefix,
    decode,
)
from localcloud.appsync.events.machine import MAX_PUBLISHING, EventConnectionMachine
from localcloud.appsync.serving.actions import Begin, Close, End, Frame, KeepAlive, Post, Send, encode
from localcloud.appsync.serving.subscriptions import SubscriptionState

INIT = '{"type":"connection_init"}'
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
TYPES = ["connection_init", "subscribe", "publish", "unsubscribe", "ka", "data"]
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(TYPES) | JSON_VALUES,
        "id": st.sampled_from(["1", "2", "3", "4"]) | JSON_VALUES,
        "channel": st.sampled_from(["/default/a", "/default/*"]) | JSON_VALUES,
        "events": st.just(["1"]) | JSON_VALUES,
        "authorization": st.just({"x-api-key": "k"}) | JSON_VALUES,
    },
).map(json.dumps)


def subscribe(id_: str) -> str:
    return json.dumps({"type": "subscribe", "id": id_, "channel": "/default/a", "authorization": {}})


def publish(id_: str) -> str:
    return json.dumps({"type": "publish", "id": id_, "channel": "/default/a", "events": ["1"]})


@pytest.mark.parametrize(
    ("frame", "text"),
    [
        (ConnectionAck(), '{"type":"connection_ack","connectionTimeoutMs":300000}'),
        (KeepAlive(), '{"type":"ka"}'),
        (
            ConnectionRefused("UnauthorizedException", "No.", 401),
            '{"type":"connection_error","errors":'
            '[{"errorType":"UnauthorizedException","message":"No.","errorCode":401}]}',
        ),
        (Succeeded("subscribe", "1"), '{"id":"1","type":"subscribe_success"}'),
        (Succeeded("unsubscribe", "1"), '{"id":"1","type":"unsubscribe_success"}'),
        (
            Published("1", [{"identifier": "u", "index": 0}], []),
            '{"id":"1","type":"publish_success","successful":[{"identifier":"u","index":0}],"failed":[]}',
        ),
        (
            ErrorFrame("subscribe_error", {"errorType": "A", "message": "b"}, "1"),
            '{"id":"1","type":"subscribe_error","errors":[{"errorType":"A","message":"b"}]}',
        ),
        (ErrorFrame("error", {"errorType": "A"}), '{"type":"error","errors":[{"errorType":"A"}]}'),
    ],
)
def test_server_frames_are_encoded(frame: Frame, text: str) -> None:
    assert encode(frame).decode() == text


@given(st.text(min_size=1), JSON_VALUES)
def test_spliced_frame_is_json(id_: str, event: object) -> None:
    text = json.dumps(event)
    frame = json.loads(data_prefix(id_) + json.dumps(text).encode() + b"}")
    assert frame == {"id": id_, "type": "data", "event": text}


def test_header_names_are_case_insensitive() -> None:
    frame = {"type": "subscribe", "id": "1", "channel": "c", "authorization": {"Authorization": "t", "n": 1}}
    assert decode(json.dumps(frame)) == Subscribe("1", "c", {"authorization": "t"})
    frame = {"type": "publish", "id": "1", "channel": "c", "events": "whatever"}
    assert decode(json.dumps(frame)) == Publish("1", "c", "whatever", {})


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("no JSON", ("error", "UnsupportedOperation", "unknown not supported through this channel", None)),
        ("[]", ("error", "UnsupportedOperation", "unknown not supported through this channel", None)),
        ("[" * 3000, ("error", "UnsupportedOperation", "unknown not supported through this channel", None)),
        ('{"type":"start","id":"7"}',)
        + (("error", "UnsupportedOperation", "start not supported through this channel", "7"),),
        ('{"type":"subscribe","channel":"c"}',)
        + (("subscribe_error", "BadRequestException", "Missing id", None),),
        ('{"type":"subscribe","id":"7"}',)
        + (("subscribe_error", "BadRequestException", "Missing channel", "7"),),
        ('{"type":"publish","id":"7","channel":3}',)
        + (("publish_error", "BadRequestException", "Missing channel", "7"),),
        ('{"type":"unsubscribe","id":""}',)
        + (("unsubscribe_error", "BadRequestException", "Missing id", None),),
        ('{"type":"unsubscribe","id":"7"}',)
        + (("unsubscribe_error", "UnknownOperationError", "Unknown operation id 7", "7"),),
    ],
)
def test_invalid_frame_is_answered_with_an_error(text: str, answer: tuple[str, str, str, str | None]) -> None:
    kind, error_type, message, id_ = answer
    error = {"errorType": error_type, "message": message}
    assert EventConnectionMachine().receive(text) == [Send(ErrorFrame(kind, error, id_))]


def test_first_operation_opens_the_connection() -> None:
    machine = EventConnectionMachine()
    assert machine.receive(subscribe("1")) == [Begin(Subscribe("1", "/default/a", {}))]
    assert machine.state is SubscriptionState.READY
    assert machine.receive(INIT) == [Send(ConnectionAck())]


def test_subscription_id_is_reusable_after_its_end() -> None:
    machine = EventConnectionMachine(max_subscriptions=1)
    assert machine.receive(subscribe("1")) == [Begin(Subscribe("1", "/default/a", {}))]
    duplicate = {
        "errorType": "DuplicatedOperationError",
        "message": "There is a subscription 1 already.",
    }
    assert machine.receive(subscribe("1")) == [Send(ErrorFrame("subscribe_error", duplicate, "1"))]
    full = {
        "errorType": "MaxSubscriptionsReachedError",
        "message": "Max number of 1 subscriptions reached",
    }
    assert machine.receive(subscribe("2")) == [Send(ErrorFrame("subscribe_error", full, "2"))]
    assert machine.started("1") == [Send(Succeeded("subscribe", "1"))]
    assert machine.subscriptions.states == {"1": "live"}
    assert machine.started("1") == []
    assert machine.receive('{"type":"unsubscribe","id":"1"}') == [
        End("1"),
        Send(Succeeded("unsubscribe", "1")),
    ]
    assert machine.started("1") == []
    assert machine.refused("1", {}) == []
    machine.receive(subscribe("2"))
    assert machine.refused("2", {"errorType": "A"}) == [
        Send(ErrorFrame("subscribe_error", {"errorType": "A"}, "2"))
    ]
    machine.receive(subscribe("3"))
    assert machine.close() == [End("3")]
    assert machine.started("3") == [] == machine.receive(INIT)


def test_concurrent_publishes_are_limited() -> None:
    machine = EventConnectionMachine()
    for number in range(MAX_PUBLISHING):
        assert machine.receive(publish(str(number))) == [Post(Publish(str(number), "/default/a", ["1"], {}))]
    limit = {"errorType": "LimitExceededError", "message": "Rate limit exceeded"}
    assert machine.receive(publish("x")) == [Send(ErrorFrame("publish_error", limit, "x"))]
    assert machine.published("0", [], []) == [Send(Published("0", [], []))]
    assert machine.unpublished("1", {}) == [Send(ErrorFrame("publish_error", {}, "1"))]
    assert len(machine.receive(publish("x"))) == 1
    assert machine.publishing == MAX_PUBLISHING - 1
    machine.close()
    assert machine.published("2", [], []) == [] == machine.unpublished("3", {})


@given(st.lists(st.text() | FRAMES | st.just(INIT), max_size=20))
def test_any_text_leaves_the_machine_consistent(texts: list[str]) -> None:
    machine = EventConnectionMachine(max_subscriptions=3)
    for text in texts:
        for action in machine.receive(text):
            if isinstance(action, Send):
                json.loads(encode(action.frame))
            assert not isinstance(action, Close)
        assert machine.state in (SubscriptionState.OPENED, SubscriptionState.READY)
        assert len(machine.subscriptions.states) <= 3
    machine.receive(INIT)
    machine.close()
    assert machine.receive(INIT) == []


@given(st.lists(st.text() | FRAMES, max_size=10))
def test_invalid_credential_never_opens_a_connection(texts: list[str]) -> None:
    refusal = ConnectionRefused("UnauthorizedException", "no", 401)
    machine = EventConnectionMachine(refusal)
    done = [action for text in [*texts, INIT] for action in machine.receive(text)]
    assert done == [Send(refusal), Close(1008, "UnauthorizedException")]
    assert machine.state is SubscriptionState.CLOSED
