"""What Step Functions refuses in a definition, or fails at, beyond its shape.

Source: Amazon States Language specification; AWS Step Functions Developer Guide, "Quotas", "Intrinsics",
"Context object", "Integrating services". The shape itself is checked with cfn-lint's schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from tests.aws_rules.asl_paths import REFERENCE, expression
from tests.aws_rules.asl_tasks import task

Document: TypeAlias = "Mapping[str, Any]"
Broken: TypeAlias = "tuple[str, str]"

LARGEST_PAYLOAD = 262_144
LARGEST_DEFINITION = 1_048_576
LONGEST_WAIT = 99_999_999
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
    inside, reachable, todo = machine["States"], set(), [machine["StartAt"]]
    while todo:
        name = todo.pop()
        if name not in inside:
            yield "missing-state", name
        elif name not in reachable:
            reachable.add(name)
            state = inside[name]
            rules = [state, *state.get("Choices", []), *state.get("Catch", [])]
            todo += [rule[field] for rule in rules for field in ("Next", "Default") if field in rule]
    for name in inside.keys() - reachable:
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
            yield from expression(value)
    for rule in state.get("Choices", []):
        yield from _choice(rule)
    yield from _numbers(state)
    for field in ("Retry", "Catch"):
        for rule in state.get(field, []):
            yield from _error_names(rule["ErrorEquals"], str(state.get("Resource", "")))
            if not REFERENCE.fullmatch(rule.get("ResultPath") or "$"):
                yield "reference-path", rule["ResultPath"]
    if state["Type"] == "Task":
        yield from task(state, express=express)
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
            yield from expression(value)


def _template(template: Any) -> Iterator[Broken]:
    if isinstance(template, list):
        for state in template:
            yield from _template(state)
    elif isinstance(template, dict):
        for name, value in template.items():
            yield from expression(value) if name.endswith(".$") else _template(value)


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
