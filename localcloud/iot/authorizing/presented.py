"""What a client presents: in the query and headers of its request, and in its CONNECT."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import parse_qsl

from localcloud.iot.policies.documents import JSON

NAME: Final = "x-amz-customauthorizer-name"
SIGNATURE: Final = "x-amz-customauthorizer-signature"


@dataclass(frozen=True, slots=True)
class HttpPart:
    """The request that opened the connection. ``query`` is as it was sent, without its question mark."""

    headers: Mapping[str, str] = field(repr=False)
    query: str = field(default="", repr=False)

    def parameters(self) -> dict[str, str]:
        """Return headers and query parameters together, by names in lower case; the query wins."""
        return {**self.headers, **_parameters(self.query)}


@dataclass(frozen=True, slots=True)
class MqttPart:
    """What CONNECT says of its client."""

    client_id: str
    username: str | None = field(default=None, repr=False)
    password: bytes | None = field(default=None, repr=False)

    def parameters(self) -> dict[str, str]:
        """Return the parameters that a user name carries behind a question mark.

        Examples
        --------
        >>> MqttPart("ann-1", "ann?x-amz-customauthorizer-name=shop").parameters()
        {'x-amz-customauthorizer-name': 'shop'}
        """
        _, mark, query = (self.username or "").partition("?")
        return _parameters(query if mark else "")


@dataclass(frozen=True, slots=True)
class Presented:
    """Everything that an authorizer may look at."""

    http: HttpPart
    mqtt: MqttPart | None = None

    def parameter(self, name: str) -> str | None:
        """Return a parameter of the CONNECT's user name, else of the query or a header."""
        name = name.lower()
        if self.mqtt is not None and name in (parameters := self.mqtt.parameters()):
            return parameters[name]
        return self.http.parameters().get(name)

    def event(self, connection_id: str, *, token: str | None, signature_verified: bool) -> dict[str, JSON]:
        """Return the event that an authorizer's function is invoked with."""
        headers: dict[str, JSON] = dict(self.http.headers)
        host = self.http.headers.get("host", "")
        data: dict[str, JSON] = {
            "tls": {"serverName": host.rpartition(":")[0] or host},
            "http": {"headers": headers, "queryString": f"?{self.http.query}" if self.http.query else ""},
        }
        protocols: list[JSON] = ["tls", "http"]
        if self.mqtt is not None:
            protocols.append("mqtt")
            data["mqtt"] = _of_mqtt(self.mqtt)
        event: dict[str, JSON] = {
            "signatureVerified": signature_verified,
            "protocols": protocols,
            "protocolData": data,
            "connectionMetadata": {"id": connection_id},
        }
        return {"token": token, **event} if token is not None else event


def _of_mqtt(mqtt: MqttPart) -> dict[str, JSON]:
    part: dict[str, JSON] = {"clientId": mqtt.client_id}
    if mqtt.username is not None:
        part["username"] = mqtt.username
    if mqtt.password is not None:
        part["password"] = base64.b64encode(mqtt.password).decode()
    return part


def _parameters(query: str) -> dict[str, str]:
    return {name.lower(): value for name, value in parse_qsl(query, keep_blank_values=True)}
