"""What Step Functions refuses in a definition, or fails at, beyond its shape.

Source: Amazon States Language specification; AWS Step Functions Developer Guide, "Quotas", "Intrinsics",
"Context object", "Integrating services". The shape itself is checked with cfn-lint's schema.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeAlias

import botocore.session

Document: TypeAlias = "Mapping[str, Any]"
Broken: TypeAlias = "tuple[str, str]"

LARGEST_PAYLOAD = 262_144
LARGEST_DEFINITION = 1_048_576
LONGEST_WAIT = 99_999_999
# Operands, at least and at most.
INTRINSICS = {
    "Array": (0, 99),
    "ArrayContains": (2, 2),
    "ArrayGetItem": (2, 2),
    "ArrayLength": (1, 1),
    "ArrayPartition": (2, 2),
    "ArrayRange": (3, 3),
    "ArrayUnique": (1, 1),
    "Base64Decode": (1, 1),
    "Base64Encode": (1, 1),
    "Format": (1, 99),
    "Hash": (2, 2),
    "JsonMerge": (3, 3),
    "JsonToString": (1, 1),
    "MathAdd": (2, 2),
    "MathRandom": (2, 3),
    "StringSplit": (2, 2),
    "StringToJson": (1, 1),
    "UUID": (0, 0),
}
DEEPEST_INTRINSIC = 10
CONTEXT = re.compile(
    r"\$\$(\.Execution(\.(Id|Name|RoleArn|StartTime|RedriveCount|RedriveTime|Input([.\[].*)?))?"
    r"|\.State(\.(EnteredTime|Name|RetryCount))?|\.StateMachine(\.(Id|Name))?|\.Task(\.Token)?"
    r"|\.Map(\.Item(\.(Index|Key|Source|Value([.\[].*)?))?)?)?"
)
REFERENCE = re.compile(r"\$(\.[A-Za-z_]\w*|\['[^']+'\]|\[\d+\])*")
PATH = re.compile(r"\$(\.\.?(\w+|\*)|\[('[^']+'|\d+|\*|-?\d*:-?\d*|\?\(.+\)|\d+(,\d+)+)\])*")
ERRORS = {
    "States.ALL",
    "States.BranchFailed",
    "States.DataLimitExceeded",
    "States.ExceedToleratedFailureThreshold",
    "States.HeartbeatTimeout",
    "States.Http.Socket",
    "States.IntrinsicFailure",
    "States.ItemReaderFailed",
    "States.NoChoiceMatched",
    "States.ParameterPathFailure",
    "States.Permissions",
    "States.QueryEvaluationError",
    "States.ResultPathMatchFailure",
    "States.ResultWriterFailed",
    "States.Runtime",
    "States.TaskFailed",
    "States.Timeout",
}
OPTIMIZED: dict[str, tuple[str, set[str]]] = {
    "lambda:invoke": ("lambda:InvokeFunction", {"waitForTaskToken"}),
    "dynamodb:getItem": ("dynamodb:GetItem", set()),
    "dynamodb:putItem": ("dynamodb:PutItem", set()),
    "dynamodb:updateItem": ("dynamodb:UpdateItem", set()),
    "dynamodb:deleteItem": ("dynamodb:DeleteItem", set()),
    "sqs:sendMessage": ("sqs:SendMessage", {"waitForTaskToken"}),
    "sns:publish": ("sns:Publish", {"waitForTaskToken"}),
    "events:putEvents": ("events:PutEvents", {"waitForTaskToken"}),
    "states:startExecution": ("states:StartExecution", {"sync", "sync:2", "waitForTaskToken"}),
}
_INTEGRATION = re.compile(r"arn:aws:states:::(aws-sdk:)?(\w+):(\w+)(?:\.([\w:]+))?")
_SERVICES = {"states": "stepfunctions", "sfn": "stepfunctions"}


def states(machine: Document) -> Iterator[tuple[str, Document]]:
    """Yield (name, state) of a machine, those of branches and item processors too."""
    for name, state in machine.get("States", {}).items():
        yield name, state
        for inner in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield from states(inner)


def broken(machine: Document, *, express: bool = False) -> list[Broken]:
    """Return the rules that a definition breaks, with where."""
    return list(_definition(machine, express=express))


def _definition(machine: Document, *, express: bool) -> Iterator[Broken]:
    if len(json.dumps(machine, separators=(",", ":"))) > LARGEST_DEFINITION:
        yield "definition-size", "at most 1 MB"
    names = [name for name, _ in states(machine)]
    for name in names:
        if len(name) > 80:
            yield "state-name", f"{name}: {len(name)} characters, at most 80"
        if names.count(name) > 1:
            yield "state-name", f"{name} is there twice"
    yield from _reachable(machine)
    for name, state in states(machine):
        for rule, what in _state(state, express=express):
            yield rule, f"{name}: {what}"


def _reachable(machine: Document) -> Iterator[Broken]:
    inside, seen, todo = machine["States"], set(), [machine["StartAt"]]
    while todo:
        name = todo.pop()
        if name not in inside:
            yield "missing-state", name
        elif name not in seen:
            seen.add(name)
            state = inside[name]
            rules = [state, *state.get("Choices", []), *state.get("Catch", [])]
            todo += [rule[field] for rule in rules for field in ("Next", "Default") if field in rule]
    for name in inside.keys() - seen:
        yield "unreachable", name
    for state in inside.values():
        for inner in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield from _reachable(inner)


def _state(state: Document, *, express: bool) -> Iterator[Broken]:
    for field in ("Parameters", "ResultSelector", "ItemSelector"):
        yield from _template(state.get(field))
    for field in ("Parameters", "Result", "ResultSelector"):
        if len(json.dumps(state.get(field)).encode()) > LARGEST_PAYLOAD:
            yield "payload", f"{field}: over 256 KB"
    for field, value in state.items():
        if field == "ResultPath" and value is not None and not REFERENCE.fullmatch(value):
            yield "reference-path", f"ResultPath {value}"
        elif field.endswith("Path") and field != "ResultPath" and value is not None:
            yield from _expression(value)
    for rule in state.get("Choices", []):
        yield from _choice(rule)
    yield from _numbers(state)
    for field in ("Retry", "Catch"):
        for rule in state.get(field, []):
            yield from _error_names(rule["ErrorEquals"], str(state.get("Resource", "")))
            if not REFERENCE.fullmatch(rule.get("ResultPath") or "$"):
                yield "reference-path", rule["ResultPath"]
    if state["Type"] == "Task":
        yield from _task(state, express=express)
    if express and state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        yield "express", "no distributed map"


def _choice(rule: Document) -> Iterator[Broken]:
    for field, value in rule.items():
        if field in {"And", "Or"}:
            for inner in value:
                yield from _choice(inner)
        elif field == "Not":
            yield from _choice(value)
        elif field == "Variable" or field.endswith("Path"):
            yield from _expression(value)


def _template(template: Any) -> Iterator[Broken]:
    if isinstance(template, list):
        for one in template:
            yield from _template(one)
    elif isinstance(template, dict):
        for name, value in template.items():
            yield from _expression(value) if name.endswith(".$") else _template(value)


# --- paths and intrinsic functions ---


def _expression(text: Any) -> Iterator[Broken]:
    if not isinstance(text, str):
        yield "path", f"{text!r} is no text"
    elif text.startswith("States."):
        yield from _intrinsic(text, 1)
    elif text.startswith("$$"):
        if not CONTEXT.fullmatch(text):
            yield "context-field", text
    elif not PATH.fullmatch(text):
        yield "path", text


def _intrinsic(text: str, depth: int) -> Iterator[Broken]:
    match = re.fullmatch(r"States\.(\w+)\s*\((.*)\)", text, re.DOTALL)
    if match is None or match[1] not in INTRINSICS:
        yield "intrinsic", f"{text}: there is no such function"
        return
    if depth > DEEPEST_INTRINSIC:
        yield "intrinsic", f"more than {DEEPEST_INTRINSIC} levels"
        return
    operands = _operands(match[2])
    least, most = INTRINSICS[match[1]]
    if not least <= len(operands) <= most:
        yield "intrinsic-arity", f"{match[1]} with {len(operands)} operands"
    if match[1] == "Format" and operands and operands[0].count("{}") != len(operands) - 1:
        yield "intrinsic-arity", f"{text}: as many operands as {{}}"
    for operand in operands:
        if operand.startswith("States."):
            yield from _intrinsic(operand, depth + 1)
        elif operand.startswith("$"):
            yield from _expression(operand)
        elif not re.fullmatch(r"'(?:[^'\\]|\\.)*'|-?\d+(\.\d+)?|true|false|null", operand, re.DOTALL):
            yield "intrinsic", f"{operand} is no path, function, number or 'text'"


def _operands(text: str) -> list[str]:
    found, depth, quoted, start, at = [], 0, False, 0, 0
    while at < len(text):
        character = text[at]
        if quoted and character == "\\":
            at += 1
        elif character == "'":
            quoted = not quoted
        elif not quoted:
            depth += {"(": 1, ")": -1}.get(character, 0)
            if character == "," and depth == 0:
                found.append(text[start:at].strip())
                start = at + 1
        at += 1
    return [*found, text[start:].strip()] if text.strip() else []


# --- numbers and errors ---


def _numbers(state: Document) -> Iterator[Broken]:
    for field in ("TimeoutSeconds", "HeartbeatSeconds", "Seconds"):
        least = 0 if field == "Seconds" else 1
        if field in state and not least <= state[field] <= LONGEST_WAIT:
            yield "seconds", f"{field} {state[field]}"
    if state.get("HeartbeatSeconds", 0) >= state.get("TimeoutSeconds", LONGEST_WAIT + 1):
        yield "seconds", "a heartbeat is shorter than the timeout"
    for rule in state.get("Retry", []):
        interval, longest = rule.get("IntervalSeconds", 1), rule.get("MaxDelaySeconds", 31_622_400)
        if not 1 <= interval <= LONGEST_WAIT or not interval < longest <= 31_622_400:
            yield "retry", f"IntervalSeconds {interval}, MaxDelaySeconds {longest}"
        if not 0 <= rule.get("MaxAttempts", 3) <= LONGEST_WAIT or rule.get("BackoffRate", 2) < 1:
            yield "retry", json.dumps(rule)
        if rule.get("JitterStrategy", "NONE") not in {"FULL", "NONE"}:
            yield "retry", rule["JitterStrategy"]


def _error_names(names: list[str], resource: str) -> Iterator[Broken]:
    # The optimized integration says DynamoDB, the SDK's DynamoDb: the other one is never matched.
    wrong = {"dynamodb": "DynamoDb.", "aws-sdk": "DynamoDB."}
    kind = next((kind for kind in wrong if resource.startswith(f"arn:aws:states:::{kind}:")), "")
    for name in names:
        if name.startswith("States.") and name not in ERRORS:
            yield "error-name", name
        if kind and name.startswith(wrong[kind]):
            yield "error-name", f"{name} is the other integration's"


# --- service integrations ---


@cache
def _operation(service: str, action: str) -> Any:
    """Return botocore's model of an operation, None when there is none."""
    session = botocore.session.Session()
    try:
        model = session.get_service_model(_SERVICES.get(service, service))
        return model.operation_model(action[:1].upper() + action[1:])
    except Exception:
        return None


