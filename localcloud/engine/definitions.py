"""What Step Functions refuses in a state machine's definition (Amazon States Language), statically.

The refusals that CreateStateMachine makes and that are cheap to make here: structure, transitions,
fields, error handlers, paths and intrinsic functions, and what Express cannot do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

COMMON = {"Type", "Comment", "QueryLanguage", "Output", "Assign"}
PATHS = {"InputPath", "OutputPath"}
RESULTS = {"ResultPath", "ResultSelector"}
FLOW = {"Next", "End"}
HANDLERS = {"Retry", "Catch"}
FIELDS: dict[str, set[str]] = {
    "Pass": COMMON | PATHS | FLOW | {"Result", "ResultPath", "Parameters"},
    "Task": COMMON
    | PATHS
    | RESULTS
    | FLOW
    | HANDLERS
    | {"Resource", "Parameters", "Arguments", "Credentials"}
    | {"TimeoutSeconds", "TimeoutSecondsPath", "HeartbeatSeconds", "HeartbeatSecondsPath"},
    "Choice": COMMON | PATHS | {"Choices", "Default"},
    "Wait": COMMON | PATHS | FLOW | {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"},
    "Succeed": COMMON | PATHS,
    "Fail": COMMON | {"Error", "ErrorPath", "Cause", "CausePath"},
    "Parallel": COMMON | PATHS | RESULTS | FLOW | HANDLERS | {"Branches", "Parameters", "Arguments"},
    "Map": COMMON
    | PATHS
    | RESULTS
    | FLOW
    | HANDLERS
    | {"ItemProcessor", "Iterator", "ItemsPath", "Items", "ItemSelector", "Parameters", "ItemReader"}
    | {"ItemBatcher", "ResultWriter", "Label", "MaxConcurrency", "MaxConcurrencyPath"}
    | {"ToleratedFailureCount", "ToleratedFailureCountPath"}
    | {"ToleratedFailurePercentage", "ToleratedFailurePercentagePath"},
}
# The names after "States.".
INTRINSICS = {
    "Array",
    "ArrayContains",
    "ArrayGetItem",
    "ArrayLength",
    "ArrayPartition",
    "ArrayRange",
    "ArrayUnique",
    "Base64Decode",
    "Base64Encode",
    "Format",
    "Hash",
    "JsonMerge",
    "JsonToString",
    "MathAdd",
    "MathRandom",
    "StringSplit",
    "StringToJson",
    "UUID",
}
CALL = re.compile(r"States\.([A-Za-z0-9]+)(?=\s*\()")


def problems(definition: str, *, express: bool = False) -> list[str]:
    """Return what is wrong with a definition, each as AWS puts it: ``CODE: message at /path``.

    Examples
    --------
    >>> problems('{"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}}')
    ["MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next"]
    """
    try:
        machine = json.loads(definition)
    except ValueError as error:
        return [f"INVALID_JSON_DESCRIPTION: {error}"]
    if not isinstance(machine, dict):
        return ["INVALID_JSON_DESCRIPTION: Definition must be a JSON object"]
    seen: set[str] = set()
    return list(
        _machine(machine, "", seen, express=express, jsonata=machine.get("QueryLanguage") == "JSONata")
    )


def _schema(message: str, path: str) -> str:
    return f"SCHEMA_VALIDATION_FAILED: {message} at {path}"


def _machine(
    machine: dict[str, Any], path: str, seen: set[str], *, express: bool, jsonata: bool
) -> Iterator[str]:
    states, start = machine.get("States"), _name(machine.get("StartAt"))
    if not isinstance(states, dict) or not states:
        yield _schema("The field 'States' is required and must hold at least one state", path or "/")
        return
    if start not in states:
        yield f"MISSING_TRANSITION_TARGET: Missing 'StartAt' target: {start} at {path}/StartAt"
    reached = {start}
    for name, state in states.items():
        at = f"{path}/States/{name}"
        if name in seen:
            yield f"DUPLICATE_STATE_NAME: Duplicate state name: {name} at {at}"
        seen.add(name)
        if len(name) > 80:
            yield _schema("State name must be at most 80 characters", at)
        if not isinstance(state, dict) or _name(state.get("Type")) not in FIELDS:
            yield _schema(f"The field Type should have one of these values: {sorted(FIELDS)}", f"{at}/Type")
            continue
        for field, target in _transitions(state):
            reached.add(target)
            if target not in states:
                missing = field.rsplit("/", 1)[-1]
                yield f"MISSING_TRANSITION_TARGET: Missing '{missing}' target: {target} at {at}/{field}"
        own = jsonata if "QueryLanguage" not in state else state["QueryLanguage"] == "JSONata"
        yield from _state(state, at, express=express, jsonata=own)
        for field, inner in _inner_machines(state):
            if isinstance(inner, dict):
                yield from _machine(inner, f"{at}/{field}", seen, express=express, jsonata=own)
    for name in states:
        if name not in reached:
            yield f'MISSING_TRANSITION_TARGET: State "{name}" is not reachable. at {path}/States/{name}'


def _name(value: Any) -> str | None:
    """Return a state's name; what is none (a list, a number) is named as it stands."""
    return value if isinstance(value, str | None) else json.dumps(value)


