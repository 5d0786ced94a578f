"""The segment of a request to a stage with ``TracingEnabled``, and of what is behind it.

Source: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from dataclasses import replace
from typing import Final, Protocol, TypeVar

from aiohttp import web

from localcloud.gateway.api_port import ApiEndpoint
from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import RestApi
from localcloud.gateway.errors import GatewayRefused
from localcloud.gateway.requests import Incoming
from localcloud.watchtower.traces.facade import (
    NAME,
    Document,
    TraceHeader,
    derived_id,
    new_segment_id,
    parse_header,
    working_for,
)

ORIGIN: Final = "AWS::ApiGateway::Stage"
Value = TypeVar("Value")


class Recorder(Protocol):
    """Decides on traces and keeps segments: `XRay`."""

    def begin(self, header: TraceHeader | None, service: str, kind: str, **request: str) -> TraceHeader:
        """Return the trace that a request belongs to."""

    def record(self, segment: StageSegment) -> None:
        """Keep a request's segment."""


class StageSegment:
    """What is measured of one request."""

    def __init__(self, api: RestApi, stage: str, header: TraceHeader, incoming: Incoming, place: str) -> None:
        self._api, self._stage, self._incoming, self._place = api, stage, incoming, place
        self._id = new_segment_id()
        self._header = header
        self._end = 0.0
        self._status = 500
        self._integration: tuple[str, Document, float, float, bool] | None = None

    @property
    def header(self) -> TraceHeader:
        """What calls send along where no subsegment is nearer, and what the caller gets."""
        return self._header.below(self._id)

    @property
    def below(self) -> TraceHeader:
        """What the integration is sent."""
        return self._header.below(derived_id(self._id, "integration"))

    def close(self, status: int) -> None:
        """Note how the request was answered."""
        self._status, self._end = status, time.time()

    async def integrate(self, name: str, about: Document, work: Awaitable[Value]) -> Value:
        """Await what is behind the API, and measure it."""
        start, failed = time.time(), True
        try:
            with working_for(self.below):
                answer = await work
            failed = False
            return answer
        finally:
            self._integration = (name, about, start, time.time(), failed)

    def documents(self) -> Iterator[Document]:
        """Return the segment; see `Deferred`."""
        incoming, (region, account) = self._incoming, self._place.split(":")
        http_request: Document = {
            "url": f"http://{incoming.host}{incoming.path}",
            "method": incoming.method,
            "client_ip": incoming.source_ip,
            "user_agent": incoming.user_agent or "",
        }
        gateway: Document = {"rest_api_id": self._api.id, "stage": self._stage}
        gateway |= {"request_id": incoming.request_id, "account_id": account}
        document: Document = {
            "id": self._id,
            "trace_id": self._header.root,
            "name": f"{self._api.name}/{self._stage}",
            "origin": ORIGIN,
            "start_time": incoming.received,
            "end_time": max(self._end, incoming.received),
            "http": {"request": http_request, "response": {"status": self._status}},
            "aws": {"account_id": account, "region": region, "api_gateway": gateway},
            "resource_arn": f"arn:aws:apigateway:{region}::/restapis/{self._api.id}/stages/{self._stage}",
        }
        if self._header.parent:
            document["parent_id"] = self._header.parent
        if self._status >= 500:
            document["fault"] = True
        elif self._status >= 400:
            document |= {"error": True, **({"throttle": True} if self._status == 429 else {})}
        if self._integration is not None:
            name, about, start, end, failed = self._integration
            part: Document = {"id": derived_id(self._id, "integration"), "name": name, "namespace": "aws"}
            part |= {"start_time": start, "end_time": end, "aws": about}
            document["subsegments"] = [{**part, "fault": True} if failed else part]
        yield document


_SEGMENT: Final[ContextVar[StageSegment | None]] = ContextVar("localcloud_stage_segment", default=None)


def of_function(arn: str) -> Document:
    """Return what a call of a function is about."""
    return {"operation": "Invoke", "resource_names": [arn.rpartition(":function:")[2]], "function_arn": arn}


async def integrated(name: str, about: Document, work: Awaitable[Value]) -> Value:
    """Await what is behind an API, in a subsegment where its stage is traced."""
    segment = _SEGMENT.get()
    return await work if segment is None else await segment.integrate(name, about, work)


class TracedEndpoint:
    """A REST API's endpoint that has each request work for its trace.

    Parameters
    ----------
    place
        ``REGION:ACCOUNT``.
    """

    def __init__(self, endpoint: ApiEndpoint, api: Callable[[], Api], traces: Recorder, place: str) -> None:
        self._endpoint, self._api, self._traces, self._place = endpoint, api, traces, place

    def serve(self, api: Api) -> None:
        """Serve this definition from now on."""
        self._endpoint.serve(api)

    async def close(self) -> None:
        """Close whatever is open."""
        await self._endpoint.close()

    async def answer(self, incoming: Incoming, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        api, stage = self._api(), incoming.path.removeprefix("/").partition("/")[0]
        text = incoming.lowered.get("x-amzn-trace-id")
        if not isinstance(api, RestApi) or stage not in api.traced:
            if text is None:
                return await self._endpoint.answer(incoming, request)
            with working_for(parse_header(text)):  # a stage that is not traced passes it on
                return await self._endpoint.answer(incoming, request)
        rules = {"host": incoming.host, "method": incoming.method, "path": incoming.path}
        header = self._traces.begin(parse_header(text), f"{api.name}/{stage}", ORIGIN, **rules)
        if not header.sampled:
            with working_for(header):
                return await self._endpoint.answer(_with(incoming, header), request)
        segment = StageSegment(api, stage, header, incoming, self._place)
        token = _SEGMENT.set(segment)
        status = 500
        try:
            with working_for(segment.header):
                response = await self._endpoint.answer(_with(incoming, segment.header), request)
            status = response.status
        except GatewayRefused as problem:
            status = problem.status
            raise
        else:
            return response
        finally:
            _SEGMENT.reset(token)
            segment.close(status)
            self._traces.record(segment)


def _with(incoming: Incoming, header: TraceHeader) -> Incoming:
    """Return a request as the stage passes it on: with the header of its trace."""
    others = (pair for pair in incoming.headers if pair[0].lower() != "x-amzn-trace-id")
    return replace(incoming, headers=(*others, (NAME, str(header))))
