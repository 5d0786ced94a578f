"""Read the deployed shape once: template, workflow, schema, JavaScript files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from localcloud.stack.template import read_template
from tests.shape.flat import flat

ROOT = Path(__file__).resolve().parents[2]
APPSYNC = ROOT / "appsync"
# Documents of other people's making, read by tests that fail where one is not as expected.
Document = dict[str, Any]


@cache
def template() -> Document:
    """Return the template, intrinsics in their long form."""
    return read_template(APPSYNC / "template.yaml")


@cache
def everything() -> dict[str, Document]:
    """Return all resources by logical id, those of nested templates too."""
    return flat(template(), APPSYNC)


def resources(kind: str) -> dict[str, Document]:
    """Return the properties of all resources of a type, by logical id."""
    every = everything().items()
    return {name: body.get("Properties", {}) for name, body in every if body["Type"] == kind}


def reference(value: object) -> str:
    """Return the logical id that a ``Ref``, ``GetAtt`` or simple ``Sub`` names."""
    match value:
        case {"Ref": str(name)}:
            return name
        case {"Fn::GetAtt": [str(name), *_]}:
            return name
        case {"Fn::Sub": str(text)}:
            return text.partition("${")[2].partition("}")[0].partition(".")[0]
        case {"Fn::If": [str(), there, {"Ref": "AWS::NoValue"}]}:
            return reference(there)
    raise AssertionError(f"no reference: {value!r}")


@cache
def workflow() -> Document:
    """Return the state machine's definition, as the demonstration has it."""
    return definition("workflow/order.asl.json")


def definition(location: str) -> Document:
    """Return a state machine's definition with the one placeholder filled in that names a state."""
    text = (APPSYNC / location).read_text(encoding="utf-8")
    document: Document = json.loads(text.replace("${AfterConfirmed}", "WaitToPack"))
    return document


def machines() -> Iterator[tuple[str, Document]]:
    """Yield (name, machine) for the workflow, for each branch of its parallel states, and for each map."""
    yield "", workflow()
    yield from _inside(workflow())


def _inside(machine: Document) -> Iterator[tuple[str, Document]]:
    for name, state in machine["States"].items():
        for inner in [*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])]:
            yield name, inner
            yield from _inside(inner)


def states() -> dict[str, Document]:
    """Return every state, those of branches too."""
    return {name: state for _, machine in machines() for name, state in machine["States"].items()}


def javascript() -> dict[str, str]:
    """Return the sources of all resolvers and pipeline steps, by path below ``appsync``."""
    return {
        path.relative_to(APPSYNC).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((APPSYNC / "js").rglob("*.js"))
    }
