"""One Event API, ready to serve: who may connect, subscribe and publish, and what becomes of events."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from localcloud.appsync.auth.gate import CallerGate, Credential
from localcloud.appsync.caller import Caller
from localcloud.appsync.definition import JSON, AuthType
from localcloud.appsync.events.channels import Channel, ChannelInvalid, parse_channel
from localcloud.appsync.events.definition import EventApiDefinition, Namespace
from localcloud.appsync.events.errors import BadEvents, NotNamespaced
from localcloud.appsync.events.handlers import HandlerCall, Handlers
from localcloud.appsync.events.hub import EventHub
from localcloud.appsync.events.outgoing import Batch, read_batch

PATH = "/event"
_Operation = Literal["EVENT_CONNECT", "EVENT_SUBSCRIBE", "EVENT_PUBLISH"]


@dataclass(frozen=True)
class Asking:
    """A caller's credentials: the headers of a request or the authorization of a frame.

    ``body`` is what was signed over HTTP; None over a socket, where it is built from the operation.
    """

    headers: Mapping[str, str]
    source_ip: str
    body: bytes | None = None


class ServedEventApi:
    """An Event API's gate and handlers, and the way through them.

    What is signed with IAM is always ``POST /event``: an empty object to connect, ``{"channel": …}`` to
    subscribe, ``{"channel": …, "events": […]}`` to publish.
    """

    def __init__(self, definition: EventApiDefinition, *, gate: CallerGate, handlers: Handlers) -> None:
        self.definition = definition
        self.gate = gate
        self._handlers = handlers
        self.warnings = [*gate.warnings, *handlers.warnings]

    async def connect(self, asking: Asking) -> None:
        """Let a WebSocket in.

        Raises
        ------
        RequestError
            When its credential does not hold.
        """
        credential = _credential(asking, "EVENT_CONNECT", None, b"{}")
        await self.gate.admit(credential, self.definition.connect_modes)

    async def subscribe(self, channel_text: str, asking: Asking) -> Channel:
        """Return the channel or pattern that a client may subscribe to.

        Raises
        ------
        RequestError
            When it is no channel, has no namespace, or the client or the handler is against it.
        """
        channel = _channel(channel_text, wild=True)
        namespace = self._namespace(channel)
        credential = _credential(asking, "EVENT_SUBSCRIBE", channel, _signed({"channel": channel_text}))
        caller = await self.admit(credential, namespace.subscribe_modes)
        if self._handlers.has(namespace.name, "onSubscribe"):
            call = HandlerCall(channel, caller.identity, dict(asking.headers), caller.mode)
            await self._handlers.run("onSubscribe", call)
        return channel

    async def publish(self, hub: EventHub, channel_text: JSON, events: JSON, asking: Asking) -> Batch:
        """Send events to the subscribers of a channel, and return what became of each.

        Raises
        ------
        RequestError
            When the publish as a whole is refused.
        """
        batch = read_batch(events)
        if not isinstance(channel_text, str) or not channel_text:
            raise BadEvents("Missing channel")
        channel = _channel(channel_text)
        namespace = self._namespace(channel)
        body = asking.body
        if body is None:
            body = _signed({"channel": channel_text, "events": events})
        credential = _credential(asking, "EVENT_PUBLISH", channel, body)
        caller = await self.admit(credential, namespace.publish_modes)
        sent = list(batch.texts.values())
        if sent and self._handlers.has(namespace.name, "onPublish"):
            headers = dict(asking.headers)
            call = HandlerCall(channel, caller.identity, headers, caller.mode, batch.incoming())
            value = await self._handlers.run("onPublish", call)
            sent = batch.handled(value, f"{namespace.name}.onPublish")
        self.send(hub, channel, sent)
        return batch

    async def admit(self, credential: Credential, modes: frozenset[AuthType]) -> Caller:
        """Return the caller of an operation that the modes are for; raises as the gate does."""
        return await self.gate.admit(credential, modes)

    def send(self, hub: EventHub, channel: Channel, events: list[str]) -> int:
        """Send events to a channel's subscribers, and return how many frames that were."""
        return sum(hub.publish(channel, event) for event in events)

    def _namespace(self, channel: Channel) -> Namespace:
        namespace = self.definition.namespaces.get(channel.namespace)
        if namespace is None:
            raise NotNamespaced
        return namespace


def _credential(asking: Asking, operation: _Operation, channel: Channel | None, body: bytes) -> Credential:
    """Return what the gate judges, with what a Lambda authorizer gets of the operation."""
    about: dict[str, JSON] = {
        "operation": operation,
        "channelNamespaceName": channel.namespace if channel is not None else None,
        "channel": channel.path if channel is not None else None,
    }
    return Credential(asking.headers, body, asking.source_ip, path=PATH, request_context=about)


def _channel(text: str, *, wild: bool = False) -> Channel:
    try:
        return parse_channel(text, wild=wild)
    except ChannelInvalid as problem:
        raise BadEvents(problem.message) from None


def _signed(document: JSON) -> bytes:
    """Return what a client signed: the document as JavaScript writes it."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode(errors="replace")
