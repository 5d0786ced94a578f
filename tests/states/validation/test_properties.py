"""Any document gets an answer; machines that are right by their making are taken."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from localcloud.states.validation import Diagnostic, diagnostics
from tests.states.validation.definitions import END, FUNCTION, TASK, distributed, inner, machine

ROOT = Path(__file__).resolve().parents[3]
WORKFLOWS = sorted((ROOT / "appsync/workflow").glob("*.json"))
FIELDS = ["StartAt", "States", "Type", "Next", "End", "Choices", "Catch", "Branches", "Retry", "Assign", "A"]
FIELDS += ["ItemProcessor", "ProcessorConfig", "Mode", "QueryLanguage", "Variable", "And", "Not", "Output"]
VALUES = [
    "",
    "$",
    "$.a[",
    "States.Array(",
    "{% 1 +",
    "{% a %}",
    "A",
    "Map",
    "Choice",
    "JSONata",
    "DISTRIBUTED",
]
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(VALUES)
    | st.text(),
    lambda nested: (
        st.lists(nested, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), nested, max_size=5)
    ),
    max_leaves=25,
)
WHOLE = machine(
    {
        "Choose": {
            "Type": "Choice",
            "Choices": [{"And": [{"Variable": "$.a", "IsNull": True}], "Next": "Pay", "Assign": {"v": 1}}],
            "Default": "Wait",
        },
        "Wait": {"Type": "Wait", "Timestamp": "2026-11-29T10:00:00Z", "Next": "Pay"},
        "Pay": {
            **TASK,
            "Parameters": {"id.$": "$.id", "list": [{"n.$": "States.UUID()"}]},
            "Retry": [{"ErrorEquals": ["a"], "MaxAttempts": 1, "MaxDelaySeconds": 5}],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Lost", "ResultPath": "$.error"}],
            "End": False,
            "Next": "Items",
        },
        "Items": {
            **distributed(Label="x", ItemBatcher={"MaxItemsPerBatch": 1}),
            "End": False,
            "Next": "Both",
        },
        "Both": {"Type": "Parallel", "Branches": [inner("J"), inner("K")], "Next": "Text"},
        "Text": {**END, "QueryLanguage": "JSONata", "Output": "{% $v %}"},
        "Lost": {"Type": "Fail", "Error": "Lost", "Cause": "why"},
    }
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every container with each of its keys."""
    pairs: list[tuple[Any, Any]] = []
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        pairs += [(value, key), *places(value[key])]
    return pairs


def answer(document: Any) -> list[Diagnostic]:
    problems = diagnostics(json.dumps(document), kind="EXPRESS")
    assert all(isinstance(each, Diagnostic) for each in problems)
    json.dumps([each.as_json() for each in problems])
    return problems


@given(values)
@example({"StartAt": [], "States": {"StartAt": None}})
@example({"StartAt": "A", "States": {"A": {"Type": {}, "Next": []}}})
@example({"StartAt": "A", "States": {"A": {"Type": "Task", "Next": [], "Catch": True, "Retry": 1}}})
def test_any_document_gets_a_verdict(document: Any) -> None:
    answer(document)


@given(st.data(), values)
def test_mutated_machine_gets_a_verdict(data: st.DataObject, value: Any) -> None:
    document = copy.deepcopy(WHOLE)
    pairs = places(document)
    holder, key = pairs[data.draw(st.integers(0, len(pairs) - 1))]
    if data.draw(st.booleans()):
        holder[key] = value
    else:
        del holder[key]
    answer(document)


def test_unmutated_machine_is_accepted() -> None:
    assert diagnostics(json.dumps(WHOLE), kind="STANDARD") == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_definitions_of_the_project_are_accepted(path: Path) -> None:
    # What the template puts in is a state's name.
    definition = path.read_text().replace("${AfterConfirmed}", "WaitToPack")
    assert diagnostics(definition, kind="STANDARD") == []


# --- machines that are right by their making ---

texts = st.text(alphabet="ab é_-", max_size=5)
paths = st.sampled_from(["$", "$.a", "$.a[0].b", "$$.Execution.Id"])
payloads = st.dictionaries(texts.map(lambda text: f"k{text}"), texts | st.integers(), max_size=2)
computed = st.dictionaries(st.sampled_from(["a.$", "b.$"]), paths | st.just("States.UUID()"), max_size=2)
retries = st.lists(
    st.fixed_dictionaries(
        {"ErrorEquals": st.just(["Order.Late"])},
        optional={
            "IntervalSeconds": st.integers(1, 9),
            "MaxAttempts": st.integers(0, 99_999_999),
            "BackoffRate": st.floats(1, 10),
            "MaxDelaySeconds": st.integers(10, 31_622_400),
            "JitterStrategy": st.sampled_from(["FULL", "NONE"]),
        },
    ),
    max_size=2,
)
optional: dict[str, st.SearchStrategy[Any]] = {"Comment": texts, "InputPath": paths | st.none()}
steps = st.one_of(
    st.fixed_dictionaries(
        {"Type": st.just("Pass")},
        optional={**optional, "Parameters": payloads | computed, "ResultPath": st.just("$.r") | st.none()},
    ),
    st.fixed_dictionaries(
        {"Type": st.just("Wait"), "Seconds": st.integers(0, 99_999_999)}, optional=optional
    ),
    st.fixed_dictionaries({"Type": st.just("Wait"), "TimestampPath": paths}, optional=optional),
    st.fixed_dictionaries(
        {"Type": st.just("Task"), "Resource": st.just(FUNCTION)},
        optional={
            **optional,
            "Retry": retries,
            "TimeoutSeconds": st.integers(2, 99),
            "ResultSelector": computed,
        },
    ),
)


@st.composite
def machines(draw: st.DrawFn, depth: int = 0, prefix: str = "") -> dict[str, Any]:
    """Draw a chain of states, some with machines inside, the last of which ends."""
    count = draw(st.integers(1, 4))
    states: dict[str, Any] = {}
    for number in range(count):
        name = f"{prefix}s{number}"
        state: dict[str, Any] = dict(draw(steps))
        if depth < 2 and draw(st.integers(0, 3)) == 0:
            body = draw(machines(depth + 1, f"{name}/"))
            bodies: dict[str, dict[str, Any]] = {
                "Parallel": {"Branches": [body]},
                "Map": {"ItemProcessor": body},
            }
            kind = draw(st.sampled_from(sorted(bodies)))
            state = {"Type": kind, **bodies[kind]}
        last = number == count - 1
        states[name] = {**state, "End": True} if last else {**state, "Next": f"{prefix}s{number + 1}"}
    return machine(states)


@given(machines(), st.sampled_from(["STANDARD", "EXPRESS"]))
def test_generated_valid_machine_is_accepted(definition: dict[str, Any], kind: Any) -> None:
    errors = [each for each in diagnostics(json.dumps(definition), kind=kind) if each.severity == "ERROR"]
    assert errors == []
