"""API Gateway as the application sees it: requests become proxy events, answers are held to their form.

One call at a time: ``Chalice.__call__`` keeps the request on the application object.
"""

from __future__ import annotations

import base64
import copy
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qsl, unquote, urlsplit

from chalice.app import Chalice

EVENTS = Path(__file__).parents[1] / "events"
ADA = "6f0e1a5c-ada0-4c1e-9f3e-000000000001"
GRACE = "6f0e1a5c-9ace-4c1e-9f3e-000000000002"
STAGE = "api"


def event(name: str) -> dict[str, Any]:
    """An event as AWS documents it, from ``tests/events``."""
    return cast("dict[str, Any]", json.loads((EVENTS / f"{name}.json").read_text("utf-8")))


@dataclass(frozen=True)
class Person:
    """Whose token the request carries; API Gateway hands on its claims, each as text."""

    sub: str = ADA
    groups: tuple[str, ...] = ()

    def claims(self) -> dict[str, str]:
        claims = dict(_TEMPLATE["requestContext"]["authorizer"]["claims"])
        claims["sub"] = self.sub
        return claims | ({"cognito:groups": ",".join(self.groups)} if self.groups else {})


@dataclass(frozen=True)
class GatewayResponse:
    """What the client would see."""

    status: int
    headers: Mapping[str, str]
    body: str = field(repr=False)

    def json(self) -> Any:
        return json.loads(self.body)


class Gateway:
    """Sends requests to a Chalice application."""

    def __init__(self, app: Chalice) -> None:
        self._app = app
        self._paths = [
            (path, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path))) for path in list(app.routes)
        ]

    def send(
        self,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        body: str | bytes | None = None,
        person: Person | None = Person(),
    ) -> GatewayResponse:
        """Send a request; ``target`` is path and query as they stand on the request line."""
        lines = list(headers.items()) if isinstance(headers, Mapping) else list(headers)
        parts = urlsplit(target)
        for resource, pattern in self._paths:
            match = pattern.fullmatch(parts.path)
            if match is None:
                continue
            if method not in self._app.routes[resource]:
                break
            if self._app.routes[resource][method].authorizer is not None and person is None:
                return GatewayResponse(
                    401, {"content-type": "application/json"}, '{"message":"Unauthorized"}'
                )
            created = self._event(method, resource, parts.path, parts.query, lines, body, person)
            created["pathParameters"] = {n: unquote(v) for n, v in match.groupdict().items()} or None
            return self.invoke(created)
        return GatewayResponse(
            403, {"content-type": "application/json"}, '{"message":"Missing Authentication Token"}'
        )

    def invoke(self, value: dict[str, Any]) -> GatewayResponse:
        """Invoke the application with an event, and hold its answer to what API Gateway takes."""
        answer = json.loads(json.dumps(self._app(value, None)))
        assert set(answer) <= {"statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"}
        assert isinstance(answer["statusCode"], int)
        assert isinstance(answer["body"], str)
        assert not answer.get("isBase64Encoded")
        assert not answer["multiValueHeaders"]
        assert all(isinstance(value, str) for value in answer["headers"].values()), answer["headers"]
        answered = {name.lower(): value for name, value in answer["headers"].items()}
        answered.setdefault("content-type", "application/json")
        return GatewayResponse(answer["statusCode"], answered, answer["body"])

    def _event(
        self,
        method: str,
        resource: str,
        path: str,
        query: str,
        headers: list[tuple[str, str]],
        body: str | bytes | None,
        person: Person | None,
    ) -> dict[str, Any]:
        request = copy.deepcopy(_TEMPLATE)
        request |= {"resource": resource, "path": path, "httpMethod": method}
        every: dict[str, list[str]] = {}
        for name, value in [*request["headers"].items(), *headers]:
            every.setdefault(next((n for n in every if n.lower() == name.lower()), name), []).append(value)
        # Of a header or parameter that comes twice, the plain map holds the last.
        request["headers"] = {name: values[-1] for name, values in every.items()}
        request["multiValueHeaders"] = every
        parameters: dict[str, list[str]] = {}
        for name, value in parse_qsl(query, keep_blank_values=True):
            parameters.setdefault(name, []).append(value)
        request["queryStringParameters"] = {name: values[-1] for name, values in parameters.items()} or None
        request["multiValueQueryStringParameters"] = parameters or None
        context = request["requestContext"]
        context |= {"resourcePath": resource, "httpMethod": method, "path": f"/{STAGE}{path}"}
        if person is None:
            del context["authorizer"]
        else:
            context["authorizer"]["claims"] = person.claims()
        if isinstance(body, bytes):
            request |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        else:
            request["body"] = body
        return request


_TEMPLATE = event("apigateway_get_order")