def iam_action(resource: str) -> str | None:
    """Return the IAM action that an integration needs, None when it is no integration."""
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        return None
    sdk, service, action, _ = match.groups()
    if not sdk:
        found = OPTIMIZED.get(f"{service}:{action}")
        return found[0] if found else None
    return f"{'states' if service == 'sfn' else service}:{action[:1].upper()}{action[1:]}"


def _task(state: Document, *, express: bool) -> Iterator[Broken]:
    resource = state["Resource"]
    if re.fullmatch(r"arn:aws:(lambda:[\w-]+:\d{12}:function:.+|states:[\w-]+:\d{12}:activity:.+)", resource):
        if express and ":activity:" in resource:
            yield "express", "no activities"
        return
    match = _INTEGRATION.fullmatch(resource)
    if match is None:
        yield "integration", resource
        return
    sdk, service, action, pattern = match.groups()
    known = {"waitForTaskToken"} if sdk else OPTIMIZED.get(f"{service}:{action}", ("", set()))[1]
    model = _operation(service, action)
    if model is None or (not sdk and f"{service}:{action}" not in OPTIMIZED):
        yield "integration", f"{resource}: there is no such operation"
        return
    if pattern and pattern not in known:
        yield "integration", f"{resource}: no {pattern} here"
    if pattern and express:
        yield "express", f"no {pattern}"
    given = {name.removesuffix(".$") for name in state.get("Parameters", {})}
    for name in given - set(model.input_shape.members):
        yield "parameters", f"{action} has no {name}"
    for name in set(model.input_shape.required_members) - given:
        yield "parameters", f"{action} needs {name}"
    if pattern == "waitForTaskToken" and "$$.Task.Token" not in json.dumps(state.get("Parameters", {})):
        yield "task-token", "nobody is given the token"
