"""An environment's state machine: no order of calls brings it where it may not be."""

from __future__ import annotations

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from localcloud.functions.errors import IllegalTransition
from localcloud.functions.lifecycle import EnvironmentState, Lifecycle


def test_environment_passes_through_its_states() -> None:
    life = Lifecycle()
    states = [life.state]
    life.asked_for_next()
    states.append(life.state)
    life.receive("r-1")
    states.append(life.state)
    life.respond("r-1")
    states.append(life.state)
    life.asked_for_next()
    states.append(life.state)
    assert states == [
        EnvironmentState.STARTING,
        EnvironmentState.IDLE,
        EnvironmentState.BUSY,
        EnvironmentState.RETURNING,
        EnvironmentState.IDLE,
    ]
    assert life.ended()
    assert not life.ended()


def test_illegal_transition_is_explained() -> None:
    life = Lifecycle()
    with pytest.raises(IllegalTransition, match="an invocation was given to an environment that is starting"):
        life.receive("r-1")
    with pytest.raises(IllegalTransition, match="the runtime answered r-1 while it was starting"):
        life.respond("r-1")
    life.asked_for_next()
    with pytest.raises(IllegalTransition, match="asked for the next invocation while it was idle"):
        life.asked_for_next()
    life.receive("r-1")
    with pytest.raises(IllegalTransition, match="the runtime answered r-2 while it had r-1"):
        life.respond("r-2")


class AnyOrder(RuleBasedStateMachine):
    """Calls in any order, against the plainest model: what is being handled, if anything."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Lifecycle()
        self.handling: str | None = None
        self.waiting = False
        self.over = False

    @rule()
    def ask(self) -> None:
        if self.over or self.waiting or self.handling is not None:
            with pytest.raises(IllegalTransition):
                self.life.asked_for_next()
        else:
            self.life.asked_for_next()
            self.waiting = True

    @rule(request_id=st.sampled_from(["a", "b"]))
    def give(self, request_id: str) -> None:
        if self.over or not self.waiting:
            with pytest.raises(IllegalTransition):
                self.life.receive(request_id)
        else:
            self.life.receive(request_id)
            self.waiting, self.handling = False, request_id

    @rule(request_id=st.sampled_from(["a", "b"]))
    def answer(self, request_id: str) -> None:
        if self.over or self.handling != request_id:
            with pytest.raises(IllegalTransition):
                self.life.respond(request_id)
        else:
            self.life.respond(request_id)
            self.handling = None

    @precondition(lambda self: self.life.invocations > 2)
    @rule()
    def end(self) -> None:
        assert self.life.ended() is not self.over
        self.over = True

    @invariant()
    def one_at_a_time(self) -> None:
        if not self.over:
            assert (self.life.state is EnvironmentState.BUSY) == (self.handling is not None)
            assert (self.life.state is EnvironmentState.IDLE) == self.waiting


TestAnyOrder = AnyOrder.TestCase
