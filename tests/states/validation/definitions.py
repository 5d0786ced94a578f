"""Small definitions, and what validation says of them."""

from __future__ import annotations

import json
from typing import Any

from localcloud.states.validation import diagnostics
from localcloud.states.validation.context import Kind

END: dict[str, Any] = {"Type": "Pass", "End": True}
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:pay"
INVOKE = "arn:aws:states:::lambda:invoke"
TASK: dict[str, Any] = {"Type": "Task", "Resource": FUNCTION, "End": True}
JSONATA: Any = {"QueryLanguage": "JSONata"}


def machine(states: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Return a machine that starts with the first of its states."""
    return {"StartAt": next(iter(states), "A"), "States": states, **fields}


def inner(name: str = "I", **state: Any) -> dict[str, Any]:
    """Return a branch of one state."""
    return machine({name: state or END})


def map_state(**fields: Any) -> dict[str, Any]:
    return {"Type": "Map", "ItemProcessor": inner(), "End": True, **fields}


def distributed(**fields: Any) -> dict[str, Any]:
    config = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    return map_state(ItemProcessor={"ProcessorConfig": config, **inner()}, **fields)


def errors(definition: dict[str, Any] | str, kind: Kind = "STANDARD") -> list[str]:
    return _texts(definition, kind, "ERROR")


def warnings(definition: dict[str, Any]) -> list[str]:
    return _texts(definition, "STANDARD", "WARNING")


def state_errors(state: dict[str, Any], /, *, kind: Kind = "STANDARD", **fields: Any) -> list[str]:
    """Return the errors of a state, without the code of the schema."""
    states = {"A": state} if state.get("Next") is None else {"A": state, "B": END}
    problems = errors(machine(states, **fields), kind)
    # Whether the state ends is the whole machine's matter.
    own = [text for text in problems if not text.startswith("MISSING_END_STATE")]
    return [text.removeprefix("SCHEMA_VALIDATION_FAILED: ") for text in own]


def _texts(definition: dict[str, Any] | str, kind: Kind, severity: str) -> list[str]:
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return [str(each) for each in diagnostics(text, kind=kind) if each.severity == severity]
