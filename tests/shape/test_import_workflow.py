"""The state machine of imports as it is deployed, with the real use cases: what fails, what is cancelled."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, cast

from localcloud.states.language.scope import Json
from orders.imports.model import Counts, Import, ImportFailure, ImportId, ImportStatus, prepared_key
from resolvers import import_lines
from tests.orders.imports.test_importing import ME, Place, rows
from tests.orders.samples import ADA
from tests.shape import shape
from tests.states.clock import at_once
from tests.states.world import FunctionFailure, World

LINES = 250
Trouble = Callable[[Place, int, int], None]
"""What goes wrong in a shop, by the number of the call and the first line of its batch."""


def definition() -> dict[str, Json]:
    text = (shape.APPSYNC / "workflow" / "import.asl.json").read_text(encoding="utf-8")
    for name in ("ImportLinesFunction", "FinishImportFunction"):
        text = text.replace(f"${{{name}}}", name)
    return cast("dict[str, Json]", json.loads(text))


def carried(lines: int, trouble: Trouble | None = None) -> tuple[Place, Import, list[str]]:
    """Import a file of so many lines; return the shop, the import, and the states that were entered."""
    place = Place()
    data = rows(*(f"A{number}" for number in range(lines)))
    import_id = place.announce(data)
    place.upload(import_id, data)
    states = at_once(lambda world: _run(world, place, import_id, trouble))
    return place, place.store.imports[import_id], states


async def _run(world: World, place: Place, import_id: ImportId, trouble: Trouble | None) -> list[str]:
    world.objects[f"/bucket/{prepared_key(ADA, import_id)}"] = place.files.objects[
        prepared_key(ADA, import_id)
    ]
    calls = 0

    def batch(event: Json) -> Json:
        nonlocal calls
        calls += 1
        lines = import_lines.read_batch(cast("dict[str, object]", event))
        if trouble is not None:
            trouble(place, calls, cast("dict[str, int]", lines.documents[0])["line"])
        result = place.importer.run(lines)
        return {"accepted": 0 if result is None else result.accepted}

    def finish(event: Json) -> Json:
        ended = place.finish(ImportId(cast("dict[str, str]", event)["importId"]))
        return {"status": ended.status.value}

    world.functions = {"ImportLinesFunction": batch, "FinishImportFunction": finish}
    machine = world.create(definition(), type="STANDARD")
    execution = world.start(machine, cast("Any", dict(place.runs.started[import_id])), name=import_id)
    assert (await world.end(execution))["status"] == "SUCCEEDED"
    return [
        event["stateEnteredEventDetails"]["name"]
        for event in world.events(execution)
        if "stateEnteredEventDetails" in event
    ]


def broken(*calls: int) -> Trouble:
    def trouble(_place: Place, call: int, _first: int) -> None:
        if call in calls:
            raise FunctionFailure("ServiceUnreachable")

    return trouble


def test_each_batch_has_a_hundred_lines_and_the_report_comes_last() -> None:
    place, ended, states = carried(LINES)
    assert (ended.status, ended.counts) == (ImportStatus.COMPLETED, Counts(LINES, 0, 0))
    assert [(batch.first, batch.last) for batch in place.store.batches(ended.import_id)] == [
        (2, 101),
        (102, 201),
        (202, 251),
    ]
    assert states == ["ImportLines", "Finish"]


def test_failing_batch_is_retried() -> None:
    _, ended, _ = carried(LINES, broken(1, 2, 3, 4, 5))
    assert (ended.status, ended.counts) == (ImportStatus.COMPLETED, Counts(LINES, 0, 0))


def test_persistently_failing_batches_let_the_others_continue() -> None:
    def three_stay_broken(_place: Place, _call: int, first: int) -> None:
        if first in {2, 402, 902}:
            raise FunctionFailure("ServiceUnreachable")

    place, ended, states = carried(1_000, three_stay_broken)
    assert (ended.status, ended.reason) == (ImportStatus.FAILED, ImportFailure.INTERNAL_ERROR)
    assert ended.counts == Counts(700, 0, 0)
    outcomes = [outcome for _, outcome, _ in place.report(ended.import_id)]
    assert (outcomes.count("not imported"), outcomes.count("accepted")) == (300, 700)
    assert states == ["ImportLines", "Finish"]


def test_eleventh_failing_batch_ends_the_map_and_running_ones_finish() -> None:
    def all_broken(_place: Place, _call: int, _first: int) -> None:
        raise FunctionFailure("ServiceUnreachable")

    place, ended, states = carried(2_000, all_broken)
    assert (ended.status, ended.counts) == (ImportStatus.FAILED, Counts())
    assert len(place.report(ended.import_id)) == 2_000
    assert states == ["ImportLines", "LetBatchesEnd", "Finish"]


def test_cancelled_import_ends_with_its_accepted_orders() -> None:
    def cancel(place: Place, call: int, _first: int) -> None:
        if call == 2:
            [import_id] = place.store.imports
            place.desk.cancel(import_id, ME)

    _, ended, states = carried(LINES, cancel)
    assert (ended.status, ended.counts) == (ImportStatus.CANCELLED, Counts(100, 0, 0))
    assert states == ["ImportLines", "Finish"]
