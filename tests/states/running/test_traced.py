"""The segment of an execution: what its history says, as X-Ray shows it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from localcloud.states.language.scope import Json
from localcloud.watchtower.traces.documents import parse_document
from localcloud.watchtower.traces.facade import Document, TraceHeader, current, parse_header
from tests.states.world import FunctionFailure, World, chain, invocation

HEADER = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
TRACED: dict[str, Json] = {"tracingConfiguration": {"enabled": True}}


def tree(document: Document) -> Any:
    inner = document.get("subsegments")
    return document["name"], [
        tree(document) for document in inner if isinstance(document, dict)
    ] if isinstance(inner, list) else []


def parts(document: Document) -> Iterator[Document]:
    yield document
    inner = document.get("subsegments")
    for item in inner if isinstance(inner, list) else []:
        assert isinstance(item, dict)
        yield from parts(item)


def note(received: list[TraceHeader | None]) -> Json:
    received.append(current())
    return {}


async def traced(world: World, definition: dict[str, Json], data: Json = None) -> Document:
    """Run a machine that is traced, and return its whole segment, which X-Ray would take."""
    machine = world.create(definition, **TRACED)
    await world.end(world.start(machine, data, traceHeader=HEADER))
    started, whole = world.segments
    assert started["in_progress"] is True
    assert started["id"] == whole["id"]
    for document in (started, whole):
        parse_document(json.dumps(document))
    return whole


async def test_states_and_attempts_are_subsegments_in_one_another() -> None:
    world = World()
    received: list[TraceHeader | None] = []
    world.functions["work"] = lambda _: note(received)

    def branch(name: str) -> Json:
        return {"StartAt": name, "States": {name: {**invocation("work"), "End": True}}}

    definition = chain(
        First={"Type": "Pass"},
        Both={"Type": "Parallel", "Branches": [branch("Left"), branch("Right")]},
        Each={"Type": "Map", "ItemsPath": "$", "ItemProcessor": branch("In")},
        Last={"Type": "Succeed"},
    )
    whole = await traced(world, definition, data=[1, 2])

    def invoked(name: str) -> Any:
        return name, [("Lambda", [])]

    inner, left, right = invoked("In"), invoked("Left"), invoked("Right")
    assert tree(whole) == (
        "orders",
        [("First", []), ("Both", [left, right]), ("Each", [inner, inner]), ("Last", [])],
    )
    assert (whole["trace_id"], whole["parent_id"]) == (HEADER[5:40], "53995c3f42cd8ad8")
    calls = {str(document["id"]) for document in parts(whole) if document["name"] == "Lambda"}
    assert {document.parent for document in received if document is not None} == calls
    assert len(calls) == 4
    for document in parts(whole):
        start, end = document["start_time"], document["end_time"]
        assert isinstance(start, float) and isinstance(end, float)
        assert start <= end


async def test_failed_attempt_has_its_cause_and_the_execution_continues() -> None:
    world = World()
    attempts: list[int] = []

    def work(_: Json) -> Json:
        attempts.append(1)
        if len(attempts) == 1:
            raise FunctionFailure("Busy", "come again")
        return {}

    world.functions["work"] = work
    retry: Json = [{"ErrorEquals": ["Busy"], "IntervalSeconds": 0, "MaxAttempts": 2}]
    whole = await traced(world, chain(Work={**invocation("work"), "Retry": retry}))
    assert tree(whole) == ("orders", [("Work", [("Lambda", []), ("Lambda", [])])])
    first, second = [document for document in parts(whole) if document["name"] == "Lambda"]
    assert first["fault"] is True
    cause: Any = first["cause"]
    assert [document["type"] for document in cause["exceptions"]] == ["Busy"]
    assert "fault" not in second
    assert "fault" not in whole


async def test_failed_execution_and_its_state_are_faults() -> None:
    world = World()
    whole = await traced(world, {"StartAt": "No", "States": {"No": {"Type": "Fail", "Error": "Gone"}}})
    assert whole["fault"] is True
    assert isinstance(whole["cause"], dict)
    (state,) = [document for document in parts(whole) if document["name"] == "No"]
    assert state["fault"] is True


async def test_execution_without_a_header_begins_a_trace() -> None:
    world = World()
    machine = world.create(chain(Only={"Type": "Pass"}), **TRACED)
    execution = world.start(machine)
    await world.end(execution)
    shown = world.ask("DescribeExecution", executionArn=execution)["traceHeader"]
    header = parse_header(shown)
    assert header is not None
    assert world.segments[-1]["trace_id"] == header.root
    assert "parent_id" not in world.segments[-1]


async def test_unsampled_caller_leaves_no_segment() -> None:
    world = World()
    received: list[TraceHeader | None] = []
    world.functions["work"] = lambda _: note(received)
    machine = world.create(chain(Work=invocation("work")), **TRACED)
    await world.end(world.start(machine, traceHeader=HEADER.replace("Sampled=1", "Sampled=0")))
    assert world.segments == []
    assert [document.sampled for document in received if document] == [False]


async def test_untraced_machine_passes_no_trace_on() -> None:
    world = World()
    received: list[TraceHeader | None] = []
    world.functions["work"] = lambda _: note(received)
    machine = world.create(chain(Work=invocation("work")))
    await world.end(world.start(machine, traceHeader=HEADER))
    assert world.segments == []
    assert received == [None]


async def test_redrive_has_a_segment_of_its_own() -> None:
    world = World()
    attempts: list[int] = []

    def work(_: Json) -> Json:
        attempts.append(1)
        if len(attempts) == 1:
            raise FunctionFailure("Busy")
        return {}

    world.functions["work"] = work
    machine = world.create(chain(Work=invocation("work")), **TRACED)
    execution = world.start(machine, traceHeader=HEADER)
    await world.end(execution)
    world.ask("RedriveExecution", executionArn=execution)
    await world.end(execution)
    failed, redriven = [document for document in world.segments if "end_time" in document]
    assert failed["fault"] is True
    assert "fault" not in redriven
    assert failed["id"] != redriven["id"]
    assert failed["trace_id"] == redriven["trace_id"]
