"""States that call nothing: their outcome and the stages of their data."""

from __future__ import annotations

import time

import pytest

from tests.states.testing.laboratory import Laboratory


@pytest.fixture
def laboratory() -> Laboratory:
    return Laboratory()


def test_choice_returns_the_next_state_and_the_original_input(laboratory: Laboratory) -> None:
    # The guide's example 1.
    choice = {
        "Type": "Choice",
        "Choices": [{"Variable": "$.number", "NumericEquals": 2, "Next": "Two"}],
        "Default": "None",
    }
    answer = laboratory.call(choice, '{"number":  2}')
    assert answer == {"status": "SUCCEEDED", "output": '{"number":  2}', "nextState": "Two"}


def test_pass_shows_each_stage_of_its_data(laboratory: Laboratory) -> None:
    # The guide's example 2, on other values.
    state = {
        "Type": "Pass",
        "InputPath": "$.order",
        "Parameters": {"total": 5},
        "ResultPath": "$.sum",
        "OutputPath": "$.sum.total",
        "Next": "Ship",
    }
    answer = laboratory.call(state, '{"order": {"id": "o-1"}}', inspectionLevel="DEBUG")
    assert answer == {
        "status": "SUCCEEDED",
        "output": "5",
        "nextState": "Ship",
        "inspectionData": {
            "input": '{"order": {"id": "o-1"}}',
            "afterInputPath": '{"id":"o-1"}',
            "afterParameters": '{"total":5}',
            "afterResultSelector": '{"total":5}',
            "afterResultPath": '{"order":{"id":"o-1"},"sum":{"total":5}}',
        },
    }


def test_jsonata_pass_has_no_stages_but_its_input(laboratory: Laboratory) -> None:
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n + 1 %}", "End": True}
    answer = laboratory.call(state, {"n": 1}, inspectionLevel="DEBUG")
    assert answer["output"] == "2"
    assert "nextState" not in answer
    assert answer["inspectionData"] == {"input": '{"n": 1}'}


def test_jsonata_choice_has_no_stages_but_its_input(laboratory: Laboratory) -> None:
    choices = [{"Condition": "{% $states.input.n = 1 %}", "Next": "One", "Output": "{% 'one' %}"}]
    state = {"Type": "Choice", "QueryLanguage": "JSONata", "Choices": choices}
    answer = laboratory.call(state, {"n": 1}, inspectionLevel="DEBUG")
    assert (answer["nextState"], answer["output"]) == ("One", '"one"')
    assert answer["inspectionData"] == {"input": '{"n": 1}'}


def test_wait_state_returns_at_once(laboratory: Laboratory) -> None:
    before = time.monotonic()
    answer = laboratory.call({"Type": "Wait", "Seconds": 3600, "Next": "Ship"}, {"id": 1})
    assert answer == {"status": "SUCCEEDED", "output": '{"id": 1}', "nextState": "Ship"}
    assert time.monotonic() - before < 60


def test_succeed_state_succeeds_and_fail_state_fails(laboratory: Laboratory) -> None:
    assert laboratory.call({"Type": "Succeed"}) == {"status": "SUCCEEDED", "output": "{}"}
    fail = {"Type": "Fail", "Error": "NoStock", "Cause": "Sold out"}
    assert laboratory.call(fail) == {"status": "FAILED", "error": "NoStock", "cause": "Sold out"}


def test_failure_shows_the_stages_up_to_it(laboratory: Laboratory) -> None:
    state = {"Type": "Pass", "InputPath": "$.order", "Parameters": {"a.$": "$.absent"}, "End": True}
    answer = laboratory.call(state, {"order": {"id": 1}}, inspectionLevel="DEBUG")
    assert answer["status"] == "FAILED"
    assert answer["error"] == "States.Runtime"
    assert answer["cause"].startswith("An error occurred while executing the state 'TestState'")
    assert answer["inspectionData"] == {"input": '{"order": {"id": 1}}', "afterInputPath": '{"id":1}'}


def test_variables_are_the_given_and_assigned_ones(laboratory: Laboratory) -> None:
    state = {
        "Type": "Pass",
        "Assign": {"total.$": "States.MathAdd($price, 1)"},
        "Parameters": {"price.$": "$price"},
        "End": True,
    }
    answer = laboratory.call(state, variables={"price": 4}, inspectionLevel="DEBUG")
    assert answer["output"] == '{"price":4}'
    assert answer["inspectionData"]["variables"] == '{"price":4,"total":5}'


def test_state_of_a_whole_machine_takes_its_language(laboratory: Laboratory) -> None:
    machine = {
        "QueryLanguage": "JSONata",
        "StartAt": "Sum",
        "States": {
            "Sum": {"Type": "Pass", "Output": "{% $sum($states.input) %}", "Next": "End"},
            "End": {"Type": "Succeed", "Output": "{% $states.context.State.Name %}"},
        },
    }
    assert laboratory.call(machine, [1, 2], stateName="Sum")["output"] == "3"
    assert laboratory.call(machine, [1, 2], stateName="Sum")["nextState"] == "End"
    assert laboratory.call(machine, [], stateName="End")["output"] == '"End"'


def test_state_within_a_map_sees_the_first_item(laboratory: Laboratory) -> None:
    machine = {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "End": True,
                "ItemProcessor": {
                    "StartAt": "Pick",
                    "States": {
                        "Pick": {
                            "Type": "Pass",
                            "Parameters": {"item.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"},
                            "End": True,
                        }
                    },
                },
            }
        },
    }
    assert laboratory.call(machine, {"sku": 1}, stateName="Pick")["output"] == '{"item":{"sku":1},"at":0}'


def test_test_state_leaves_no_execution(laboratory: Laboratory) -> None:
    laboratory.call({"Type": "Pass", "End": True})
    assert laboratory.region.executions == {}
    assert laboratory.world.transitions == 0
