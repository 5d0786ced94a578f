"""An Event API with a :class:`~localcloud.appsync.tracing.Tracer` around it."""

from __future__ import annotations

from localcloud.appsync import tracing
from localcloud.appsync.auth.gate import CallerGate, Credential
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import JSON, AuthType
from localcloud.appsync.errors import RequestError
from localcloud.appsync.events.api import Asking, ServedEventApi
from localcloud.appsync.events.channels import Channel
from localcloud.appsync.events.definition import EventApiDefinition
from localcloud.appsync.events.handlers import HandlerCall, Handlers
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.events.outgoing import Batch
from localcloud.appsync.events.plans import Handler
from localcloud.appsync.tracing import Published, RequestTrace, Resolved, Tracer


class TracedHandlers(Handlers):
    """Handlers, each run traced."""

    async def run(self, handler: Handler, call: HandlerCall) -> JSON:
        """Run a handler."""
        trace = tracing.current()
        with tracing.resolver(Resolved(call.channel.namespace, handler)) as resolved:
            if trace is not None:
                trace.resolved.append(resolved)
            try:
                return await super().run(handler, call)
            except RequestError as problem:
                resolved.errors.append(_message(problem))
                raise


class TracedEventApi(ServedEventApi):
    """An Event API that reports each publish and each subscription's start."""

    def __init__(
        self, definition: EventApiDefinition, *, gate: CallerGate, handlers: Handlers, tracer: Tracer
    ) -> None:
        super().__init__(definition, gate=gate, handlers=handlers)
        self._tracer = tracer

    async def subscribe(self, channel_text: str, asking: Asking) -> Channel:
        """Return the channel or pattern that a client may subscribe to."""
        name = self.definition.name
        with tracing.request(RequestTrace(name, "start", channel_text), self._tracer) as trace:
            try:
                return await super().subscribe(channel_text, asking)
            except RequestError as problem:
                trace.kind = "refused"
                _note(trace, problem)
                raise

    async def publish(self, hub: EventHub, channel_text: JSON, events: JSON, asking: Asking) -> Batch:
        """Send events to the subscribers of a channel."""
        name = self.definition.name
        with tracing.request(RequestTrace(name, "publish", str(channel_text)), self._tracer) as trace:
            trace.variables = {"events": events}
            try:
                batch = await super().publish(hub, channel_text, events, asking)
            except RequestError as problem:
                trace.status = problem.status
                _note(trace, problem)
                raise
            trace.status = 200
            trace.errors += [f"event {at}: {message}" for at, (_, message) in sorted(batch.errors.items())]
            return batch

    async def admit(self, credential: Credential, modes: frozenset[AuthType]) -> Caller:
        """Return the caller of an operation."""
        caller = await super().admit(credential, modes)
        trace = tracing.current()
        if trace is not None:
            trace.mode = caller.mode
        return caller

    def send(self, hub: EventHub, channel: Channel, events: list[str]) -> int:
        """Send events to a channel's subscribers."""
        trace, sent = tracing.current(), 0
        for event in events:
            receivers = hub.publish(channel, event)
            sent += receivers
            if trace is not None:
                trace.published.append(Published((channel.path,), receivers))
        return sent


def _message(problem: RequestError) -> str:
    return f"{problem.error_type}: {problem.message}" if problem.message else problem.error_type


def _note(trace: RequestTrace, problem: RequestError) -> None:
    """Note why an operation was refused, unless a handler has said so."""
    message = _message(problem)
    if not any(message in resolved.errors for resolved in trace.resolved):
        trace.errors.append(message)
