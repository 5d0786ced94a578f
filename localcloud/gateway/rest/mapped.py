"""Integrations that map, of REST APIs: the request mapped and sent, the backend's answer mapped back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from localcloud.contracts.mapping_templates import Rendered
from localcloud.gateway.answers import ApiResponse
from localcloud.gateway.mapping.backends import BackendAnswer, Backends
from localcloud.gateway.mapping.conversion import answer_payload, decoded_base64, request_payload
from localcloud.gateway.mapping.definition import (
    Backend,
    FunctionBackend,
    HttpBackend,
    HttpProxy,
    MappedIntegration,
    ServiceBackend,
)
from localcloud.gateway.mapping.outgoing import Outgoing, map_parameters, override, template_for
from localcloud.gateway.mapping.rendering import Templates
from localcloud.gateway.mapping.responses import respond_mapped, response_for
from localcloud.gateway.mapping.sources import Exchange
from localcloud.gateway.requests import forwarded, gathered
from localcloud.gateway.rest.events import Admitted, RestCall, is_binary
from localcloud.gateway.rest.exchanges import exchange_of
from localcloud.gateway.rest.results import sent_headers

_STAGE: Final = re.compile(r"\$\{stageVariables\.(\w+)\}")
# Of a request that is passed on, what its own connection has.
_OWN: Final = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "keep-alive", "upgrade"}
)


class MappedCalls:
    """Answers requests by what is behind integrations that map.

    Parameters
    ----------
    backends
        Calls what is behind them.
    templates
        Renders mapping templates.
    """

    def __init__(self, backends: Backends, templates: Templates) -> None:
        self._backends = backends
        self._templates = templates

    async def answer(self, integration: MappedIntegration, call: RestCall, admitted: Admitted) -> ApiResponse:
        """Return the answer to a request.

        Raises
        ------
        BodyRefused, MediaTypeRefused
            The body is not what the templates take.
        BadConfiguration
            A template fails, or no response is mapped from the backend's answer.
        IntegrationTimedOut, IntegrationUnavailable
            The backend did not answer in time, or not at all.
        """
        incoming, declared = call.incoming, call.api.binary_media_types
        content_type = incoming.lowered.get("content-type", "")
        payload = request_payload(
            incoming.body, binary=is_binary(content_type, declared), conversion=integration.conversion
        )
        exchange = exchange_of(call, admitted, payload.text)
        template = template_for(integration.templates, integration.passthrough, content_type)
        rendered = Rendered("") if template is None else self._templates.request(template, exchange)
        outgoing = Outgoing(headers=_content(integration, template, content_type))
        map_parameters(integration.parameters, exchange, outgoing)
        override(outgoing, rendered)
        body = payload.data if template is None else rendered.text.encode(errors="replace")
        method = incoming.method if integration.method.upper() == "ANY" else integration.method.upper()
        backend = _of_stage(integration.backend, exchange.stage_variables)
        answer = await self._backends.send(backend, method, outgoing, body, integration.timeout_seconds)
        return self._mapped(integration, call, exchange, answer)

    async def proxied(self, integration: HttpProxy, call: RestCall, admitted: Admitted) -> ApiResponse:
        """Return what a web address answers to a request that is passed on as it is.

        Raises
        ------
        IntegrationTimedOut, IntegrationUnavailable
            The address did not answer in time, or not at all.
        NotSupported
            It is not on this machine.
        """
        incoming = call.incoming
        exchange = exchange_of(call, admitted, incoming.body.decode(errors="replace"))
        # What the gateway itself puts into the headers goes on too.
        outgoing = Outgoing(
            query={name: [*values] for name, values in incoming.parameters.items()},
            headers={
                name: ", ".join(values)
                for name, values in gathered(forwarded(incoming)).items()
                if name.lower() not in _OWN
            },
        )
        map_parameters(integration.parameters, exchange, outgoing)
        method = incoming.method if integration.method.upper() == "ANY" else integration.method.upper()
        url = with_variables(integration.url, exchange.stage_variables)
        answer = await self._backends.fetch(url, method, outgoing, incoming.body, integration.timeout_seconds)
        pairs = [(name, value) for name, values in answer.headers.items() for value in values]
        return ApiResponse(answer.status, tuple(sent_headers(pairs)), answer.body)

    def _mapped(
        self, integration: MappedIntegration, call: RestCall, exchange: Exchange, answer: BackendAnswer
    ) -> ApiResponse:
        response = response_for(integration.responses, answer.outcome)
        declared = call.api.binary_media_types
        kind = next((v[-1] for name, v in answer.headers.items() if name.lower() == "content-type"), "")
        accepted = is_binary(call.incoming.lowered.get("accept", ""), declared)
        payload = answer_payload(
            answer.body,
            binary=bool(answer.body) and is_binary(kind, declared),
            accepted=accepted,
            conversion=response.conversion,
        )
        mapped = respond_mapped(
            response,
            replace(exchange, answer_headers=answer.headers, answer_body=payload.text),
            self._templates,
        )
        if not response.templates:
            return replace(mapped, body=payload.data)
        if response.conversion == "CONVERT_TO_BINARY":
            return replace(mapped, body=decoded_base64(mapped.body.decode()))
        return mapped


def _content(integration: MappedIntegration, template: str | None, content_type: str) -> dict[str, str]:
    """Return the type of what is sent: the client's where its body is passed on."""
    if template is None and content_type and not isinstance(integration.backend, ServiceBackend):
        return {"Content-Type": content_type}
    return {"Content-Type": "application/json"} if isinstance(integration.backend, HttpBackend) else {}


def _of_stage(backend: Backend, variables: Mapping[str, str]) -> Backend:
    match backend:
        case FunctionBackend(arn=text):
            return replace(backend, arn=with_variables(text, variables))
        case HttpBackend(url=text):
            return replace(backend, url=with_variables(text, variables))
        case ServiceBackend(path=str(text)):
            return replace(backend, path=with_variables(text, variables))
    return backend


def with_variables(text: str, variables: Mapping[str, str]) -> str:
    """Return a URI with a stage's variables in it.

    Examples
    --------
    >>> with_variables("https://${stageVariables.host}/x", {"host": "a.test"})
    'https://a.test/x'
    """
    if "${" not in text:
        return text
    return _STAGE.sub(lambda name: variables.get(name[1], ""), text)
