"""X-Ray's documents read as spans."""

from __future__ import annotations

import json
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber
from hypothesis import given
from hypothesis import strategies as st

from orders.adapters.trace_documents import XRayDocuments
from orders.errors import TraceThrottled
from orders.tracing.spans import MOST_SPANS, Span, spans_of, trace_id_of

TRACE = "1-6569a0c0-0123456789abcdef01234567"


def segment(
    id_: str, name: str = "work", start: float = 1, end: float | None = 2, **more: Any
) -> dict[str, Any]:
    return {"id": id_, "name": name, "start_time": start, "end_time": end, **more}


def read(*documents: Any) -> tuple[Span, ...]:
    return spans_of(json.dumps(document) for document in documents)


def test_segments_follow_their_callers_across_documents() -> None:
    api = segment("a", "orderwire", 1, 9, origin="AWS::AppSync", subsegments=[segment("b", "start", 2, 3)])
    execution = segment(
        "c", "OrderWorkflow", 2.5, 8, parent_id="b", origin="AWS::StepFunctions::StateMachine"
    )
    late = segment("d", "fanout", 4, 5, parent_id="c")
    early = segment("e", "Validate", 3, 4, parent_id="c")
    spans = read(late, execution, early, api)
    assert [(span.id, span.parent) for span in spans] == [
        ("a", None),
        ("b", "a"),
        ("c", "b"),
        ("e", "c"),
        ("d", "c"),
    ]
    assert [span.origin for span in spans[:3]] == ["AWS::AppSync", None, "AWS::StepFunctions::StateMachine"]


def test_span_without_its_caller_is_a_root() -> None:
    (span,) = read(segment("a", parent_id="gone"))
    assert (span.id, span.parent) == ("a", "gone")


def test_separate_subsegment_is_counted_once() -> None:
    part = segment("b", "call", 1, 2)
    whole = segment("a", subsegments=[part])
    assert [span.id for span in read(whole, {**part, "type": "subsegment", "parent_id": "a"})] == ["a", "b"]


@pytest.mark.parametrize("flag", ["fault", "error", "throttle"])
def test_span_failed_when_its_flag_is_set(flag: str) -> None:
    assert read({**segment("a"), flag: True})[0].failed
    assert not read({**segment("a"), flag: False})[0].failed


def test_span_in_progress_has_no_end() -> None:
    assert read(segment("a", end=None, in_progress=True))[0].ended_at is None


def test_span_detail_names_operation_status_and_own_annotations_alone() -> None:
    document = segment(
        "a",
        aws={"operation": "PutItem", "request_id": "r"},
        http={"request": {"url": "https://secret.example/?token=t"}, "response": {"status": 200}},
        annotations={"version": 3, "channel": "appsync", "customer": "ada"},
        metadata={"default": {"body": "secret"}},
        cause={"exceptions": [{"message": "secret"}]},
    )
    (span,) = read(document)
    assert span.detail == "PutItem, HTTP 200, channel appsync, version 3"
    assert "secret" not in repr(span)


def test_spans_are_limited_to_the_shown_number() -> None:
    parts = [segment(f"{number:016x}", start=number) for number in range(MOST_SPANS + 5)]
    assert len(read(segment("a", start=0, subsegments=parts))) == MOST_SPANS


@pytest.mark.parametrize("header", [None, "", "Sampled=1", "Root=", ";;"])
def test_header_without_a_root_has_no_trace_id(header: str | None) -> None:
    assert trace_id_of(header) is None


@given(
    st.lists(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.text(),
            lambda inner: (
                st.lists(inner)
                | st.dictionaries(
                    st.sampled_from(
                        [
                            "id",
                            "name",
                            "start_time",
                            "end_time",
                            "parent_id",
                            "subsegments",
                            "aws",
                            "http",
                            "annotations",
                        ]
                    ),
                    inner,
                )
            ),
            max_leaves=12,
        )
    )
)
def test_any_document_is_read_or_omitted(documents: list[Any]) -> None:
    for span in read(*documents, segment("a", subsegments=documents)):
        assert span.started_at.endswith("Z")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_every_span_is_shown_once_after_its_parent(edges: list[tuple[int, int]]) -> None:
    documents = [segment(str(child), parent_id=str(parent)) for child, parent in edges if parent < child]
    spans = read(*documents)
    places = {span.id: place for place, span in enumerate(spans)}
    assert len(places) == len(spans) == len({document["id"] for document in documents})
    assert all(places.get(span.parent or "", -1) < places[span.id] for span in spans)


def test_trace_is_read_from_every_page_and_a_quota_is_named() -> None:
    client = boto3.client("xray", "us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    with Stubber(client) as stub:
        page = {"Traces": [{"Id": TRACE, "Segments": [{"Id": "a", "Document": "{}"}]}]}
        stub.add_response("batch_get_traces", {**page, "NextToken": "2"}, {"TraceIds": [TRACE]})
        stub.add_response("batch_get_traces", page, {"TraceIds": [TRACE], "NextToken": "2"})
        assert XRayDocuments(lambda: client).documents(TRACE) == ["{}", "{}"]
        stub.add_client_error("batch_get_traces", "ThrottledException")
        with pytest.raises(TraceThrottled):
            XRayDocuments(lambda: client).documents(TRACE)
