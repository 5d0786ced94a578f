"""A Map's data before its iterations: they are not run in a test."""

from __future__ import annotations

from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json
from localcloud.states.running.children import EXCEEDED, EXCEEDED_CAUSE
from localcloud.states.running.frame import Frame
from localcloud.states.running.reading.documents import json_items
from localcloud.states.running.states.distributed_map import DistributedMap
from localcloud.states.running.states.map_state import Map
from localcloud.states.testing.bench import SOURCE
from localcloud.states.testing.mock import Configuration, refused


def preview(frame: Frame, state: Map, effective: Json, configuration: Configuration) -> None:
    """Keep the stages of a Map's data.

    Raises
    ------
    StatesError
        A field is of no use, or more iterations are said to have failed than the state tolerates.
    ApiError
        More are said to have failed than there are items.
    """
    items = _items(frame, state, effective, configuration)
    more = {"Source": SOURCE} if isinstance(state, DistributedMap) else {}
    selected = [
        state.selected(frame, effective, {"Index": index, "Value": item, **more})
        for index, item in enumerate(items)
    ]
    frame.keep("afterItemSelector", selected)
    if state.limited:
        frame.keep("maxConcurrency", state.concurrency(frame, effective))
    failures = configuration.failures or 0
    if failures > len(items):
        raise refused("The mapIterationFailureCount cannot exceed the number of items")
    if not isinstance(state, DistributedMap):
        return
    if state.batcher is not None:
        batches = [batch for batch, _size in state.batcher.batches(frame, effective, selected)]
        frame.keep("afterItemBatcher", batches)
    count, percentage = state.tolerance(frame, effective)
    if count is not None:
        frame.keep("toleratedFailureCount", count)
    if percentage is not None:
        frame.keep("toleratedFailurePercentage", percentage)
    if failures and intolerable(frame, state, effective, failures, items=len(items)):
        raise StatesError(EXCEEDED, EXCEEDED_CAUSE)


def _items(frame: Frame, state: Map, effective: Json, configuration: Configuration) -> list[Json]:
    reader = state.reader if isinstance(state, DistributedMap) else None
    if reader is None or configuration.source is None:
        # Without what the reader reads, the input stands for it.
        items = state.items(frame, effective)
        if not state.jsonata:
            frame.keep("afterItemsPath", items)
        return items
    read = reader.source(frame, effective)
    most = read.limit or None
    if read.lists and not read.loads:
        items = json_items(configuration.source, "", most)
    else:
        items = read.dataset.parsed(configuration.source.encode(), most)
    if read.dataset.pointer:
        frame.keep("afterItemsPointer", items)
    return items


def intolerable(
    frame: Frame, state: DistributedMap, effective: Json, failures: int, items: int | None
) -> bool:
    """Say whether so many failed iterations are more than a Map tolerates.

    Parameters
    ----------
    items
        How many it has; None where a test cannot know.
    """
    count, percentage = state.tolerance(frame, effective)
    if count is None and percentage is None:
        return failures > 0
    if count is not None and failures > count:
        return True
    return bool(percentage is not None and items and 100 * failures / items > percentage)
