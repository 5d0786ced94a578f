"""Every state machine of the template is one that Step Functions takes and that can do its work."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.aws_rules.asl import broken, states
from tests.aws_rules.asl_tasks import iam_actions
from tests.shape import shape

MACHINES = shape.resources("AWS::StepFunctions::StateMachine")
DEFINITIONS = {name: shape.definition(body["DefinitionS3Location"]) for name, body in MACHINES.items()}


def linted(definitions: dict[str, Any]) -> dict[str, list[str]]:
    """Return what cfn-lint's schema of the language says of each definition."""
    # Its import takes a second, which is not for every worker that collects.
    from cfnlint.api import lint_all  # type: ignore[import-untyped]

    machines: dict[str, Any] = {}
    for name, definition in definitions.items():
        names = set(re.findall(r"\$\{(\w+)\}", json.dumps(definition)))
        machines[name] = {
            "Type": "AWS::StepFunctions::StateMachine",
            "Properties": {
                "RoleArn": "arn:aws:iam::000000000000:role/role",
                "StateMachineType": MACHINES.get(name, {}).get("StateMachineType", "STANDARD"),
                "Definition": definition,
                "DefinitionSubstitutions": dict.fromkeys(sorted(names), "x"),
            },
        }
    messages: dict[str, list[str]] = {name: [] for name in definitions}
    for match in lint_all(json.dumps({"Resources": machines})):
        if match.rule.id == "E3601":
            messages[match.path[1]].append(str(match.message))
    return messages


def test_every_definition_of_the_rules_is_deployed() -> None:
    deployed = {body["DefinitionS3Location"] for body in MACHINES.values()}
    assert deployed == {f"workflow/{path.name}" for path in (shape.APPSYNC / "workflow").glob("*.json")}


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_no_state_machine_breaks_a_rule(name: str) -> None:
    express = MACHINES[name].get("StateMachineType", "STANDARD") == "EXPRESS"
    assert broken(DEFINITIONS[name], express=express) == []


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_the_role_allows_what_the_tasks_call_and_no_more(name: str) -> None:
    assert granted(MACHINES[name]) == needed(DEFINITIONS[name])


def needed(definition: Any) -> set[str]:
    actions = {action for _, state in states(definition) for action in iam_actions(state)}
    # A distributed Map reads its items itself.
    readers = {state["ItemReader"]["Resource"] for _, state in states(definition) if "ItemReader" in state}
    return actions | {"s3:GetObject" for resource in readers if resource.endswith(":s3:getObject")}


def granted(machine: Any) -> set[str]:
    role = shape.resources("AWS::IAM::Role")[shape.reference(machine["RoleArn"])]
    result: set[str] = set()
    for policy in role["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            result |= {actions} if isinstance(actions, str) else set(actions)
    return {action for action in result if not action.startswith("logs:")}


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_placeholders_are_filled_in(name: str) -> None:
    text = Path(shape.APPSYNC / MACHINES[name]["DefinitionS3Location"]).read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+)\}", text)) == set(MACHINES[name]["DefinitionSubstitutions"])


# --- each rule has a sample that it catches ---

SDK = "arn:aws:states:::aws-sdk:"
INVOKE = "arn:aws:states:::lambda:invoke"
UPDATE = {"TableName": "t", "Key": {}}


def task(resource: str = INVOKE, parameters: Any = None, **more: Any) -> dict[str, Any]:
    arguments = {"FunctionName": "f"} if parameters is None else parameters
    return single_state({"Type": "Task", "Resource": resource, "Parameters": arguments, "End": True, **more})


def single_state(state: dict[str, Any], name: str = "A") -> dict[str, Any]:
    return {"StartAt": name, "States": {name: state}}


def passing(**more: Any) -> dict[str, Any]:
    return single_state({"Type": "Pass", "End": True, **more})


def value(text: str) -> dict[str, Any]:
    return passing(Parameters={"a": [{"b.$": text}]})


