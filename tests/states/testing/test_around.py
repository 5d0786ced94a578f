"""Map and Parallel, and errors of the states within them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.states.testing.laboratory import FUNCTION, Laboratory, failure, result

EXCEEDED = "States.ExceedToleratedFailureThreshold"


@pytest.fixture
def laboratory() -> Laboratory:
    return Laboratory()


def each(mode: str = "INLINE", **fields: Any) -> dict[str, Any]:
    config = {"Mode": mode, **({"ExecutionType": "STANDARD"} if mode == "DISTRIBUTED" else {})}
    processor = {
        "ProcessorConfig": config,
        "StartAt": "Pack",
        "States": {"Pack": {"Type": "Task", "Resource": FUNCTION, "End": True}},
    }
    return {"Type": "Map", "ItemProcessor": processor, "Next": "Ship", **fields}


def both(**fields: Any) -> dict[str, Any]:
    branches = [
        {"StartAt": name, "States": {name: {"Type": "Task", "Resource": FUNCTION, "End": True}}}
        for name in ("Pay", "Reserve")
    ]
    return {"Type": "Parallel", "Branches": branches, "Next": "Ship", **fields}


def texts(data: dict[str, Any]) -> dict[str, Any]:
    return {name: json.loads(value) if isinstance(value, str) else value for name, value in data.items()}


def test_inline_map_shows_its_items(laboratory: Laboratory) -> None:
    state = each(
        ItemsPath="$.lines",
        ItemSelector={"n.$": "$$.Map.Item.Value", "at.$": "$$.Map.Item.Index"},
        MaxConcurrency=3,
        ResultPath="$.packed",
    )
    answer = laboratory.call(state, {"lines": [7, 8]}, mock=result(["a", "b"]), inspectionLevel="DEBUG")
    assert (answer["status"], answer["nextState"]) == ("SUCCEEDED", "Ship")
    assert texts(answer["inspectionData"]) == {
        "input": {"lines": [7, 8]},
        "afterInputPath": {"lines": [7, 8]},
        "afterItemsPath": [7, 8],
        "afterItemSelector": [{"n": 7, "at": 0}, {"n": 8, "at": 1}],
        "maxConcurrency": 3,
        "result": ["a", "b"],
        "afterResultSelector": ["a", "b"],
        "afterResultPath": {"lines": [7, 8], "packed": ["a", "b"]},
    }


def test_distributed_map_shows_batches_and_what_it_tolerates(laboratory: Laboratory) -> None:
    state = each(
        "DISTRIBUTED",
        QueryLanguage="JSONata",
        Items="{% $states.input.lines %}",
        ItemBatcher={"MaxItemsPerBatch": 2},
        ToleratedFailureCount="{% 1 + 1 %}",
        ToleratedFailurePercentage=50,
    )
    data = texts(laboratory.inspected(state, {"lines": [1, 2, 3]}, mock=result([1, 2])))
    assert data["afterItemSelector"] == [1, 2, 3]
    assert data["afterItemBatcher"] == [{"Items": [1, 2]}, {"Items": [3]}]
    assert (data["toleratedFailureCount"], data["toleratedFailurePercentage"]) == (2, 50.0)
    assert "afterItemsPath" not in data


def test_item_reader_reads_the_input_given_for_its_source(laboratory: Laboratory) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW", "MaxItems": 1},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    configuration = {"mapItemReaderData": "sku,n\npen,1\ncup,2\n"}
    state = each("DISTRIBUTED", ItemReader=reader)
    data = texts(laboratory.inspected(state, mock=result([1]), stateConfiguration=configuration))
    assert data["afterItemSelector"] == [{"sku": "pen", "n": "1"}]


def test_items_pointer_shows_its_target(laboratory: Laboratory) -> None:
    reader = {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "ItemsPointer": "/orders"},
        "Parameters": {"Bucket": "b", "Key": "k"},
    }
    configuration = {"mapItemReaderData": '{"orders": [1, 2]}'}
    state = each("DISTRIBUTED", ItemReader=reader)
    data = texts(laboratory.inspected(state, mock=result([]), stateConfiguration=configuration))
    assert data["afterItemsPointer"] == [1, 2]


def test_input_replaces_the_data_of_the_reader(laboratory: Laboratory) -> None:
    reader = {"Resource": "arn:aws:states:::s3:getObject", "Parameters": {"Bucket": "b", "Key": "k"}}
    state = each("DISTRIBUTED", ItemReader=reader, ItemsPath="$.orders")
    data = texts(laboratory.inspected(state, {"orders": [1, 2]}, mock=result([])))
    assert data["afterItemsPath"] == [1, 2]


@pytest.mark.parametrize(("failures", "status"), [(1, "SUCCEEDED"), (2, "CAUGHT_ERROR")])
def test_map_fails_when_more_iterations_fail_than_it_tolerates(
    laboratory: Laboratory, failures: int, status: str
) -> None:
    catch = [{"ErrorEquals": [EXCEEDED], "Next": "Mend"}]
    state = each("DISTRIBUTED", ToleratedFailureCount=1, Catch=catch)
    configuration = {"mapIterationFailureCount": failures}
    answer = laboratory.call(state, [1, 2, 3], mock=result([1]), stateConfiguration=configuration)
    assert answer["status"] == status
    assert answer.get("error") == (EXCEEDED if failures == 2 else None)


def test_percentage_counts_the_items(laboratory: Laboratory) -> None:
    state = each("DISTRIBUTED", ToleratedFailurePercentage=50)
    for failures, status in ((2, "SUCCEEDED"), (3, "FAILED")):
        configuration = {"mapIterationFailureCount": failures}
        answer = laboratory.call(state, [1, 2, 3, 4], mock=result([]), stateConfiguration=configuration)
        assert answer["status"] == status


def test_failures_cannot_exceed_the_items(laboratory: Laboratory) -> None:
    refusal = laboratory.refusal(
        each("DISTRIBUTED"), [1], mock=result([]), stateConfiguration={"mapIterationFailureCount": 2}
    )
    assert refusal.code == "ValidationException"


def test_result_of_a_map_is_an_array_unless_it_is_written(laboratory: Laboratory) -> None:
    assert laboratory.refusal(each(), [], mock=result({})).code == "ValidationException"
    writer = {"Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "b", "Prefix": "p"}}
    state = each("DISTRIBUTED", ResultWriter=writer)
    assert laboratory.refusal(state, [], mock=result([])).code == "ValidationException"
    assert laboratory.call(state, [], mock=result({"MapRunArn": "r"}))["status"] == "SUCCEEDED"


def test_parallel_has_a_result_for_each_branch(laboratory: Laboratory) -> None:
    state = both(Parameters={"id.$": "$.id"}, ResultSelector={"paid.$": "$[0]"})
    answer = laboratory.call(state, {"id": 1}, mock=result([True, False]), inspectionLevel="DEBUG")
    assert answer["output"] == '{"paid":true}'
    data = texts(answer["inspectionData"])
    assert data["afterParameters"] == {"id": 1}
    assert data["result"] == [True, False]
    for wrong in ([True], {"Pay": True}):
        assert laboratory.refusal(state, {"id": 1}, mock=result(wrong)).code == "ValidationException"


def test_error_of_a_branch_runs_through_the_parallels_handlers(laboratory: Laboratory) -> None:
    state = both(Catch=[{"ErrorEquals": ["States.TaskFailed"], "Next": "Refund"}])
    mock, cause = failure("States.TaskFailed", "Declined"), {"errorCausedByState": "Pay"}
    answer = laboratory.call(state, mock=mock, stateConfiguration=cause)
    assert (answer["status"], answer["nextState"]) == ("CAUGHT_ERROR", "Refund")
    for name, wrong in (("Nobody", mock), ("Pay", result([1, 2]))):
        refusal = laboratory.refusal(state, mock=wrong, stateConfiguration={"errorCausedByState": name})
        assert refusal.code == "ValidationException"


def machine(state: dict[str, Any]) -> dict[str, Any]:
    following = ("Ship", "Mend") if "Catch" in state else ("Ship",)
    ends = {name: {"Type": "Succeed"} for name in following}
    return {"StartAt": "Outer", "States": {"Outer": state, **ends}}


def test_error_in_an_inner_state_reaches_the_handlers_around(laboratory: Laboratory) -> None:
    retry = [{"ErrorEquals": ["Broken"], "MaxAttempts": 1}]
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}]
    whole = machine(each(Retry=retry, Catch=catch))
    answer = laboratory.call(whole, stateName="Pack", mock=failure("Broken"), inspectionLevel="DEBUG")
    assert answer["status"] == "RETRIABLE"
    assert answer["inspectionData"]["errorDetails"]["retryIndex"] == 0
    answer = laboratory.call(whole, stateName="Pack", mock=failure("Other"))
    assert (answer["status"], answer["nextState"], answer["error"]) == ("CAUGHT_ERROR", "Mend", "Other")
    answer = laboratory.call(machine(each(Catch=catch)), stateName="Mend")
    assert answer["status"] == "SUCCEEDED"


def test_retries_of_an_inner_state_do_not_count_for_the_map(laboratory: Laboratory) -> None:
    state = each(Retry=[{"ErrorEquals": ["Broken"], "MaxAttempts": 1, "IntervalSeconds": 9}])
    pack = state["ItemProcessor"]["States"]["Pack"]
    pack["Retry"] = [{"ErrorEquals": ["Broken"], "MaxAttempts": 1, "IntervalSeconds": 5}]
    for retries, seconds in ((0, 5), (1, 9)):
        data = laboratory.inspected(
            machine(state),
            stateName="Pack",
            mock=failure("Broken"),
            stateConfiguration={"retrierRetryCount": retries},
        )
        assert data["errorDetails"]["retryBackoffIntervalSeconds"] == seconds


def test_item_of_a_distributed_map_has_a_source(laboratory: Laboratory) -> None:
    state = each("DISTRIBUTED")
    state["ItemProcessor"]["States"]["Pack"]["Parameters"] = {"item.$": "$$.Map.Item"}
    data = texts(laboratory.inspected(machine(state), 5, stateName="Pack", mock=result(1)))
    assert data["afterParameters"] == {"item": {"Index": 0, "Value": 5, "Source": "STATE_DATA"}}


@pytest.mark.parametrize(("failures", "status"), [(0, "FAILED"), (1, "CAUGHT_ERROR")])
def test_error_within_a_distributed_map_counts_against_what_it_tolerates(
    laboratory: Laboratory, failures: int, status: str
) -> None:
    catch = [{"ErrorEquals": [EXCEEDED], "Next": "Mend"}]
    whole = machine(each("DISTRIBUTED", ToleratedFailureCount=1, Catch=catch))
    answer = laboratory.call(
        whole,
        stateName="Pack",
        mock=failure("Broken"),
        stateConfiguration={"mapIterationFailureCount": failures},
    )
    assert answer["status"] == status
    assert answer["error"] == ("Broken" if status == "FAILED" else EXCEEDED)


def test_error_in_an_inner_state_ends_there_when_the_tolerance_is_unreadable(laboratory: Laboratory) -> None:
    state = each("DISTRIBUTED", ToleratedFailureCountPath="$.most")
    state["Catch"] = [{"ErrorEquals": ["States.ALL"], "Next": "Mend"}]
    answer = laboratory.call(machine(state), {"sku": 1}, stateName="Pack", mock=failure("Broken"))
    assert (answer["status"], answer["error"]) == ("FAILED", "Broken")
