"""What a connection of EventBridge adds to the request of ``http:invoke``."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from urllib.parse import urlencode

from localcloud.states.integrations.text import compact
from localcloud.states.integrations.transport import Transport
from localcloud.states.language.errors import StatesError
from localcloud.states.language.scope import Json


@dataclass
class Additions:
    """Headers, fields of the query and members of the body."""

    headers: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)
    body: dict[str, str] = field(default_factory=dict)

    def add(self, parameters: Json) -> None:
        """Add those of a connection's HttpParameters."""
        for part, target in (
            ("HeaderParameters", self.headers),
            ("QueryStringParameters", self.query),
            ("BodyParameters", self.body),
        ):
            target.update({item["Key"]: item.get("Value", "") for item in parameters.get(part) or ()})


async def additions(arn: str, transport: Transport) -> Additions:
    """Return what a connection adds: its authorization first, then its own parameters.

    Raises
    ------
    StatesError
        There is no such connection, or its authorization server refuses.
    """
    reply = await transport.send(
        "events",
        "DescribeConnection",
        method="POST",
        path="/",
        headers={
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "AWSEvents.DescribeConnection",
        },
        body=compact({"Name": arn.partition(":connection/")[2].partition("/")[0]}).encode(),
    )
    if reply.status >= 300:
        raise StatesError("Events.ConnectionResource.ResourceNotFound", f"Connection {arn} does not exist.")
    parameters = json.loads(reply.body).get("AuthParameters") or {}
    extra = Additions()
    if basic := parameters.get("BasicAuthParameters"):
        extra.headers["Authorization"] = _basic(basic["Username"], basic.get("Password", ""))
    if key := parameters.get("ApiKeyAuthParameters"):
        extra.headers[key["ApiKeyName"]] = key.get("ApiKeyValue", "")
    if oauth := parameters.get("OAuthParameters"):
        extra.headers["Authorization"] = f"Bearer {await _access_token(arn, oauth, transport)}"
    extra.add(parameters.get("InvocationHttpParameters") or {})
    return extra


def _basic(user: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


async def _access_token(arn: str, oauth: Json, transport: Transport) -> str:
    """Ask the authorization server for a token, with the client's own credentials."""
    client = oauth["ClientParameters"]
    extra = Additions()
    extra.add(oauth.get("OAuthHttpParameters") or {})
    form = {"grant_type": "client_credentials", **extra.body}
    credentials = {"client_id": client["ClientID"], "client_secret": client.get("ClientSecret", "")}
    url = str(oauth["AuthorizationEndpoint"])
    if extra.query:
        url += ("&" if "?" in url else "?") + urlencode(extra.query)
    headers = {"Content-Type": "application/x-www-form-urlencoded", **extra.headers}
    body = urlencode({**form, **credentials}).encode()
    try:
        reply = await transport.fetch(oauth.get("HttpMethod", "POST"), url, headers, body)
        return str(json.loads(reply.body)["access_token"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StatesError(
            "Events.ConnectionResource.InvalidConnectionState", f"Connection {arn} got no access token."
        ) from error
