"""A request's segment: the API, its resolvers and functions, and what data sources were asked.

Source of the shapes: https://docs.aws.amazon.com/appsync/latest/devguide/x-ray-tracing.html
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from typing import Final, Protocol

from localcloud.appsync.definition import ApiDefinition
from localcloud.watchtower.traces.facade import Document, TraceHeader
from localcloud.wire import Request

ORIGIN: Final = "AWS::AppSync::GraphQLAPI"
MOST_PARTS: Final = 250
"""A list of ten thousand fields with resolvers would be more than X-Ray takes in one document."""


class Recorder(Protocol):
    """Decides on traces and keeps segments: `XRay`."""

    def begin(self, header: TraceHeader | None, service: str, kind: str, **request: str) -> TraceHeader:
        """Return the trace that a request belongs to."""

    def record(self, segment: RequestSegment) -> None:
        """Keep a request's segment."""


class Part:
    """A subsegment while it is measured."""

    __slots__ = ("end", "error", "error_type", "id", "members", "name", "parent", "start")

    def __init__(self, name: str, own: str, parent: Part | None, members: Document) -> None:
        self.name, self.id, self.parent, self.members = name, own, parent, members
        self.start = time.time()
        self.end = 0.0
        self.error: str | None = None
        self.error_type = "Error"


class RequestSegment:
    """What is measured of one request; thousands may wait to be read."""

    __slots__ = ("_api", "_end", "_header", "_http_request", "_number", "_start", "_status", "parts")

    def __init__(self, api: ApiDefinition, header: TraceHeader, request: Request) -> None:
        self._api, self._header = api, header
        headers = request.headers
        described = (headers.get("host", ""), request.path, request.method, headers.get("user-agent", ""))
        # Not the request itself, whose body and headers take more than all of this.
        self._http_request = (*map(sys.intern, described), request.remote)
        self._number = int.from_bytes(os.urandom(8))
        self._start, self._end = time.time(), 0.0
        self._status = 0
        self.parts: list[Part] = []

    @property
    def header(self) -> TraceHeader:
        """What the request's calls send along where no subsegment is nearer."""
        return self._header.below(f"{self._number:016x}")

    def open(self, name: str, parent: Part | None, members: Document) -> Part:
        """Begin a subsegment; beyond :data:`MOST_PARTS` it is measured and left out."""
        own = f"{(self._number + len(self.parts) + 1) % (1 << 64):016x}"
        part = Part(name, own, parent, members)
        if len(self.parts) < MOST_PARTS:
            self.parts.append(part)
        return part

    def below(self, part: Part) -> TraceHeader:
        """Return the header that a subsegment's call sends along."""
        return self._header.below(part.id)

    def close(self, status: int) -> None:
        """Note how the request was answered."""
        self._end, self._status = time.time(), status

    def documents(self) -> Iterator[Document]:
        """Return the segment; see `Deferred`."""
        api = self._api
        host, path, method, agent, remote = self._http_request
        http_request: Document = {
            "url": f"http://{host}{path}",
            "method": method,
            "user_agent": agent,
            "client_ip": remote,
        }
        document: Document = {
            "id": f"{self._number:016x}",
            "trace_id": self._header.root,
            "name": api.name,
            "origin": ORIGIN,
            "start_time": self._start,
            "end_time": self._end,
            "http": {"request": http_request, "response": {"status": self._status}},
            "aws": {"account_id": api.account, "region": api.region, "graphql_api_id": api.id},
            "resource_arn": f"arn:aws:appsync:{api.region}:{api.account}:apis/{api.id}",
            "subsegments": [*self._subsegments(None)],
        }
        if self._header.parent:
            document["parent_id"] = self._header.parent
        if self._status >= 400:
            document["fault" if self._status >= 500 else "error"] = True
        yield document

    def _subsegments(self, parent: Part | None) -> Iterator[Document]:
        for part in self.parts:
            if part.parent is parent:
                inner = [*self._subsegments(part)]
                times: Document = {"start_time": part.start, "end_time": part.end or self._end}
                document = {"id": part.id, "name": part.name, **times, **part.members}
                if part.error is not None:
                    exception: Document = {"id": part.id, "type": part.error_type, "message": part.error}
                    document |= {"error": True, "cause": {"exceptions": [exception]}}
                yield {**document, "subsegments": [*inner]} if inner else document
