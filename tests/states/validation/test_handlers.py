"""Retry and Catch."""

from __future__ import annotations

from typing import Any

import pytest

from tests.states.validation.definitions import TASK, state_errors

ALL = {"ErrorEquals": ["States.ALL"]}
ONE_CATCHER = {"ErrorEquals": ["Order.Late"]}


@pytest.mark.parametrize(
    ("retrier", "expected"),
    [
        ({}, "These fields are required: [ErrorEquals] at /States/A/Retry[0]"),
        ({"ErrorEquals": []}, "Value cannot be empty at /States/A/Retry[0]/ErrorEquals"),
        ({"ErrorEquals": "x"}, "Expected value of type Array at /States/A/Retry[0]/ErrorEquals"),
        ({"ErrorEquals": [1]}, "Expected value of type String at /States/A/Retry[0]/ErrorEquals[0]"),
        ({**ONE_CATCHER, "Next": "A"}, "Field 'Next' is not supported at /States/A/Retry[0]"),
        (
            {**ONE_CATCHER, "MaxAttempts": 100_000_000},
            "Maximum value is 99999999 at /States/A/Retry[0]/MaxAttempts",
        ),
        ({**ONE_CATCHER, "MaxAttempts": -1}, "Minimum value is 0 at /States/A/Retry[0]/MaxAttempts"),
        ({**ONE_CATCHER, "IntervalSeconds": -1}, "Minimum value is 0 at /States/A/Retry[0]/IntervalSeconds"),
        ({**ONE_CATCHER, "IntervalSeconds": "1"}, "Expected value of type Integer"),
        ({**ONE_CATCHER, "BackoffRate": 0.9}, "Minimum value is 1 at /States/A/Retry[0]/BackoffRate"),
        ({**ONE_CATCHER, "MaxDelaySeconds": 0}, "Minimum value is 1 at /States/A/Retry[0]/MaxDelaySeconds"),
        ({**ONE_CATCHER, "MaxDelaySeconds": 31_622_401}, "Maximum value is 31622400"),
        ({**ONE_CATCHER, "IntervalSeconds": 5, "MaxDelaySeconds": 5}, "must be greater than IntervalSeconds"),
        ({**ONE_CATCHER, "JitterStrategy": "SOME"}, "Value should be one of the following: [NONE, FULL]"),
        ({"ErrorEquals": ["a", "States.ALL"]}, "States.ALL must appear alone and at end of list"),
        (1, "Expected value of type Object at /States/A/Retry[0]"),
    ],
)
def test_invalid_retrier_is_refused(retrier: Any, expected: str) -> None:
    [error] = state_errors({**TASK, "Retry": [retrier]})
    assert expected in error


def test_valid_retriers_are_accepted() -> None:
    retrier = {
        **ONE_CATCHER,
        "MaxAttempts": 0,
        "BackoffRate": 1.0,
        "IntervalSeconds": 4,
        "MaxDelaySeconds": 5,
    }
    assert state_errors({**TASK, "Retry": [{**retrier, "JitterStrategy": "FULL"}, ALL]}) == []
    assert state_errors({**TASK, "Retry": []}) == []


def test_states_all_must_come_last() -> None:
    [error] = state_errors({**TASK, "Retry": [ALL, ONE_CATCHER]})
    assert error == "States.ALL must appear alone and at end of list at /States/A/Retry[0]/ErrorEquals"


@pytest.mark.parametrize(
    ("catcher", "expected"),
    [
        (ALL, "These fields are required: [Next] at /States/A/Catch[0]"),
        ({**ALL, "Next": "A", "MaxAttempts": 1}, "Field 'MaxAttempts' is not supported"),
        ({**ALL, "Next": "A", "ResultPath": "$.a.*"}, "Value is not a Reference Path"),
        ({**ALL, "Next": "A", "Assign": []}, "Expected value of type Object at /States/A/Catch[0]/Assign"),
    ],
)
def test_invalid_catcher_is_refused(catcher: dict[str, Any], expected: str) -> None:
    [error] = state_errors({**TASK, "Catch": [catcher]})
    assert expected in error


def test_valid_catcher_is_accepted() -> None:
    catcher = {**ALL, "Next": "A", "ResultPath": None, "Assign": {"e.$": "$.Cause"}}
    assert state_errors({**TASK, "Catch": [catcher]}) == []


def test_handlers_must_be_arrays() -> None:
    assert state_errors({**TASK, "Retry": {}}) == ["Expected value of type Array at /States/A/Retry"]
