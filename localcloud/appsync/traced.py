"""The parts of a GraphQL API with a :class:`~localcloud.appsync.tracing.Tracer` around them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from localcloud.appsync import tracing
from localcloud.appsync.definition import JSON, ApiDefinition, DataSource
from localcloud.appsync.realtime.groups import Group, Subscription
from localcloud.appsync.realtime.hub import Hub
from localcloud.appsync.tracing import DataSourceCall, Published, RequestTrace, Resolved, Tracer
from localcloud.wire import AsyncHandler, Request, Response, Upgrade

if TYPE_CHECKING:
    from localcloud.appsync.calls import FieldCall
    from localcloud.appsync.datasources.clients import SourceClient, Sources
    from localcloud.appsync.execution.executor import Resolvers
    from localcloud.appsync.execution.published import PublishedEvent
    from localcloud.appsync.outcomes import FieldOutcome

_REFUSED: Final = 400


def traced_handler(name: Callable[[], str], handler: AsyncHandler, tracer: Tracer) -> AsyncHandler:
    """Return the handler of an API's port with each GraphQL request over HTTP traced.

    Parameters
    ----------
    name
        Returns the API's name.
    """

    async def handle(request: Request) -> Response | Upgrade:
        plain = request.path == "/graphql" and request.method in {"POST", "GET"}
        if not plain or request.upgrade:
            return await handler(request)
        with tracing.request(RequestTrace(name()), tracer) as trace:
            answer = await handler(request)
            trace.api = name()  # the first request is what loads an API, and its name with it
            if isinstance(answer, Response):
                trace.status = answer.status
                if answer.status >= _REFUSED:
                    trace.errors += _refusal(answer)
        return answer

    return handle


def _refusal(answer: Response) -> list[str]:
    try:
        document: JSON = json.loads(answer.body)
    except ValueError:
        return []
    errors = document.get("errors") if isinstance(document, dict) else None
    return [
        f"{error.get('errorType')}: {error.get('message')}"
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, dict)
    ]


class TracedResolvers:
    """The resolvers of an API, each run traced."""

    def __init__(self, inner: Resolvers, api: ApiDefinition, tracer: Tracer) -> None:
        self._inner = inner
        self._api = api
        self._tracer = tracer
        self.warnings = inner.warnings

    def has(self, type_name: str, field_name: str) -> bool:
        """Return whether the field has a resolver."""
        return self._inner.has(type_name, field_name)

    async def resolve(self, call: FieldCall) -> FieldOutcome:
        """Run the resolver of one field."""
        trace = tracing.current()
        outer = trace or RequestTrace(self._api.name, "refused", call.field_name, call.auth_type)
        with tracing.resolver(Resolved(call.type_name, call.field_name)) as resolved:
            outcome = await self._inner.resolve(call)
        resolved.errors += [error.description() for error in outcome.errors]
        outer.resolved.append(resolved)
        if trace is None and outcome.errors:  # a subscription at its start: a refusal is all there is to see
            outer.ms = resolved.ms
            self._tracer(outer)
        return outcome


class TracedSources:
    """The data sources of an API, each question traced; an Event API has no functions to name."""

    def __init__(self, inner: Sources, api: ApiDefinition | None = None) -> None:
        self._inner = inner
        self._api = api

    def open(self, source: DataSource) -> SourceClient:
        """Return what asks a data source."""
        return _TracedSource(self._inner.open(source), source, self._api)


class _TracedSource:
    def __init__(self, inner: SourceClient, source: DataSource, api: ApiDefinition | None) -> None:
        self._inner = inner
        self._source = source
        self._api = api

    async def execute(self, request: JSON, call: FieldCall) -> JSON:
        resolved = tracing.current_resolver()
        if resolved is None:
            return await self._inner.execute(request, call)
        question = DataSourceCall(
            self._source.name, self._source.type, _operation(request), self._function(call)
        )
        resolved.questions.append(question)
        with tracing.question(question):
            return await self._inner.execute(request, call)

    def _function(self, call: FieldCall) -> str:
        if self._api is None:
            return ""
        resolver = self._api.resolvers.get((call.type_name, call.field_name))
        if resolver is None or call.step is None or call.step >= len(resolver.function_ids):
            return ""
        function = self._api.functions.get(resolver.function_ids[call.step])
        return function.name if function is not None else ""


def _operation(request: JSON) -> str:
    """Return what a request document asks for, in a word or two."""
    if not isinstance(request, dict):
        return ""
    if "operation" in request:
        return str(request["operation"])
    if "resourcePath" in request or "method" in request:
        return f"{request.get('method', '')} {request.get('resourcePath', '')}".strip()
    return ""


class TracedHub(Hub):
    """A hub that reports each subscription's start and end, and records what became of an event."""

    def __init__(self, name: str, tracer: Tracer) -> None:
        super().__init__(name)
        self._tracer = tracer

    def register(self, subscription: Subscription, **rest: object) -> Group:
        """Make a subscriber live."""
        group = super().register(subscription, **rest)  # type: ignore[arg-type]
        self._note("start", group)
        return group

    def remove(self, group: Group, subscription: Subscription) -> None:
        """Forget a subscriber."""
        super().remove(group, subscription)
        self._note("stop", group)

    def publish(self, event: PublishedEvent) -> int:
        """Send an event to its subscribers."""
        sent = super().publish(event)
        trace = tracing.current()
        if trace is not None:
            trace.published.append(Published(event.subscriptions, sent))
        return sent

    def _note(self, kind: str, group: Group) -> None:
        context = group.prepared.context
        variables: JSON = context.given_variables if kind == "start" else None
        api, mode = group.api.definition.name, context.caller.mode
        self._tracer(RequestTrace(api, kind, group.root.name, mode, variables))
