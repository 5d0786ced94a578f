from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.watchtower.traces.documents import LARGEST, SegmentRefused, parse_document
from localcloud.watchtower.traces.header import TraceHeader, new_segment_id, new_trace_id, parse_header
from tests.watchtower.traces.documents import JSON, segment, subsegment


def refusal(text: str | bytes) -> str:
    with pytest.raises(SegmentRefused) as caught:
        parse_document(text)
    return caught.value.code


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"id": None}, "MissingId"),
        ({"id": "xyz"}, "InvalidId"),
        ({"name": None}, "MissingName"),
        ({"name": "a;b"}, "InvalidName"),
        ({"name": "a" * 201}, "InvalidName"),
        ({"start_time": None}, "MissingStartTime"),
        ({"start_time": True}, "InvalidStartTime"),
        ({"start_time": 10**400}, "InvalidStartTime"),
        ({"end_time": None}, "MissingEndTime"),
        ({"end_time": 10**400}, "InvalidEndTime"),
        ({"end_time": 1.0}, "InvalidEndTime"),
        ({"trace_id": None}, "MissingTraceId"),
        ({"trace_id": "1-2-3"}, "InvalidTraceId"),
        ({"type": "subsegment"}, "MissingParentId"),
        ({"annotations": {"a-b": 1}}, "InvalidAnnotation"),
        ({"annotations": {"a": [1]}}, "InvalidAnnotation"),
        ({"subsegments": [{"id": "1"}]}, "InvalidId"),
        ({"subsegments": {}}, "InvalidSubsegments"),
    ],
)
def test_document_is_refused_when_a_member_is_wrong(members: dict[str, JSON], code: str) -> None:
    assert refusal(segment(1, **members)) == code


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", "nul"])
def test_document_is_refused_when_it_is_no_json_object(text: str | bytes) -> None:
    assert refusal(text) == "ParseError"


def test_document_is_refused_when_it_has_more_than_64_kb() -> None:
    fits = segment(1, metadata={"a": ""})
    padding = LARGEST - len(fits)
    assert parse_document(segment(1, metadata={"a": "x" * padding})).document["name"] == "shop"
    assert refusal(segment(1, metadata={"a": "x" * (padding + 1)})) == "SegmentTooLarge"


def test_document_is_accepted_when_it_is_in_progress_or_has_subsegments() -> None:
    parse_document(segment(1, in_progress=True))
    parse_document(segment(1, subsegments=[subsegment(2, subsegments=[subsegment(3)])]))


@given(st.text())
def test_header_parser_returns_a_whole_header_or_none(text: str) -> None:
    header = parse_header(text)
    assert header is None or parse_header(str(header)) == header


@given(st.booleans() | st.none(), st.booleans())
def test_trace_header_round_trips(sampled: bool | None, parent: bool) -> None:
    header = TraceHeader(new_trace_id(), new_segment_id() if parent else "", sampled)
    assert parse_header(str(header)) == header


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_parser_refuses_by_its_own_error_alone(value: JSON) -> None:
    with pytest.raises(SegmentRefused):
        parse_document(json.dumps(value))