def _rules(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _transitions(state: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    for field in ("Next", "Default"):
        if field in state:
            yield field, _name(state[field])
    for field in ("Choices", "Catch"):
        for number, rule in enumerate(_rules(state.get(field))):
            if isinstance(rule, dict) and "Next" in rule:
                yield f"{field}[{number}]/Next", _name(rule["Next"])


def _inner_machines(state: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for number, branch in enumerate(_rules(state.get("Branches"))):
        yield f"Branches[{number}]", branch
    for field in ("ItemProcessor", "Iterator"):
        if field in state:
            yield field, state[field]


def _state(state: dict[str, Any], at: str, *, express: bool, jsonata: bool) -> Iterator[str]:
    kind = state["Type"]
    for field in sorted(state.keys() - FIELDS[kind]):
        yield _schema(f"Field '{field}' is not supported by state type {kind}", f"{at}/{field}")
    if "Next" in FIELDS[kind] and ("Next" in state) == (state.get("End") is True):
        yield _schema("Exactly one of 'Next' and 'End: true' is required", at)
    if kind == "Choice":
        rules = state.get("Choices")
        if not isinstance(rules, list) or not rules:
            yield _schema("The field 'Choices' is required and must not be empty", at)
        elif any(not isinstance(rule, dict) or "Next" not in rule for rule in rules):
            yield _schema("Each of 'Choices' needs the field 'Next'", f"{at}/Choices")
    elif kind == "Wait" and len(state.keys() & {"Seconds", "SecondsPath", "Timestamp", "TimestampPath"}) != 1:
        yield _schema("Exactly one of 'Seconds', 'SecondsPath', 'Timestamp', 'TimestampPath' is required", at)
    elif kind == "Parallel" and not _rules(state.get("Branches")):
        yield _schema("The field 'Branches' is required and must not be empty", at)
    elif kind == "Map" and not (state.get("ItemProcessor") or state.get("Iterator")):
        yield _schema("The field 'ItemProcessor' is required", at)
    elif kind == "Task":
        yield from _task(state, at, express=express)
    yield from _handlers(state, at)
    if not jsonata:
        for field in ("Parameters", "ResultSelector", "ItemSelector"):
            yield from _template(state.get(field), f"{at}/{field}")


def _task(state: dict[str, Any], at: str, *, express: bool) -> Iterator[str]:
    resource = state.get("Resource")
    if not isinstance(resource, str) or not resource.startswith("arn:"):
        yield _schema("The field 'Resource' is required and must be an ARN", f"{at}/Resource")
        return
    if express and (".waitForTaskToken" in resource or ".sync" in resource or ":activity:" in resource):
        yield _schema(f"Express state machine does not support '{resource}'", f"{at}/Resource")
    limit, heartbeat = state.get("TimeoutSeconds"), state.get("HeartbeatSeconds")
    if isinstance(limit, int) and isinstance(heartbeat, int) and heartbeat >= limit:
        yield _schema("HeartbeatSeconds must be smaller than TimeoutSeconds", at)


def _handlers(state: dict[str, Any], at: str) -> Iterator[str]:
    for field in sorted(HANDLERS):
        handlers = _rules(state.get(field))
        for number, handler in enumerate(handlers):
            place = f"{at}/{field}[{number}]"
            errors = handler.get("ErrorEquals") if isinstance(handler, dict) else None
            if not isinstance(errors, list) or not errors:
                yield _schema("The field 'ErrorEquals' is required and must not be empty", place)
            elif "States.ALL" in errors and (len(errors) > 1 or number < len(handlers) - 1):
                yield _schema("States.ALL must appear alone, in the last handler", f"{place}/ErrorEquals")
            if field == "Catch" and isinstance(handler, dict) and "Next" not in handler:
                yield _schema("The field 'Next' is required", place)


def _template(template: Any, at: str) -> Iterator[str]:
    """Check every ``name.$`` in a payload template: a path or an intrinsic function."""
    if isinstance(template, list):
        for number, value in enumerate(template):
            yield from _template(value, f"{at}[{number}]")
    if not isinstance(template, dict):
        return
    for name, value in template.items():
        if not name.endswith(".$"):
            yield from _template(value, f"{at}/{name}")
        elif not isinstance(value, str) or not value.startswith(("$", "States.")):
            expected = "a valid JSONPath or a valid intrinsic function call"
            yield _schema(f"The value for the field '{name}' must be {expected}", f"{at}/{name}")
        else:
            outside_quotes = re.sub(r"'(?:\\.|[^'\\])*'", "''", value)
            for call in CALL.findall(outside_quotes):
                if call not in INTRINSICS:
                    yield _schema(f"Unknown intrinsic function 'States.{call}'", f"{at}/{name}")
