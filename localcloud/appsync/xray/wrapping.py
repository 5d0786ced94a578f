"""The parts of a GraphQL API with X-Ray around them: the handler, resolvers, data sources."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from localcloud.appsync.definition import (
    JSON,
    ApiDefinition,
    DataSource,
    DynamoDBConfig,
    HttpConfig,
    LambdaConfig,
)
from localcloud.appsync.xray.segments import ORIGIN, Part, Recorder, RequestSegment
from localcloud.watchtower.traces.facade import Document, TraceHeader, parse_header, working_for
from localcloud.wire import AsyncHandler, Request, Response, Upgrade

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall
    from localcloud.appsync.datasources.clients import SourceClient, Sources
    from localcloud.appsync.execution.executor import Resolvers
    from localcloud.appsync.outcomes import FieldOutcome

HEADER: Final = "x-amzn-trace-id"
_SEGMENT: Final[ContextVar[RequestSegment | None]] = ContextVar("localcloud_segment", default=None)
_PART: Final[ContextVar[Part | None]] = ContextVar("localcloud_part", default=None)


def traced_requests(
    definition: Callable[[], Awaitable[ApiDefinition | None]], handler: AsyncHandler, recorder: Recorder
) -> AsyncHandler:
    """Return the handler of an API's port with each GraphQL request over HTTP in a segment of its own.

    Parameters
    ----------
    definition
        Returns the API as it is now; None where it cannot be loaded.
    """

    async def handle(request: Request) -> Response | Upgrade:
        if request.upgrade or request.method not in {"POST", "GET"} or request.path != "/graphql":
            return await handler(request)
        api = await definition()
        if api is None or not api.xray:
            return await handler(request)
        header = parse_header(request.headers.get(HEADER))
        rules = {"host": request.headers.get("host", ""), "method": request.method, "path": request.path}
        header = recorder.begin(header, api.name, ORIGIN, **rules)
        # Resolvers see it as AppSync itself passes it on.
        request.headers[HEADER] = str(header)
        if not header.sampled:
            with working_for(header):
                return _with_header(await handler(request), header)
        segment = RequestSegment(api, header, request)
        token = _SEGMENT.set(segment)
        try:
            with working_for(segment.header):
                answer = await handler(request)
            segment.close(answer.status if isinstance(answer, Response) else 101)
        finally:
            _SEGMENT.reset(token)
            recorder.record(segment)
        return _with_header(answer, header)

    return handle


def _with_header(answer: Response | Upgrade, header: TraceHeader) -> Response | Upgrade:
    if isinstance(answer, Response):
        answer.headers[HEADER] = str(TraceHeader(header.root, sampled=header.sampled))
    return answer


class XrayResolvers:
    """The resolvers of an API, each run in a subsegment."""

    def __init__(self, inner: Resolvers) -> None:
        self._inner = inner
        self.warnings = inner.warnings

    def has(self, type_name: str, field_name: str) -> bool:
        """Return whether the field has a resolver."""
        return self._inner.has(type_name, field_name)

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        """Run the resolver of one field."""
        segment = _SEGMENT.get()
        if segment is None:
            return await self._inner.resolve(call)
        part = segment.open(f"{call.type_name}.{call.field_name}", None, {})
        token = _PART.set(part)
        try:
            outcome = await self._inner.resolve(call)
        finally:
            _PART.reset(token)
            part.end = time.time()
        if outcome.errors:
            failure = outcome.errors[0]
            part.error, part.error_type = failure.message, failure.error_type or "Error"
        return outcome


class XraySources:
    """The data sources of an API, each call in a subsegment, within that of a pipeline's function."""

    def __init__(self, inner: Sources, api: ApiDefinition) -> None:
        self._inner = inner
        self._api = api

    def open(self, source: DataSource) -> SourceClient:
        """Return what asks a data source."""
        opened = self._inner.open(source)
        return opened if source.type == "NONE" else _XraySource(opened, source, self._api)


class _XraySource:
    def __init__(self, inner: SourceClient, source: DataSource, api: ApiDefinition) -> None:
        self._inner, self._api = inner, api
        self._name, self._namespace, self._about = _described(source, api.region)

    async def execute(self, request: JSON, call: FieldCall) -> JSON:
        segment = _SEGMENT.get()
        if segment is None:
            return await self._inner.execute(request, call)
        function = self._function(call)
        around = segment.open(function, _PART.get(), {}) if function else _PART.get()
        members: Document = {"namespace": self._namespace}
        if self._namespace == "aws":
            members["aws"] = {**self._about, "operation": _operation(request)}
        part = segment.open(self._name, around, members)
        try:
            with working_for(segment.below(part)):
                answer = await self._inner.execute(request, call)
        except Exception as failure:
            part.error = str(failure)
            part.error_type = getattr(failure, "error_type", None) or type(failure).__name__
            raise
        else:
            if self._namespace == "remote":
                members |= _response(answer)
            return answer
        finally:
            part.end = time.time()
            if function and around is not None:
                around.end = part.end

    def _function(self, call: FieldCall) -> str:
        resolver = self._api.resolvers.get((call.type_name, call.field_name))
        if resolver is None or call.step is None or call.step >= len(resolver.function_ids):
            return ""
        function = self._api.functions.get(resolver.function_ids[call.step])
        return function.name if function is not None else ""


def _described(source: DataSource, region: str) -> tuple[str, str, Document]:
    """Return a call's name, its namespace and its subject."""
    match source.config:
        case LambdaConfig(function_arn=arn):
            return "Lambda", "aws", {"region": region, "resource_names": [arn.rpartition(":function:")[2]]}
        case DynamoDBConfig(table=table):
            return "DynamoDB", "aws", {"region": region, "table_name": table}
        case HttpConfig(endpoint=endpoint):
            return urlsplit(endpoint).netloc or source.name, "remote", {}
    return source.type, "aws", {"region": region}


def _response(answer: JSON) -> Document:
    """Return what a subsegment says of an HTTP answer, which is no error of the data source's."""
    status = answer.get("statusCode") if isinstance(answer, dict) else None
    if not isinstance(status, int):
        return {}
    outcome = {"throttle": status == 429, "error": 400 <= status < 500, "fault": status >= 500}
    return {
        "http": {"response": {"status": status}},
        **{name: True for name, holds in outcome.items() if holds},
    }


def _operation(request: JSON) -> str:
    operation = request.get("operation") if isinstance(request, dict) else None
    return operation if isinstance(operation, str) else "Invoke"
