"""What is behind the routes of a WebSocket API, called; and what of the answer goes back to the client."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from localcloud.contracts.mapping_templates import Rendered
from localcloud.gateway.definitions.rest import LambdaProxy
from localcloud.gateway.definitions.websocket import SocketIntegration, SocketMapped
from localcloud.gateway.errors import BadConfiguration, IntegrationFailed, NotSupported
from localcloud.gateway.invoking import FunctionInvoker
from localcloud.gateway.mapping.backends import BackendAnswer, Backends
from localcloud.gateway.mapping.definition import (
    Backend,
    FunctionBackend,
    HttpBackend,
    MockBackend,
    ServiceBackend,
)
from localcloud.gateway.mapping.outgoing import Outgoing, map_parameters, override
from localcloud.gateway.mapping.rendering import Templates
from localcloud.gateway.mapping.sources import Exchange
from localcloud.gateway.requests import JSON
from localcloud.gateway.websocket.selecting import response_of, selected_key, selector, template_of


@dataclass(frozen=True)
class SocketCall:
    """Something that happens on a connection.

    Attributes
    ----------
    event
        What a function gets of it; its ``requestContext`` is ``$context``.
    text
        The message; empty where there is none.
    parameters, several
        Of the handshake, under ``header`` and ``querystring``; empty for messages.
    """

    event: Mapping[str, JSON]
    text: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    several: Mapping[str, Mapping[str, list[str]]] = field(default_factory=dict)

    @property
    def context(self) -> Mapping[str, JSON]:
        """What templates see as ``$context``."""
        context = self.event.get("requestContext")
        return context if isinstance(context, Mapping) else {}


@dataclass(frozen=True)
class SocketAnswer:
    """What came back: a status, headers that a handshake may need, and what a two-way route sends."""

    status: int
    headers: Mapping[str, JSON] = field(default_factory=dict)
    reply: str = ""


class SocketIntegrations:
    """Calls what is behind routes."""

    def __init__(self, functions: FunctionInvoker, backends: Backends, templates: Templates) -> None:
        self._functions, self._backends, self._templates = functions, backends, templates

    async def call(self, integration: SocketIntegration, call: SocketCall) -> SocketAnswer:
        """Return the answer.

        Raises
        ------
        localcloud.gateway.errors.GatewayRefused
        """
        match integration:
            case LambdaProxy(function_arn=arn, timeout_seconds=seconds):
                return _proxied(await self._functions.invoke_json(arn, call.event, seconds))
            case SocketMapped():
                return await self._mapped(integration, call)
            case unsupported:
                raise NotSupported(f"The gateway does not serve this integration: {unsupported.what}.")

    async def _mapped(self, integration: SocketMapped, call: SocketCall) -> SocketAnswer:
        operation = integration.call
        select = selector(call.text, call.context, call.variables)
        template = template_of(integration.templates, integration.selection, select, operation.passthrough)
        exchange = Exchange(call.text, call.parameters, call.context, call.variables, call.several)
        rendered = Rendered(call.text) if template is None else self._templates.request(template, exchange)
        outgoing = Outgoing()
        map_parameters(operation.parameters, exchange, outgoing)
        override(outgoing, rendered)
        backend = _of_stage(operation.backend, call.variables)
        method = "POST" if operation.method.upper() == "ANY" else operation.method.upper()
        body = rendered.text.encode(errors="replace")
        answer = await self._backends.send(backend, method, outgoing, body, operation.timeout_seconds)
        return SocketAnswer(_status_of(answer), {}, self._reply(integration, call, exchange, answer))

    def _reply(
        self, integration: SocketMapped, call: SocketCall, exchange: Exchange, answer: BackendAnswer
    ) -> str:
        text = answer.body.decode(errors="replace")
        if not integration.responses:
            return text
        response = response_of(integration.responses, answer.outcome or str(answer.status))
        if response is None:
            raise BadConfiguration
        select = selector(text, call.context, call.variables, answer.status)
        key = selected_key(response.selection, select)
        template = response.templates.get(key, response.templates.get("$default"))
        if template is None:
            return text
        answered_exchange = replace(exchange, answer_headers=answer.headers, answer_body=text)
        return self._templates.answer(template, answered_exchange).text


def _of_stage(backend: Backend, variables: Mapping[str, str]) -> Backend:
    """Return a backend with a stage's variables in its address."""

    def filled(text: str) -> str:
        for name, value in variables.items():
            text = text.replace(f"${{stageVariables.{name}}}", value)
        return text

    match backend:
        case FunctionBackend(arn=arn):
            return replace(backend, arn=filled(arn))
        case HttpBackend(url=url):
            return replace(backend, url=filled(url))
        case ServiceBackend(path=str(path)):
            return replace(backend, path=filled(path))
        case MockBackend() | ServiceBackend():
            return backend


def _status_of(answer: BackendAnswer) -> int:
    # A function that failed answers 200 with its error; a handshake must not take it for a yes.
    failed = any(name.lower() == "x-amz-function-error" for name in answer.headers)
    return 502 if failed else answer.status


def _proxied(result: JSON) -> SocketAnswer:
    """Return what a function's answer says; it must be one, though it may go nowhere."""
    if not isinstance(result, Mapping):
        raise IntegrationFailed("it is no JSON object with a statusCode")
    status = result.get("statusCode")
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status[:4])
    if isinstance(status, bool) or not isinstance(status, int) or not 200 <= status <= 599:
        raise IntegrationFailed("statusCode is no number from 200 to 599")
    headers = result.get("headers")
    return SocketAnswer(status, headers if isinstance(headers, Mapping) else {}, _body(result))


def _body(result: Mapping[str, JSON]) -> str:
    body = result.get("body")
    if not isinstance(body, str):
        return ""
    if result.get("isBase64Encoded") is not True:
        return body
    try:
        return base64.b64decode(body, validate=True).decode(errors="replace")
    except (binascii.Error, ValueError):
        raise IntegrationFailed("body is no base64, as isBase64Encoded says") from None
