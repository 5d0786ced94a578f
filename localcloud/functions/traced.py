"""The two segments of an invocation: the service's (``AWS::Lambda``) and the function's.

Source of their shapes: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from localcloud.functions.model import FunctionDefinition
from localcloud.watchtower.traces.facade import (
    JSON,
    Document,
    TraceHeader,
    current,
    derived_id,
    links,
    new_segment_id,
)

SERVICE: Final = "AWS::Lambda"
FUNCTION: Final = "AWS::Lambda::Function"


class Recorder(Protocol):
    """Decides on traces and keeps segments: `XRay`."""

    def begin(self, header: TraceHeader | None, service: str, kind: str, **request: str) -> TraceHeader:
        """Return the trace that a request belongs to."""

    def record(self, segment: InvocationTrace) -> None:
        """Keep an invocation's segments."""


class Queued:
    """An asynchronous invocation on its way: when it was queued, and each attempt's beginning and end."""

    def __init__(self) -> None:
        self.at = time.time()
        self.attempts: list[tuple[str, float, float, bool]] = []


QUEUED: Final[ContextVar[Queued | None]] = ContextVar("localcloud_queued", default=None)


@contextmanager
def queued() -> Iterator[None]:
    """Have the tasks that the block starts be attempts of one asynchronous invocation."""
    token = QUEUED.set(Queued())
    try:
        yield
    finally:
        QUEUED.reset(token)


class InvocationTrace:
    """What is measured of one invocation, and the segments that it becomes."""

    __slots__ = (
        *("_duration", "_ended", "_error", "_function", "_header", "_id", "_init_ms", "_invoked"),
        *("_links", "_queued", "_received", "_recorder", "_refused", "_request_id"),
    )

    def __init__(
        self, recorder: Recorder, header: TraceHeader, function: FunctionDefinition, request_id: str
    ):
        self._recorder = recorder
        self._header = header
        self._refused = False
        self._function = function
        self._request_id = request_id
        self._queued = QUEUED.get()
        self._links = links()
        self._received = time.time()
        self._invoked = self._duration = self._ended = 0.0
        self._init_ms: float | None = None
        self._error: bytes | None = None
        self._id = new_segment_id()

    @property
    def header(self) -> str:
        """What the runtime is given: the function's own segment is the parent of what its code records."""
        return str(self._header.below(self._id))

    def begin(self) -> None:
        """Note that an environment takes the invocation."""
        self._invoked = time.time()

    def end(self, took_ms: float, init_ms: float | None, error: bytes | None) -> None:
        """Note how it ended; ``error`` is the document of a function that failed."""
        self._ended = time.time()
        self._duration = took_ms / 1000
        self._init_ms = init_ms
        self._error = error
        if self._queued is not None:
            attempt = (self._id, self._received, self._ended, error is not None)
            self._queued.attempts.append(attempt)
        self._recorder.record(self)

    def refuse(self) -> None:
        """Note that there was no room for it."""
        self._refused = True
        self._ended = time.time()
        self._recorder.record(self)

    def documents(self) -> Iterator[Document]:
        """Return the segments; see `Deferred`."""
        parent = derived_id(self._request_id) if self._queued else f"{int(self._id, 16) ^ 1:016x}"
        yield self._of_service(parent)
        if not self._refused:
            yield self._of_function(derived_id(self._id, "attempt") if self._queued else parent)

    def _of_service(self, own: str) -> Document:
        header, refused = self._header, self._refused
        document: Document = {
            "id": own,
            "trace_id": header.root,
            "name": self._function.name,
            "origin": SERVICE,
            "start_time": self._queued.at if self._queued else self._received,
            "end_time": self._ended,
            "http": {"response": {"status": 429 if refused else 202 if self._queued else 200}},
            "aws": {"request_id": self._request_id, "account_id": self._account},
            "resource_arn": self._function.invoked_arn,
        }
        if header.parent:
            document["parent_id"] = header.parent
        if self._links:
            document["links"] = [_link(linked) for linked in self._links]
        if self._queued is not None:
            document["subsegments"] = [*_attempts(self._queued)]
        if refused:
            document |= {"error": True, "throttle": True}
        elif self._error is not None:
            document["fault"] = True
        return document

    @property
    def _account(self) -> str:
        return self._function.arn.split(":")[4]

    def _of_function(self, parent: str) -> Document:
        invoked = self._invoked or self._received
        arn: Document = {"function_arn": self._function.arn}
        subsegments: list[JSON] = []
        start = invoked
        initialized = invoked - (self._init_ms or 0.0) / 1000
        # An environment that was there before the invocation did not keep it waiting.
        if self._init_ms is not None and initialized >= self._received:
            start = initialized
            subsegments.append(self._part("Initialization", initialized, invoked, arn))
        ended = max(self._ended, invoked)
        responded = min(invoked + self._duration, ended)
        invocation = self._part("Invocation", invoked, responded, arn)
        overhead = self._part("Overhead", responded, ended, arn)
        failure: Document = {}
        if self._error is not None:
            failure = {"fault": True, "cause": {"exceptions": [_exception(self._error)]}}
        return {
            "id": self._id,
            "trace_id": self._header.root,
            "parent_id": parent,
            "name": self._function.name,
            "origin": FUNCTION,
            "start_time": start,
            "end_time": ended,
            "aws": {"account_id": self._account, "resource_names": [self._function.name], **arn},
            "subsegments": [*subsegments, {**invocation, **failure}, overhead],
            **failure,
        }

    def _part(self, name: str, start: float, end: float, arn: Document) -> Document:
        own = derived_id(self._id, name)
        return {"id": own, "name": name, "start_time": start, "end_time": end, "aws": {**arn}}


def _attempts(queued: Queued) -> Iterator[Document]:
    sent = queued.attempts[0][1] if queued.attempts else queued.at
    own = derived_id(queued.at, "dwell")
    yield {"id": own, "name": "Dwell Time", "start_time": queued.at, "end_time": sent}
    for number, (function, start, end, failed) in enumerate(queued.attempts, 1):
        own = derived_id(function, "attempt")
        attempt: Document = {"id": own, "name": f"Attempt #{number}", "start_time": start, "end_time": end}
        yield {**attempt, "fault": True} if failed else attempt


def _link(header: TraceHeader) -> Document:
    attributes: Document = {"aws.xray.reserved.reference_type": "parent"}
    return {"trace_id": header.root, "id": header.parent, "attributes": attributes}


def _exception(error: bytes) -> Document:
    try:
        document: JSON = json.loads(error)
    except ValueError:
        document = None
    members = document if isinstance(document, dict) else {}
    return {
        "id": derived_id(error),
        "type": str(members.get("errorType") or "Error"),
        "message": str(members.get("errorMessage") or ""),
    }


def trace_of(
    recorder: Recorder | None, function: FunctionDefinition, request_id: str
) -> tuple[InvocationTrace | None, str]:
    """Return an invocation's trace, and the header that its runtime is given.

    Without a trace there is no such header: the runtime gets one of an unrecorded trace. A function
    in PassThrough mode begins none, and is recorded where its caller is.
    """
    header = current()
    if recorder is None or (header is None and function.tracing != "Active"):
        return None, ""
    if header is not None and header.sampled is None and function.tracing != "Active":
        return None, str(header)
    header = recorder.begin(header, function.name, FUNCTION, resource=function.arn)
    if not header.sampled:
        return None, str(header)
    trace = InvocationTrace(recorder, header, function, request_id)
    return trace, trace.header
