"""The HTTP exchange of an HTTP Task, without what its connection adds."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from localcloud.states.integrations import InvocationType, InvokeReply, TaskReply, Transport
from localcloud.states.integrations.connections import Additions
from localcloud.states.integrations.text import compact
from localcloud.states.language.scope import Json


@dataclass
class Exchange:
    """What an HTTP Task sent and what came back."""

    method: str
    url: str
    headers: dict[str, str]
    body: str
    reply: TaskReply | None = None

    def request(self) -> dict[str, str]:
        """Return the request as inspection data have it."""
        return {
            "protocol": urlsplit(self.url).scheme,
            "method": self.method,
            "url": self.url,
            "headers": _listed(self.headers),
            **({"body": self.body} if self.body else {}),
        }

    def response(self) -> dict[str, str]:
        """Return the answer as inspection data have it; empty where there is none."""
        if self.reply is None:
            return {}
        try:
            phrase = HTTPStatus(self.reply.status).phrase
        except ValueError:
            phrase = ""
        return {
            "protocol": urlsplit(self.url).scheme,
            "statusCode": str(self.reply.status),
            "statusMessage": phrase,
            "headers": _listed(self.reply.headers),
            "body": self.reply.body.decode(errors="replace"),
        }


def _listed(headers: Mapping[str, str]) -> str:
    return f"[{', '.join(f'{name}: {value}' for name, value in headers.items())}]"


@dataclass
class Traced:
    """A transport that keeps the exchange of an HTTP Task.

    Attributes
    ----------
    revealed
        Whether to keep what the connection adds, too.
    exchange
        The task's; what goes to an authorization server is left out.
    """

    transport: Transport
    revealed: bool
    exchange: Exchange | None = None
    _secret: Additions = field(default_factory=Additions)
    _authorizes: bool = False

    async def send(
        self, service: str, operation: str, *, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> TaskReply:
        """Send a request to a service; learn what a connection adds."""
        reply = await self.transport.send(
            service, operation, method=method, path=path, headers=headers, body=body
        )
        if operation == "DescribeConnection" and reply.status < 300:
            self._learn(json.loads(reply.body).get("AuthParameters") or {})
        return reply

    async def invoke(
        self,
        function: str,
        payload: bytes,
        *,
        kind: InvocationType,
        client_context: str | None,
        limit: float | None,
    ) -> InvokeReply:
        """Invoke a function."""
        return await self.transport.invoke(
            function, payload, kind=kind, client_context=client_context, limit=limit
        )

    async def fetch(self, method: str, url: str, headers: dict[str, str], body: bytes) -> TaskReply:
        """Send a request to any address, and keep it unless it asks for a token."""
        if self._authorizes:
            self._authorizes = False
            return await self.transport.fetch(method, url, headers, body)
        content = body.decode(errors="replace")
        exchange = Exchange(method, url, dict(headers), content)
        if not self.revealed:
            exchange = _without(self._secret, exchange)
        self.exchange = exchange
        exchange.reply = await self.transport.fetch(method, url, headers, body)
        return exchange.reply

    def _learn(self, parameters: Json) -> None:
        self._authorizes = bool(parameters.get("OAuthParameters"))
        if parameters.get("BasicAuthParameters") or self._authorizes:
            self._secret.headers["authorization"] = ""
        if key := parameters.get("ApiKeyAuthParameters"):
            self._secret.headers[key["ApiKeyName"].lower()] = ""
        extra = Additions()
        extra.add(parameters.get("InvocationHttpParameters") or {})
        self._secret.headers |= {name.lower(): "" for name in extra.headers}
        self._secret.query |= extra.query
        self._secret.body |= extra.body


def _without(secret: Additions, exchange: Exchange) -> Exchange:
    """Return an exchange without what a connection adds."""
    headers = {name: value for name, value in exchange.headers.items() if name.lower() not in secret.headers}
    url = exchange.url
    if secret.query:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        public = [(name, value) for name, value in pairs if name not in secret.query]
        url = urlunsplit(parts._replace(query=urlencode(public, quote_via=quote)))
    body = exchange.body
    if secret.body and body:
        body = _body_without(secret, body)
    return Exchange(exchange.method, url, headers, body)


def _body_without(secret: Additions, body: str) -> str:
    try:
        content: dict[str, Json] = json.loads(body)
    except ValueError:
        pairs = parse_qsl(body, keep_blank_values=True)
        public = [(name, value) for name, value in pairs if name not in secret.body]
        return urlencode(public, quote_via=quote)
    public_members = {name: value for name, value in content.items() if name not in secret.body}
    return compact(public_members) if public_members else ""
