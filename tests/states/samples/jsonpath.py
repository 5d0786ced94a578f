"""Machines in JSONPath, with inputs, by name: for second opinions on how they end."""

from __future__ import annotations

from tests.states.samples.builders import (
    CAUGHT,
    END,
    LATE,
    ORDER,
    Machine,
    chain,
    choosing,
    computing,
    failing,
    mapping,
    passing,
)

JSONPATH: dict[str, Machine] = {
    "pass-result": passing(Result={"a": [1, None]}),
    "pass-result-path": passing(Result=7, ResultPath="$.new.deep"),
    "pass-result-discarded": passing(Result=7, ResultPath=None),
    "pass-input-null": passing(InputPath=None),
    "pass-output-path": passing(OutputPath="$.lines[1]"),
    "pass-parameters": passing(Parameters={"a.$": "$.id", "b": [{"c.$": "$.total"}, 1, None]}),
    "pass-context": computing(input="$$.Execution.Input.id", state="$$.State.Name"),
    "path-absent": passing(InputPath="$.absent"),
    "path-absent-parameters": computing(a="$.absent"),
    "path-index": computing(first="$.tags[0]", last="$.tags[-1]"),
    "path-slice": computing(two="$.tags[0:2]", tail="$.tags[-2:]"),
    "path-union": computing(a="$.tags[0,2]"),
    "path-wildcard": computing(a="$.lines[*].sku"),
    "path-wildcard-of-one": computing({"l": [{"a": 1}]}, a="$.l[*].a"),
    "path-wildcard-of-none": computing({"l": []}, a="$.l[*]"),
    "path-descendants": computing(a="$..sku"),
    "path-filter": computing(a="$.lines[?(@.n > 1)].sku"),
    "path-filter-of-none": computing(a="$.lines[?(@.n > 9)]"),
    "path-filter-text": computing(a="$.lines[?(@.sku == 'cup')]"),
    "path-filter-and": computing(a="$.lines[?(@.n > 1 && @.price < 10)].sku"),
    "path-length": computing(a="$.lines.length()"),
    "path-bracket": computing({"a b": 1}, a="$['a b']"),
    "format": computing(a="States.Format('{} has {} of {}', $.id, $.total, $.paid)"),
    "format-json": computing(a="States.Format('{}', $.tags)"),
    "format-null": computing(a="States.Format('{}', $.note)"),
    "format-few": computing(a="States.Format('{} {}', $.id)"),
    "array": computing(a="States.Array($.id, 1, 'x', true, null)"),
    "array-partition": computing(a="States.ArrayPartition($.tags, 2)"),
    "array-partition-by-zero": computing(a="States.ArrayPartition($.tags, 0)"),
    "array-contains": computing(a="States.ArrayContains($.tags, 'gift')"),
    "array-range": computing(a="States.ArrayRange(1, 9, 3)"),
    "array-range-down": computing(a="States.ArrayRange(3, 1, -1)"),
    "array-get-item": computing(a="States.ArrayGetItem($.tags, 1)"),
    "array-get-item-outside": computing(a="States.ArrayGetItem($.tags, 9)"),
    "array-length": computing(a="States.ArrayLength($.lines)"),
    "array-unique": computing(a="States.ArrayUnique($.tags)"),
    "base64": computing(a="States.Base64Encode('té')", b="States.Base64Decode('dGVh')"),
    "hash": computing(a="States.Hash('tea', 'SHA-256')"),
    "json-merge": computing(
        {"a": {"x": 1, "y": {"p": 1}}, "b": {"y": {"q": 2}}}, m="States.JsonMerge($.a, $.b, false)"
    ),
    "string-to-json": computing({"t": '{"a":[1,2.5]}'}, a="States.StringToJson($.t)"),
    "string-to-json-broken": computing({"t": "{"}, a="States.StringToJson($.t)"),
    "json-to-string": computing(a="States.JsonToString($.lines[0])"),
    "math-add": computing(a="States.MathAdd(2, -5)"),
    "math-add-fraction": computing({"n": 1.5}, a="States.MathAdd($.n, 1)"),
    "string-split": computing(a="States.StringSplit('a,b;c', ',;')"),
    "nested": computing(a="States.ArrayLength(States.StringSplit(States.Format('{},{}', $.id, 'x'), ','))"),
    "choice-string": choosing(
        ORDER, {"Variable": "$.id", "StringEquals": "o-2"}, {"Variable": "$.id", "StringMatches": "o-*"}
    ),
    "choice-number": choosing(
        ORDER,
        {"Variable": "$.total", "NumericLessThan": 42},
        {"Variable": "$.total", "NumericGreaterThanEquals": 42.5},
    ),
    "choice-path": choosing({"a": 3, "b": 3}, {"Variable": "$.a", "NumericEqualsPath": "$.b"}),
    "choice-other-type": choosing(ORDER, {"Variable": "$.id", "NumericEquals": 1}),
    "choice-timestamp": choosing(
        ORDER, {"Variable": "$.at", "TimestampGreaterThan": "2026-11-29T09:30:00+01:00"}
    ),
    "choice-boolean-of-number": choosing({"a": 1}, {"Variable": "$.a", "BooleanEquals": True}),
    "choice-is-null": choosing(ORDER, {"Variable": "$.note", "IsNull": True}),
    "choice-is-present": choosing(
        ORDER, {"Variable": "$.absent", "IsPresent": True}, {"Variable": "$.note", "IsPresent": True}
    ),
    "choice-is-numeric-of-boolean": choosing(ORDER, {"Variable": "$.paid", "IsNumeric": True}),
    "choice-is-timestamp": choosing(ORDER, {"Variable": "$.at", "IsTimestamp": True}),
    "choice-and-or-not": choosing(
        ORDER,
        {
            "And": [
                {
                    "Or": [
                        {"Variable": "$.total", "NumericGreaterThan": 99},
                        {"Variable": "$.paid", "BooleanEquals": True},
                    ]
                },
                {"Not": {"Variable": "$.id", "StringEquals": "o-2"}},
            ]
        },
    ),
    "choice-absent": choosing(ORDER, {"Variable": "$.absent", "NumericEquals": 1}),
    "choice-none": chain(
        ORDER,
        A={"Type": "Choice", "Choices": [{"Variable": "$.id", "StringEquals": "x", "Next": "B"}]},
        B=END,
    ),
    "map": mapping({"Type": "Pass", "OutputPath": "$.sku"}),
    "map-selector": mapping(
        END,
        ItemSelector={"i.$": "$$.Map.Item.Index", "sku.$": "$$.Map.Item.Value.sku", "order.$": "$.id"},
        ResultPath="$.done",
    ),
    "map-empty": mapping(END, {"lines": []}),
    "map-not-array": mapping(END, {"lines": {"a": 1}}),
    "map-fails": mapping({"Type": "Fail", "Error": "Line.Broken", "Cause": "c"}),
    "map-caught": chain(
        ORDER,
        A={
            "Type": "Map",
            "ItemsPath": "$.lines",
            "ItemProcessor": chain(None, I={"Type": "Fail", "Error": "Line.Broken"})[0],
            "Catch": [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.why", "Next": "C"}],
            "Next": "B",
        },
        B=END,
        C=CAUGHT,
    ),
    "parallel": chain(
        ORDER,
        A={
            "Type": "Parallel",
            "Branches": [
                chain(None, X={"Type": "Pass", "OutputPath": "$.id"})[0],
                chain(None, Y={"Type": "Pass", "Result": 2})[0],
            ],
            "ResultSelector": {"first.$": "$[0]", "both.$": "$"},
            "ResultPath": "$.r",
        },
        B={"Type": "Pass", "OutputPath": "$.r"},
    ),
    "parallel-fails": chain(ORDER, A=failing()),
    "catch": chain(
        ORDER,
        A={
            **failing(),
            "Catch": [{"ErrorEquals": ["Other"], "Next": "B"}, {**LATE, "ResultPath": "$.why", "Next": "C"}],
            "Next": "B",
        },
        B=END,
        C=CAUGHT,
    ),
    "catch-all-output": chain(
        ORDER, A={**failing(), "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}]}, B=END
    ),
    "catch-another": chain(
        ORDER, A={**failing(), "Catch": [{"ErrorEquals": ["Order.Lost"], "Next": "B"}]}, B=END
    ),
    "catch-task-failed": chain(
        ORDER, A={**failing(), "Catch": [{"ErrorEquals": ["States.TaskFailed"], "Next": "B"}]}, B=END
    ),
    "catch-runtime": chain(
        ORDER,
        A={
            "Type": "Parallel",
            "Branches": [chain(None, X={"Type": "Pass", "InputPath": "$.absent"})[0]],
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "B"}],
        },
        B=END,
    ),
    "retry-given-up": chain(
        ORDER, A={**failing(), "Retry": [{**LATE, "MaxAttempts": 1, "IntervalSeconds": 1}]}
    ),
    "retry-then-catch": chain(
        ORDER,
        A={
            **failing(),
            "Retry": [{**LATE, "MaxAttempts": 1, "IntervalSeconds": 1}],
            "Catch": [{**LATE, "ResultPath": "$.why", "Next": "C"}],
            "Next": "B",
        },
        B=END,
        C=CAUGHT,
    ),
    "fail": chain(ORDER, A={"Type": "Fail", "Error": "E", "Cause": "c"}),
    "fail-bare": chain(ORDER, A={"Type": "Fail"}),
    "fail-paths": chain(
        ORDER, A={"Type": "Fail", "ErrorPath": "$.id", "CausePath": "States.Format('{}!', $.id)"}
    ),
    "fail-path-not-text": chain(ORDER, A={"Type": "Fail", "ErrorPath": "$.total"}),
    "succeed": chain(ORDER, A={"Type": "Succeed", "OutputPath": "$.tags"}),
    "wait": chain({"s": 0}, A={"Type": "Wait", "SecondsPath": "$.s"}),
    "wait-until": chain(ORDER, A={"Type": "Wait", "TimestampPath": "$.at"}, B=END),
    "wait-not-number": chain(ORDER, A={"Type": "Wait", "SecondsPath": "$.id"}),
}