SAMPLES: list[tuple[str, dict[str, Any]]] = [
    ("definition-size", passing(Comment="x" * 1_048_576)),
    ("payload", passing(Result="x" * 262_144)),
    ("state-name", single_state({"Type": "Pass", "End": True}, "x" * 81)),
    ("state-name", single_state({"Type": "Parallel", "Branches": [passing()], "End": True})),
    ("unreachable", {"StartAt": "A", "States": {**passing()["States"], "B": {"Type": "Succeed"}}}),
    ("missing-state", single_state({"Type": "Pass", "Next": "B"})),
    ("intrinsic", value("States.Upper($.a)")),
    ("intrinsic", value("States.JsonToString(a)")),
    ("intrinsic", value("States.Array(" * 11 + ")" * 11)),
    ("intrinsic-arity", value("States.MathAdd(1)")),
    ("intrinsic-arity", value("States.Format('{} {}', $.a)")),
    ("intrinsic-arity", value("States.Array(States.UUID('a, b'))")),
    ("context-field", value("$$.Execution.Arn")),
    ("context-field", value("States.Array($$.State.EntryTime)")),
    ("path", value("order.id")),
    ("path", single_state({"Type": "Wait", "SecondsPath": "seconds", "End": True})),
    (
        "path",
        single_state(
            {"Type": "Choice", "Choices": [{"Not": {"Variable": "a", "IsNull": True}, "Next": "A"}]}
        ),
    ),
    ("reference-path", passing(ResultPath="$.a[*]")),
    ("reference-path", task(Catch=[{"ErrorEquals": ["X"], "ResultPath": "$$.a", "Next": "A"}])),
    ("seconds", task(TimeoutSeconds=0)),
    ("seconds", task(TimeoutSeconds=5, HeartbeatSeconds=5)),
    ("retry", task(Retry=[{"ErrorEquals": ["X"], "BackoffRate": 0.5}])),
    ("retry", task(Retry=[{"ErrorEquals": ["X"], "IntervalSeconds": 9, "MaxDelaySeconds": 9}])),
    ("retry", task(Retry=[{"ErrorEquals": ["X"], "JitterStrategy": "SOME"}])),
    ("error-name", task(Retry=[{"ErrorEquals": ["States.TaskFailure"]}])),
    (
        "error-name",
        task("arn:aws:states:::dynamodb:updateItem", UPDATE, Retry=[{"ErrorEquals": ["DynamoDb.X"]}]),
    ),
    ("error-name", task(f"{SDK}dynamodb:updateItem", UPDATE, Retry=[{"ErrorEquals": ["DynamoDB.X"]}])),
    ("integration", task("arn:aws:states:::dynamodb:query", {})),
    ("integration", task("arn:aws:states:::lambda:call")),
    ("integration", task(f"{SDK}dynamodb:queries", {})),
    ("integration", task(f"{SDK}nothing:get", {})),
    ("integration", task("arn:aws:states:::dynamodb:updateItem.sync", UPDATE)),
    ("integration", task("invoke")),
    ("parameters", task(parameters={"FunctionName": "f", "Body": {}})),
    ("parameters", task("arn:aws:states:::dynamodb:updateItem", {"TableName": "t"})),
    ("task-token", task(f"{INVOKE}.waitForTaskToken")),
]
EXPRESS = [
    task(f"{INVOKE}.waitForTaskToken", {"FunctionName": "f", "Payload": {"token.$": "$$.Task.Token"}}),
    task("arn:aws:states:::states:startExecution.sync", {"stateMachineArn": "m"}),
    task("arn:aws:states:us-east-1:000000000000:activity:a"),
    single_state(
        {
            "Type": "Map",
            "ItemProcessor": {
                "ProcessorConfig": {"Mode": "DISTRIBUTED"},
                **single_state({"Type": "Succeed"}, "B"),
            },
            "End": True,
        }
    ),
]


@pytest.mark.parametrize(
    ("rule", "definition"), SAMPLES, ids=[f"{number}-{rule}" for number, (rule, _) in enumerate(SAMPLES)]
)
def test_asl_rule_reports_its_violation(rule: str, definition: dict[str, Any]) -> None:
    assert {name for name, _ in broken(definition)} == {rule}


@pytest.mark.parametrize("definition", EXPRESS)
def test_express_machine_refuses_states_that_wait(definition: dict[str, Any]) -> None:
    assert broken(definition) == []
    assert {name for name, _ in broken(definition, express=True)} == {"express"}


@pytest.mark.slow  # cfn-lint, which `make lint` runs on the template as well
def test_definition_has_the_shape_of_the_language_and_the_schema_refuses_others() -> None:
    wrong = {
        "Field": passing(Retries=[]),
        "Type": single_state({"Type": "Odd", "End": True}),
        "Operator": single_state(
            {"Type": "Choice", "Choices": [{"Variable": "$.a", "StringIs": "x", "Next": "A"}]}
        ),
    }
    wrong |= {
        f"{name}Nowhere": {**definition, "StartAt": "Nowhere"} for name, definition in DEFINITIONS.items()
    }
    messages = linted({**DEFINITIONS, "Least": passing(), **wrong})
    assert {name for name, messages in messages.items() if messages} == set(wrong)


def test_missing_and_superfluous_permissions_are_reported() -> None:
    definition = task("arn:aws:states:::sqs:sendMessage", {"QueueUrl": "q", "MessageBody": "m"})
    assert needed(definition) == {"sqs:SendMessage"}
    assert needed(task(f"{SDK}sfn:describeExecution", {"ExecutionArn": "a"})) == {"states:DescribeExecution"}
    assert granted(MACHINES["OrderWorkflow"]) != needed(definition)


def test_paths_of_every_kind_are_accepted() -> None:
    texts = [
        "$",
        "$.a.b",
        "$['a b'][0]",
        "$.a[*].b",
        "$..a",
        "$.a[?(@.b==1)]",
        "$.a[0:2]",
        "$$.Execution.Input.a",
    ]
    texts += ["States.Format('{}, it\\'s {}', $.a, States.UUID())", "States.MathAdd($.a, -1)"]
    assert [broken(value(text)) for text in texts] == [[]] * len(texts)
