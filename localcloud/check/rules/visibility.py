"""Queues whose messages come back while the function that got them may still run: Lambda refuses the mapping.

Source: "Configuring a queue to use with Lambda", https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Reference, Values
from localcloud.stack.template import Json, properties, resources

QUEUE: Final = "AWS::SQS::Queue"
FUNCTIONS: Final = frozenset({"AWS::Lambda::Function", "AWS::Serverless::Function"})
VISIBILITY: Final = 30
TIMEOUT: Final = 3


class _Mapping(NamedTuple):
    """A queue and a function as a template names them, and where."""

    queue: Json
    function: Json
    path: tuple[str, ...]


def check_visibility(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find queues whose visibility timeout is shorter than their function's timeout."""
    values, declared = Values(template), resources(template)

    def seconds(resource: dict[str, Json], name: str, default: int) -> int | None:
        own = properties(resource).get(name)
        if own is None and resource["Type"] == "AWS::Serverless::Function":
            own = _shared(template).get(name)
        text = str(default) if own is None else values.text(own)
        return int(text) if text is not None and text.isdecimal() else None

    for logical_id, resource in declared.items():
        for mapping in _mappings(logical_id, resource):
            queue, function = (_resource(values, declared, item) for item in mapping[:2])
            if queue.get("Type") != QUEUE or function.get("Type") not in FUNCTIONS:
                continue
            visible = seconds(queue, "VisibilityTimeout", VISIBILITY)
            timeout = seconds(function, "Timeout", TIMEOUT)
            if visible is not None and timeout is not None and visible < timeout:
                message = (
                    f"{logical_id}: AWS refuses the mapping: Queue visibility timeout: {visible} seconds is "
                    f"less than Function timeout: {timeout} seconds"
                )
                at = places.of(logical_id, *mapping.path)
                yield Finding(at, Severity.ERROR, "event-source-mapping", message)


def _mappings(logical_id: str, resource: dict[str, Json]) -> Iterator[_Mapping]:
    """Yield the mappings of queues that a resource is, or that SAM makes of it."""
    own = properties(resource)
    if resource["Type"] == "AWS::Lambda::EventSourceMapping":
        yield _Mapping(own.get("EventSourceArn"), own.get("FunctionName"), ("EventSourceArn",))
    events = own.get("Events") if resource["Type"] == "AWS::Serverless::Function" else None
    for name, event in events.items() if isinstance(events, dict) else ():
        members = event.get("Properties") if isinstance(event, dict) and event.get("Type") == "SQS" else None
        if isinstance(members, dict):
            yield _Mapping(members.get("Queue"), {"Ref": logical_id}, ("Events", name, "Properties", "Queue"))


def _resource(values: Values, declared: dict[str, dict[str, Json]], reference_value: Json) -> dict[str, Json]:
    """Return the resource of the template that a property names; nothing where that is not known."""
    reference = values.read(reference_value)
    return declared.get(reference.logical_id, {}) if isinstance(reference, Reference) else {}


def _shared(template: dict[str, Json]) -> dict[str, Json]:
    shared = template.get("Globals")
    functions = shared.get("Function") if isinstance(shared, dict) else None
    return functions if isinstance(functions, dict) else {}
