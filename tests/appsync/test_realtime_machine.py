"""The connection's state machine, by itself: whatever text comes in, its state stays sane."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from localcloud.appsync.realtime.frames import (
    Complete,
    ConnectionAck,
    ConnectionRefused,
    ErrorFrame,
    StartAck,
    data_prefix,
)
from localcloud.appsync.realtime.machine import GraphQLConnectionMachine
from localcloud.appsync.serving.actions import Begin, Close, End, Send, encode
from localcloud.appsync.serving.rate import RateLimit
from localcloud.appsync.serving.subscriptions import SubscriptionState
from localcloud.wire.outbox import frame_header
from tests.examples import examples

INIT = '{"type":"connection_init"}'
IDS = st.sampled_from(["1", "2", "3", "4"])
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["connection_init", "start", "stop", "data"]) | JSON_VALUES,
        "id": IDS | JSON_VALUES,
        "payload": st.fixed_dictionaries(
            {}, optional={"data": st.text() | JSON_VALUES, "extensions": JSON_VALUES}
        )
        | JSON_VALUES,
    },
).map(json.dumps)


def start(id_: str) -> str:
    return json.dumps({"type": "start", "id": id_, "payload": {"data": "{}", "extensions": {}}})


@given(st.lists(st.text() | FRAMES | st.just(INIT), max_size=20))
def test_any_text_leaves_the_machine_consistent(texts: list[str]) -> None:
    machine = GraphQLConnectionMachine(max_subscriptions=3)
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
    machine = GraphQLConnectionMachine(refusal)
    for text in [*texts, INIT]:
        actions = machine.receive(text)
        assert not any(isinstance(a, Begin) or a == Send(ConnectionAck()) for a in actions)
    assert machine.state is SubscriptionState.CLOSED


class Conversation(RuleBasedStateMachine):
    """A client that behaves, and a server that answers in its own time, against a model."""

    def __init__(self) -> None:
        super().__init__()
        self.machine = GraphQLConnectionMachine(max_subscriptions=3)
        self.model: dict[str, str] = {}

    @initialize()
    def init(self) -> None:
        assert self.machine.receive(INIT) == [Send(ConnectionAck())]

    @rule(id_=IDS)
    def start(self, id_: str) -> None:
        (action,) = self.machine.receive(start(id_))
        if id_ in self.model or len(self.model) == 3:
            assert isinstance(action, Send)
            assert isinstance(action.frame, ErrorFrame)
            assert action.frame.id == id_
        else:
            assert isinstance(action, Begin)
            self.model[id_] = "starting"

    @rule(id_=IDS)
    def stop(self, id_: str) -> None:
        assert self.machine.receive(json.dumps({"type": "stop", "id": id_})) == [
            End(id_),
            Send(Complete(id_)),
        ]
        self.model.pop(id_, None)

    @rule(id_=IDS)
    def started(self, id_: str) -> None:
        expected = [Send(StartAck(id_))] if self.model.get(id_) == "starting" else []
        assert self.machine.started(id_) == expected
        if expected:
            self.model[id_] = "live"

    @rule(id_=IDS)
    def refused(self, id_: str) -> None:
        expected = [Send(ErrorFrame([{"message": "no"}], id_))] if id_ in self.model else []
        assert self.machine.refused(id_, [{"message": "no"}]) == expected
        self.model.pop(id_, None)

    @invariant()
    def same_as_the_model(self) -> None:
        assert self.machine.subscriptions.states == self.model

    def teardown(self) -> None:
        ended = {action.id for action in self.machine.close()}
        assert ended == set(self.model)


Conversation.TestCase.settings = settings(max_examples=examples(60), stateful_step_count=25)
TestConversation = Conversation.TestCase


@given(st.text(min_size=1))
def test_spliced_frame_is_json(id_: str) -> None:
    frame = json.loads(data_prefix(id_) + b'{"data":null}' + b"}")
    assert frame == {"id": id_, "type": "data", "payload": {"data": None}}


def test_text_frames_have_their_headers() -> None:
    assert frame_header(0) == b"\x81\x00"
    assert frame_header(125) == b"\x81\x7d"
    assert frame_header(126) == b"\x81\x7e\x00\x7e"
    assert frame_header(65_535) == b"\x81\x7e\xff\xff"
    assert frame_header(65_536) == b"\x81\x7f\x00\x00\x00\x00\x00\x01\x00\x00"


def test_messages_beyond_the_quota_are_refused_until_time_passes() -> None:
    now = 100.0
    rate = RateLimit(2, clock=lambda: now)
    first, other = GraphQLConnectionMachine(rate=rate), GraphQLConnectionMachine(rate=rate)
    refused = [
        Send(ErrorFrame([{"errorType": "LimitExceededError", "message": "Rate limit exceeded"}], None))
    ]
    assert first.receive(INIT) == [Send(ConnectionAck())]
    assert other.receive(INIT) == [Send(ConnectionAck())]
    assert first.receive(start("1")) == refused
    assert other.receive("{") == refused
    now += 0.5
    assert isinstance(first.receive(start("1"))[0], Begin)
    assert other.receive(start("1")) == refused


@given(st.lists(st.floats(0, 3), max_size=30), st.integers(1, 5))
def test_any_second_admits_at_most_twice_the_quota(pauses: list[float], per_second: int) -> None:
    now, passed = 0.0, []
    rate = RateLimit(per_second, clock=lambda: now)
    for pause in pauses:
        now += pause
        passed += [now] if rate.allows() else []
    for begin in passed:
        assert sum(begin <= at <= begin + 1 for at in passed) <= 2 * per_second
