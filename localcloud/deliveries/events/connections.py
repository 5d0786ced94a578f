"""Connections: how API destinations authorize their requests, and what every request of theirs carries."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from localcloud.deliveries.events.interfaces import CloudServices, NoReply, WebRequest
from localcloud.deliveries.events.web import with_query

# "EventBridge refreshes the token when it expires within 60 seconds of an invocation."
FRESH_SECONDS: Final = 60
MOST_TOKENS: Final = 256
SECONDS: Final = 5.0


class NotAuthorized(Exception):
    """There are no credentials to send; the message says why, without any of them."""


@dataclass(frozen=True)
class Extra:
    """Headers, query and members of the body that come from a connection."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: Mapping[str, str]


@dataclass(frozen=True)
class _Token:
    header: str
    expires: float


class Authorizations:
    """The headers that authorize requests; access tokens are kept while they are fresh.

    Parameters
    ----------
    now
        Returns the time in seconds.
    """

    def __init__(self, services: CloudServices, now: Callable[[], float]) -> None:
        self._services, self._now = services, now
        self._tokens: dict[str, _Token] = {}

    async def headers(self, connection: Mapping[str, Any], *, renew: bool = False) -> dict[str, str]:
        """Return the headers for a connection.

        Parameters
        ----------
        renew
            Whether to fetch another access token: the last one was refused.

        Raises
        ------
        NotAuthorized
        """
        parameters = connection.get("AuthParameters") or {}
        match connection.get("AuthorizationType"):
            case "BASIC":
                basic = parameters.get("BasicAuthParameters") or {}
                pair = f"{basic.get('Username', '')}:{basic.get('Password', '')}"
                return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
            case "API_KEY":
                key = parameters.get("ApiKeyAuthParameters") or {}
                return (
                    {str(key["ApiKeyName"]): str(key.get("ApiKeyValue", ""))} if key.get("ApiKeyName") else {}
                )
            case "OAUTH_CLIENT_CREDENTIALS":
                return {"Authorization": await self._token(connection, parameters, renew=renew)}
        raise NotAuthorized(f"the connection {connection.get('Name')} has no authorization")

    async def _token(
        self, connection: Mapping[str, Any], parameters: Mapping[str, Any], *, renew: bool
    ) -> str:
        # Other credentials under the same name are another connection's.
        key = f"{connection.get('ConnectionArn')}#{connection.get('LastAuthorizedTime')}"
        token = self._tokens.get(key)
        if token is None or renew or token.expires - self._now() <= FRESH_SECONDS:
            token = await self._fetch(parameters.get("OAuthParameters") or {})
            if len(self._tokens) >= MOST_TOKENS:
                self._tokens.clear()
            self._tokens[key] = token
        return token.header

    async def _fetch(self, oauth: Mapping[str, Any]) -> _Token:
        client = oauth.get("ClientParameters") or {}
        extra = extra_of(oauth.get("OAuthHttpParameters") or {})
        form = {
            "grant_type": "client_credentials",
            "client_id": str(client.get("ClientID", "")),
            "client_secret": str(client.get("ClientSecret", "")),
            **extra.body,
        }
        method = str(oauth.get("HttpMethod") or "POST").upper()
        endpoint = str(oauth.get("AuthorizationEndpoint") or "")
        url = with_query(endpoint, {**extra.query, **(form if method == "GET" else {})})
        headers = {"Content-Type": "application/x-www-form-urlencoded", **extra.headers}
        body = b"" if method == "GET" else urlencode(form).encode()
        try:
            reply = await self._services.fetch(WebRequest(method, url, headers, body), SECONDS)
        except NoReply as error:
            raise NotAuthorized(f"no access token: {error}") from None
        try:
            answer = json.loads(reply.body)
            token = str(answer["access_token"])
        except (ValueError, KeyError, TypeError):
            raise NotAuthorized(f"no access token: the endpoint answered {reply.status}") from None
        kind = str(answer.get("token_type") or "Bearer")
        seconds = answer.get("expires_in")
        life = float(seconds) if isinstance(seconds, int | float) else float("inf")
        # Bearer is what servers look for, however the answer spells it.
        return _Token(f"{'Bearer' if kind.lower() == 'bearer' else kind} {token}", self._now() + life)


def extra_of(document: Mapping[str, Any]) -> Extra:
    """Return a connection's ``InvocationHttpParameters`` or ``OAuthHttpParameters``.

    Examples
    --------
    >>> extra_of({"HeaderParameters": [{"Key": "X-Shop", "Value": "1", "IsValueSecret": False}]}).headers
    {'X-Shop': '1'}
    """

    def pairs(name: str) -> dict[str, str]:
        items = document.get(name) or ()
        return {str(item["Key"]): str(item.get("Value", "")) for item in items if item.get("Key")}

    return Extra(pairs("HeaderParameters"), pairs("QueryStringParameters"), pairs("BodyParameters"))
