"""Definitions that Step Functions takes and refuses, by name: for second opinions."""

from __future__ import annotations

from typing import Any

from tests.states.validation.definitions import (
    END,
    INVOKE,
    JSONATA,
    TASK,
    distributed,
    inner,
    machine,
    map_state,
)

CHOICE = {"Type": "Choice", "Default": "B"}
WAIT = {"Type": "Wait", "End": True}
NULL = {"Variable": "$.a", "IsNull": True}
ONE_RETRIER = {"ErrorEquals": ["Order.Late"]}
S3 = "arn:aws:states:::s3:"
READER = {"Resource": f"{S3}getObject", "Parameters": {"Bucket": "b", "Key": "k"}}


def only(state: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return machine({"A": state}, **fields)


def choosing(rule: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return machine({"A": {**CHOICE, "Choices": [rule]}, "B": END}, **fields)


def passing(**fields: Any) -> dict[str, Any]:
    return only({**END, **fields})


def retrying(**fields: Any) -> dict[str, Any]:
    return only({**TASK, "Retry": [{**ONE_RETRIER, **fields}]})


VALID: dict[str, dict[str, Any]] = {
    "pass": passing(Result={"a": 1}, ResultPath="$.r"),
    "pass-parameters": passing(Parameters={"a.$": "$.b", "c": [{"d.$": "States.UUID()"}]}),
    "pass-context": passing(Parameters={"a.$": "$$.Execution.Id"}),
    "pass-filter": passing(Parameters={"a.$": "$.b[?(@.c == 'd')]"}),
    "pass-null-paths": passing(InputPath=None, OutputPath=None, ResultPath=None),
    "succeed": only({"Type": "Succeed", "Comment": "done"}),
    "fail": only({"Type": "Fail", "Error": "E", "Cause": "c"}),
    "fail-paths": only({"Type": "Fail", "ErrorPath": "$.e", "CausePath": "States.Format('{}', $.c)"}),
    "wait-seconds": only({**WAIT, "Seconds": 1}),
    "wait-zero": only({**WAIT, "Seconds": 0}),
    "wait-timestamp": only({**WAIT, "Timestamp": "2026-11-29T10:00:00Z"}),
    "task": only({**TASK, "TimeoutSeconds": 6, "HeartbeatSeconds": 5}),
    "task-integration": only({**TASK, "Resource": INVOKE, "Parameters": {"FunctionName": "f"}}),
    "task-token": only(
        {**TASK, "Resource": f"{INVOKE}.waitForTaskToken", "Parameters": {"FunctionName": "f"}}
    ),
    "task-credentials": only({**TASK, "Credentials": {"RoleArn.$": "$.role"}}),
    "retry": retrying(IntervalSeconds=1, MaxAttempts=0, BackoffRate=1.5, MaxDelaySeconds=5),
    "retry-jitter": retrying(JitterStrategy="FULL"),
    "catch": machine({"A": {**TASK, "Catch": [{**ONE_RETRIER, "Next": "B", "ResultPath": "$.e"}]}, "B": END}),
    "choice": choosing({**NULL, "Next": "B"}),
    "choice-nested": choosing({"And": [NULL, {"Not": {"Or": [NULL, NULL]}}], "Next": "B"}),
    "choice-path": choosing({"Variable": "$.a", "NumericLessThanEqualsPath": "$.b", "Next": "B"}),
    "choice-assign": choosing({**NULL, "Next": "B", "Assign": {"v": 1}}),
    "choice-condition": choosing({"Condition": "{% $states.input.a = 1 %}", "Next": "B"}, **JSONATA),
    "parallel": only({"Type": "Parallel", "Branches": [inner("I"), inner("J")], "End": True}),
    "map": only(map_state(ItemsPath="$.a", MaxConcurrency=2, ItemSelector={"v.$": "$$.Map.Item.Value"})),
    "map-iterator": only({"Type": "Map", "Iterator": inner(), "End": True}),
    "map-distributed": only(distributed(Label="x", ToleratedFailurePercentage=5)),
    "map-batches": only(distributed(ItemBatcher={"MaxItemsPerBatch": 2})),
    "map-reader": only(distributed(ItemReader={**READER, "ReaderConfig": {"InputType": "JSON"}})),
    "jsonata": only({**END, "Output": "{% $states.input %}", "Assign": {"a": 1}}, **JSONATA),
    "jsonata-task": only({**TASK, "Arguments": {}, "TimeoutSeconds": "{% 5 %}"}, **JSONATA),
    "jsonata-state": only({**END, **JSONATA, "Output": 1}),
    "jsonata-items": only(map_state(Items=[1, 2]), **JSONATA),
    "assign": passing(Assign={"v.$": "$.a", "w": 1}),
    "variable": machine(
        {"A": {"Type": "Pass", "Assign": {"v": 1}, "Next": "B"}, "B": {**END, "InputPath": "$v"}}
    ),
}
REFUSED: dict[str, dict[str, Any]] = {
    "no-states": {"StartAt": "A"},
    "no-start": {"States": {"A": END}},
    "missing-start": {"StartAt": "B", "States": {"A": END}},
    "missing-next": only({"Type": "Pass", "Next": "B"}),
    "unreachable": machine({"A": END, "B": END}),
    "never-ends": only({"Type": "Pass", "Next": "A"}),
    "twice": only({"Type": "Parallel", "Branches": [inner("A")], "End": True}),
    "no-type": only({"End": True}),
    "odd-type": only({"Type": "Odd", "End": True}),
    "no-next": machine({"A": {"Type": "Pass"}}),
    "next-and-end": machine({"A": {**END, "Next": "B"}, "B": END}),
    "foreign-field": passing(Retry=[]),
    "unknown-field": passing(Results=1),
    "unknown-top-field": only(END, Start="A"),
    "version": only(END, Version="2.0"),
    "long-name": machine({"x" * 81: END}),
    "input-path": passing(InputPath="a"),
    "result-path": passing(ResultPath="$.a[*]"),
    "template": passing(Parameters={"a.$": "b"}),
    "wait-none": only(WAIT),
    "wait-both": only({**WAIT, "Seconds": 1, "SecondsPath": "$.s"}),
    "wait-negative": only({**WAIT, "Seconds": -1}),
    "wait-text": only({**WAIT, "Seconds": "1"}),
    "wait-timestamp": only({**WAIT, "Timestamp": "tomorrow"}),
    "task-no-resource": only({"Type": "Task", "End": True}),
    "task-resource": only({**TASK, "Resource": "pay"}),
    "task-timeout": only({**TASK, "TimeoutSeconds": 0}),
    "task-heartbeat": only({**TASK, "TimeoutSeconds": 5, "HeartbeatSeconds": 5}),
    "task-two-timeouts": only({**TASK, "TimeoutSeconds": 5, "TimeoutSecondsPath": "$.t"}),
    "fail-both": only({"Type": "Fail", "Error": "a", "ErrorPath": "$.e"}),
    "retry-empty": only({**TASK, "Retry": [{"ErrorEquals": []}]}),
    "retry-attempts": retrying(MaxAttempts=-1),
    "retry-backoff": retrying(BackoffRate=0.5),
    "retry-jitter": retrying(JitterStrategy="SOME"),
    "retry-delay": retrying(MaxDelaySeconds=31_622_401),
    "retry-all-first": only({**TASK, "Retry": [{"ErrorEquals": ["States.ALL"]}, ONE_RETRIER]}),
    "retry-all-among": only({**TASK, "Retry": [{"ErrorEquals": ["States.ALL", "a"]}]}),
    "catch-no-next": only({**TASK, "Catch": [ONE_RETRIER]}),
    "choice-empty": machine({"A": {**CHOICE, "Choices": []}, "B": END}),
    "choice-no-next": choosing(NULL),
    "choice-two-operators": choosing({**NULL, "IsString": True, "Next": "B"}),
    "choice-operator": choosing({"Variable": "$.a", "StringIs": "x", "Next": "B"}),
    "choice-value": choosing({"Variable": "$.a", "NumericEquals": "1", "Next": "B"}),
    "choice-no-variable": choosing({"IsNull": True, "Next": "B"}),
    "choice-nested-next": choosing({"Not": {**NULL, "Next": "B"}, "Next": "B"}),
    "choice-no-condition": choosing({"Next": "B"}, **JSONATA),
    "parallel-empty": only({"Type": "Parallel", "Branches": [], "End": True}),
    "map-nothing": only({"Type": "Map", "End": True}),
    "map-both": only(map_state(Iterator=inner("J"))),
    "map-mode": only(map_state(ItemProcessor={**inner(), "ProcessorConfig": {"Mode": "SOME"}})),
    "map-no-type": only(map_state(ItemProcessor={**inner(), "ProcessorConfig": {"Mode": "DISTRIBUTED"}})),
    "map-inline-batches": only(map_state(ItemBatcher={"MaxItemsPerBatch": 2})),
    "map-concurrency": only(map_state(MaxConcurrency=-1)),
    "map-tolerance": only(distributed(ToleratedFailurePercentage=101)),
    "map-label": only(distributed(Label="x" * 41)),
    "jsonata-in-jsonpath": passing(Output=1),
    "jsonpath-in-jsonata": only({**END, "InputPath": "$.a"}, **JSONATA),
    "jsonpath-state": only({**END, "QueryLanguage": "JSONPath"}, **JSONATA),
    "language": only(END, QueryLanguage="SQL"),
    "jsonata-open": only({**END, "Output": "{% 1"}, **JSONATA),
    "assign-states": passing(Assign={"states": 1}),
    "assign-name": passing(Assign={"a-b": 1}),
    "assign-outer": only(
        {**map_state(ItemProcessor=inner("I", **END, Assign={"v": 1})), "Assign": {"v": 2}},
    ),
}
