from __future__ import annotations

import json
from itertools import permutations

from localcloud.watchtower.traces.assembly import assemble
from localcloud.watchtower.traces.documents import walk
from tests.watchtower.traces.documents import JSON, TRACE, segment, subsegment


def apart(number: int, parent: int, **members: JSON) -> str:
    return segment(number, type="subsegment", parent_id=f"{parent:016x}", **members)


def test_separate_subsegments_join_their_parents_in_any_order() -> None:
    texts = [segment(1), apart(2, 1), apart(3, 2), apart(4, 3), segment(5, parent_id=f"{4:016x}")]
    for order in permutations(texts):
        trace = assemble(TRACE, map(json.loads, order))
        assert [[int(str(part["id"]), 16) for part in walk(top)] for top in trace.segments] == [
            [1, 2, 3, 4],
            [5],
        ]
        assert not trace.orphans
        assert trace.root is not None
        assert trace.root["id"] == f"{1:016x}"


def test_finished_segment_replaces_its_first_half_even_when_it_came_first() -> None:
    half, whole = segment(1, in_progress=True), segment(1, seconds=2.0)
    for order in ((half, whole), (whole, half)):
        trace = assemble(TRACE, map(json.loads, order))
        assert [item.get("in_progress") for item in trace.segments] == [None]
        assert not trace.partial
        assert trace.duration == 2.0


def test_trace_is_partial_when_a_subsegment_has_no_parent() -> None:
    trace = assemble(TRACE, map(json.loads, [segment(1), apart(9, 8)]))
    assert trace.partial
    assert [orphan["id"] for orphan in trace.orphans] == [f"{9:016x}"]


def test_subsegment_sent_apart_and_within_is_kept_once() -> None:
    inside = segment(1, subsegments=[subsegment(2, in_progress=True)])
    trace = assemble(TRACE, map(json.loads, [inside, apart(2, 1)]))
    assert [part.get("in_progress") for part in walk(trace.segments[0])] == [None, None]
