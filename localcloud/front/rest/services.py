"""Integrations with a service of AWS: the request mapped and signed, the service's answer mapped back."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Mapping
from typing import Final, TypeAlias
from urllib.parse import quote, urlencode

import aiohttp
from yarl import URL

from localcloud.aws import EngineAddress
from localcloud.front.answers import Answer
from localcloud.front.definition import TARGETS, IntegrationResponse, ServiceIntegration
from localcloud.front.errors import (
    BadConfiguration,
    BodyRefused,
    IntegrationTimedOut,
    IntegrationUnavailable,
    MediaTypeRefused,
)
from localcloud.front.requests import forwarded, gathered
from localcloud.front.rest.events import Admitted, Call, request_context
from localcloud.front.rest.queue_answers import in_json
from localcloud.front.rest.sources import Exchange, answer_source, request_source
from localcloud.mapping import JSON, BodyUnreadable, Render, Rendered, TemplateFailed, Variables
from localcloud.watchtower.traces.front import trace_headers

log = logging.getLogger(__name__)
_JSON: Final = "application/json"
_JSON_1_1: Final = "application/x-amz-json-1.1"
_PLACES: Final = ("path", "querystring", "header")
Places: TypeAlias = dict[str, dict[str, str]]


class ServiceCalls:
    """Calls services at the engine, by the local account's own signature.

    Parameters
    ----------
    render
        Renders mapping templates.
    """

    def __init__(self, engine: EngineAddress, render: Render) -> None:
        self._engine = engine
        self._render = render
        self._session: aiohttp.ClientSession | None = None

    async def stop(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()

    async def answer(self, integration: ServiceIntegration, call: Call, admitted: Admitted) -> Answer:
        """Return the answer to a request.

        Raises
        ------
        BodyRefused, MediaTypeRefused
            The body is not what the templates take.
        BadConfiguration
            A template fails, or no response is mapped from the service's answer.
        IntegrationTimedOut, IntegrationUnavailable
            The service did not answer in time, or not at all.
        """
        exchange = _exchange(call, admitted)
        template = _template_for(integration, call.incoming.lowered.get("content-type", ""))
        rendered = Rendered(exchange.body) if template is None else self._rendered(template, exchange)
        places = _places(integration, exchange, rendered)
        status, headers, body = await self._sent(integration, places, rendered.text)
        answered = Exchange(
            exchange.body, exchange.parameters, exchange.context, exchange.stage_variables, headers, body
        )
        return self._mapped(_response_for(integration, status), answered)

    def _rendered(self, template: str, exchange: Exchange, *, body: str | None = None) -> Rendered:
        variables = Variables(
            exchange.body if body is None else body,
            exchange.parameters,
            exchange.context,
            exchange.stage_variables,
        )
        try:
            return self._render(template, variables)
        except BodyUnreadable as problem:
            if body is None:
                raise BodyRefused(str(problem)) from None
            log.warning("A response template looks into an answer that is no JSON")
            raise BadConfiguration from None
        except TemplateFailed as problem:
            log.warning("A mapping template failed: %s", problem)
            raise BadConfiguration from None

    async def _sent(
        self, integration: ServiceIntegration, places: Places, body: str
    ) -> tuple[int, dict[str, str], str]:
        path = integration.path or "/"
        for name, value in places["path"].items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        query = dict(places["querystring"])
        if integration.action is not None and integration.service not in TARGETS:
            query = {"Action": integration.action, **query}
        url = self._engine.endpoint + path + (f"?{urlencode(query)}" if query else "")
        data = body.encode()
        headers = self._engine.signed(
            integration.method, url, data, places["header"],
            service=integration.service, region=self._engine.region,
        ) | trace_headers()  # fmt: skip
        if self._session is None:
            self._session = aiohttp.ClientSession()
        try:
            async with (
                asyncio.timeout(integration.timeout_seconds),
                self._session.request(
                    integration.method, URL(url, encoded=True), data=data, headers=headers
                ) as answer,
            ):
                text = (await answer.read()).decode(errors="replace")
                if integration.service == "sqs" and places["header"]["Accept"] == _JSON:
                    text = in_json(text)
                return answer.status, dict(answer.headers), text
        except TimeoutError:
            raise IntegrationTimedOut from None
        except aiohttp.ClientError as problem:
            log.warning("%s cannot be called: %s", integration.service, type(problem).__name__)
            raise IntegrationUnavailable from None

    def _mapped(self, response: IntegrationResponse, answered: Exchange) -> Answer:
        kind, body, status = _JSON, answered.answer_body, response.status
        overrides: Mapping[str, JSON] = {}
        if response.templates:
            kind = _JSON if _JSON in response.templates else next(iter(response.templates))
            rendered = self._rendered(response.templates[kind], answered, body=body)
            body, overrides = rendered.text, rendered.response_override
        headers: dict[str, str] = {"Content-Type": kind}
        for name, source in response.headers.items():
            read = answer_source(source)
            value = None if read is None else read(answered)
            if value is not None:
                _put(headers, name, value)
        changed = overrides.get("header")
        for name, text in changed.items() if isinstance(changed, Mapping) else ():
            _put(headers, name, str(text))
        chosen = overrides.get("status")
        if chosen is not None:
            status = int(str(chosen)) if re.fullmatch(r"[1-5]\d\d", str(chosen)) else 500
        return Answer(status, tuple(headers.items()), body.encode())


def _exchange(call: Call, admitted: Admitted) -> Exchange:
    headers = gathered(forwarded(call.incoming))
    return Exchange(
        body=call.incoming.body.decode(errors="replace"),
        parameters={
            "path": dict(call.match.parameters),
            "querystring": {name: values[-1] for name, values in call.incoming.parameters.items()},
            "header": {name: values[-1] for name, values in headers.items()},
        },
        context=request_context(call, admitted),
        stage_variables=dict(call.api.stages[call.stage]),
        answer_headers={},
    )


def _template_for(integration: ServiceIntegration, content_type: str) -> str | None:
    """Return the template that takes a body; None when the body is passed on as it is."""
    kind = content_type.partition(";")[0].strip().lower() or _JSON
    template = integration.templates.get(kind)
    if template is not None or integration.passthrough == "WHEN_NO_MATCH":
        return template
    if integration.passthrough == "WHEN_NO_TEMPLATES" and not integration.templates:
        return None
    raise MediaTypeRefused


def _places(integration: ServiceIntegration, exchange: Exchange, rendered: Rendered) -> Places:
    """Return the request's parameters: what is mapped, and over that what a template has put there."""
    places: Places = {"path": {}, "querystring": {}, "header": {"Content-Type": _JSON, "Accept": _JSON}}
    target = TARGETS.get(integration.service)
    if target is not None:
        named = {"Content-Type": _JSON_1_1, "X-Amz-Target": f"{target}.{integration.action}"}
        places["header"].update(named)
    for mapped, source in integration.parameters.items():
        _, _, place, name = mapped.split(".", 3)
        read = request_source(source)
        value = None if read is None else read(exchange)
        if value is not None:
            _put(places[place], name, value)
    for place in _PLACES:
        changed = rendered.request_override.get(place)
        for name, text in changed.items() if isinstance(changed, Mapping) else ():
            _put(places[place], name, str(text))
    return places


def _put(values: dict[str, str], name: str, value: str) -> None:
    """Set a value; names of headers differ in no case."""
    spelled = next((there for there in values if there.lower() == name.lower()), name)
    values[spelled] = value


def _response_for(integration: ServiceIntegration, status: int) -> IntegrationResponse:
    default: IntegrationResponse | None = None
    for response in integration.responses:
        if response.pattern is None:
            default = default or response
        elif re.fullmatch(response.pattern, str(status)):
            return response
    if default is None:
        log.warning("No integration response matches %s's status %d", integration.service, status)
        raise BadConfiguration
    return default
