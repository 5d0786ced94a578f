"""The rules of checkpoints: what an update may do, and that all of them happen or none."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from localcloud.functions.durable.errors import InvalidParameter
from localcloud.functions.durable.execution import Execution
from localcloud.functions.durable.model import OPEN
from localcloud.functions.durable.reading import updates_of
from localcloud.functions.durable.updates import apply, check
from localcloud.functions.model import DurableConfig
from tests.examples import examples
from tests.functions.durable.world import ARN


def an_execution() -> Execution:
    execution = Execution(
        f"{ARN}work:$LATEST/durable-execution/n/i",
        name="n",
        id="i",
        function="work",
        version="$LATEST",
        function_arn=f"{ARN}work:$LATEST",
        input="{}",
        started=0.0,
        config=DurableConfig(),
    )
    execution.begin()
    return execution


def submit(execution: Execution, *rows: dict[str, Any], now: float = 1.0) -> None:
    updates = updates_of(list(rows))
    check(execution, updates)
    apply(execution, updates, now, {}, {update.id: f"c{update.id}" for update in updates})


def row(key: str, kind: str, action: str, **more: Any) -> dict[str, Any]:
    return {"Id": key, "Type": kind, "Action": action, **more}


WAIT = {"WaitOptions": {"WaitSeconds": 1}}
RETRY = {"StepOptions": {"NextAttemptDelaySeconds": 1}}


@pytest.mark.parametrize(
    ("before", "refused", "words"),
    [
        ([], row("a", "WAIT", "SUCCEED"), "Invalid WAIT action"),
        ([], row("a", "STEP", "START", ParentId="p"), "Invalid parent"),
        ([row("a", "STEP", "START")], row("a", "STEP", "START"), "already exists"),
        ([row("a", "STEP", "START")], row("a", "CONTEXT", "SUCCEED"), "is of type STEP"),
        ([row("a", "STEP", "SUCCEED")], row("a", "STEP", "FAIL"), "state to close"),
        ([row("a", "STEP", "START")], row("a", "STEP", "RETRY"), "StepOptions"),
        ([], row("a", "CALLBACK", "CANCEL"), "Cannot cancel"),
        ([], row("a", "STEP", "SUCCEED", Payload="x" * 262_145), "262144 bytes"),
        ([], row("a", "STEP", "FAIL", Error={"ErrorMessage": "x" * 32_769}), "32768 bytes"),
        ([], row("a b", "STEP", "START"), "Id does not match"),
        ([], row("a", "WAIT", "START", WaitOptions={"WaitSeconds": 0}), "whole number from 1"),
        ([], row("a", "CHAINED_INVOKE", "START"), "FunctionName"),
    ],
)
def test_invalid_update_is_refused(before: list[dict[str, Any]], refused: dict[str, Any], words: str) -> None:
    execution = an_execution()
    submit(execution, *before)
    with pytest.raises(InvalidParameter, match=words):
        submit(execution, refused)


def test_checkpoint_applies_no_update_when_one_is_refused() -> None:
    execution = an_execution()
    with pytest.raises(InvalidParameter):
        submit(execution, row("a", "STEP", "START"), row("b", "WAIT", "SUCCEED"))
    assert list(execution.operations) == ["i"]
    with pytest.raises(InvalidParameter, match="last update"):
        submit(execution, row("i", "EXECUTION", "SUCCEED"), row("a", "STEP", "START"))


_ROWS = st.builds(
    row,
    st.sampled_from(["a", "b", "c", "d"]),
    st.sampled_from(["CONTEXT", "STEP", "WAIT", "CALLBACK", "CHAINED_INVOKE"]),
    st.sampled_from(["START", "SUCCEED", "FAIL", "RETRY", "CANCEL"]),
    ParentId=st.sampled_from([None, "a", "b"]),
    WaitOptions=st.just({"WaitSeconds": 3}),
    StepOptions=st.just({"NextAttemptDelaySeconds": 2}),
    CallbackOptions=st.just({"TimeoutSeconds": 5}),
    ChainedInvokeOptions=st.just({"FunctionName": "f:1"}),
)


@settings(max_examples=examples(40), deadline=None)
@given(st.lists(st.tuples(st.lists(_ROWS, max_size=3), st.integers(0, 4)), max_size=12))
def test_execution_stays_consistent_under_any_updates(steps: list[tuple[list[Any], int]]) -> None:
    execution, now = an_execution(), 1.0
    ended: dict[str, str] = {}
    for rows, passed in steps:
        now += passed
        execution.settle(now)
        count = len(execution.events)
        try:
            submit(execution, *rows, now=now)
        except InvalidParameter:
            assert len(execution.events) == count
        operations = {key: operation for key, operation in execution.operations.items() if key != "i"}
        assert set(execution.open) == {
            key for key, operation in operations.items() if operation.status in OPEN
        }
        assert all(operations[key].status == status for key, status in ended.items())
        ended |= {key: operation.status for key, operation in operations.items() if not operation.open}
        assert [event.number for event in execution.events] == list(range(1, len(execution.events) + 1))
        assert all((operation.ended is None) == operation.open for operation in operations.values())
        assert execution.next_due > now
