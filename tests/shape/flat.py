"""A template with what it nests, as one: passed parameters and outputs stand for what they are."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

from localcloud.stack.template import read_template

Document = dict[str, Any]
_OUTPUT = re.compile(r"\$\{(\w+)\.Outputs\.(\w+)\}")
_PARAMETER = re.compile(r"\$\{(\w+)\}")


def flat(template: Document, folder: Path) -> dict[str, Document]:
    """Return all resources of a template and of those below it; no two have one name.

    A nested resource has the condition of its stack, unless it has one of its own.
    """
    stacks = {
        name: body
        for name, body in template["Resources"].items()
        if body["Type"] == "AWS::CloudFormation::Stack"
    }
    outputs: dict[tuple[str, str], Any] = {}
    below: dict[str, Document] = {}
    for name, body in stacks.items():
        nested = cast("Document", read_template(folder / body["Properties"]["TemplateURL"]))
        passed = body["Properties"]["Parameters"]
        for inner, resource in nested["Resources"].items():
            assert inner not in below and inner not in template["Resources"], (
                f"two resources are named {inner}"
            )
            below[inner] = {"Condition": body.get("Condition"), **_with_parameters(resource, passed)}
        for output, value in nested["Outputs"].items():
            outputs[name, output] = _with_parameters(value["Value"], passed)
    own = {name: body for name, body in template["Resources"].items() if name not in stacks}
    resources: dict[str, Document] = _with_outputs(own | below, outputs)
    return resources


def _with_outputs(value: Any, outputs: dict[tuple[str, str], Any]) -> Any:
    match value:
        case {"Fn::GetAtt": [str(stack), str(attribute)]} if attribute.startswith("Outputs."):
            return outputs[stack, attribute.removeprefix("Outputs.")]
        case {"Fn::Sub": str(text)}:
            return {"Fn::Sub": _OUTPUT.sub(lambda match: _written(outputs[match[1], match[2]]), text)}
        case dict():
            return {name: _with_outputs(inner, outputs) for name, inner in value.items()}
        case list():
            return [_with_outputs(inner, outputs) for inner in value]
    return value


def _with_parameters(value: Any, passed: Document) -> Any:
    match value:
        case {"Ref": str(name)} if name in passed:
            return passed[name]
        case {"Fn::Sub": str(text)}:
            return {
                "Fn::Sub": _PARAMETER.sub(
                    lambda match: _written(passed.get(match[1], {"Ref": match[1]})), text
                )
            }
        case dict():
            return {name: _with_parameters(inner, passed) for name, inner in value.items()}
        case list():
            return [_with_parameters(inner, passed) for inner in value]
    return value


def _written(value: Any) -> str:
    """Return a reference as a text has it."""
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
    return str(value)
