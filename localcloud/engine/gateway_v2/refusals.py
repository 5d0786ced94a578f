"""What API Gateway refuses of a part, in its words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from localcloud.engine.patching import Record

HTTP_TYPES: Final = ("AWS_PROXY", "HTTP_PROXY")
SOCKET_TYPES: Final = ("AWS", "AWS_PROXY", "HTTP", "HTTP_PROXY", "MOCK")
_METHODS: Final = "ANY|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT"
_KEY: Final = re.compile(rf"\$default|(?:{_METHODS}) /[^\s]*")


class Refusal(Exception):
    """An operation is refused; the message is the API's."""

    code, status = "BadRequestException", 400


class BadRequest(Refusal):
    """What was said cannot be."""


class NotFound(Refusal):
    """There is no such part."""

    code, status = "NotFoundException", 404


class Conflict(Refusal):
    """There is one of that name."""

    code, status = "ConflictException", 409


def check_route(protocol: str, request: Record, others: Iterable[Record]) -> None:
    """Refuse a route that API Gateway refuses.

    Raises
    ------
    BadRequest, Conflict
    """
    key = str(request.get("routeKey") or "")
    if any(other.get("routeKey") == key for other in others):
        raise Conflict(f"Route with key {key} already exists for this API")
    kind = request.get("authorizationType") or "NONE"
    if protocol == "HTTP":
        if not _KEY.fullmatch(key):
            raise BadRequest(
                "The provided route key is not formatted properly for HTTP protocol. Format should be "
                '"<HTTP METHOD> /<RESOURCE PATH>" or "$default"'
            )
        if kind not in {"NONE", "AWS_IAM", "JWT", "CUSTOM"}:
            raise BadRequest(f"Invalid authorization type specified: {kind}")
        return
    if kind != "NONE" and key != "$connect":
        raise BadRequest("Currently, authorization is restricted to the $connect route only")
    if kind == "JWT":
        raise BadRequest(
            "Currently, JWT authorization type is restricted to APIs with a protocol type of HTTP"
        )


def check_integration(protocol: str, request: Record) -> None:
    """Refuse an integration that API Gateway refuses.

    Raises
    ------
    BadRequest
    """
    kind = request.get("integrationType")
    types = HTTP_TYPES if protocol == "HTTP" else SOCKET_TYPES
    if kind not in types:
        raise BadRequest(
            f"Integration type {kind} is not supported for {protocol} APIs: {', '.join(types)} are"
        )
    longest = 30_000 if protocol == "HTTP" else 29_000
    timeout = request.get("timeoutInMillis")
    if timeout is not None and not 50 <= int(timeout) <= longest:
        raise BadRequest(f"Timeout should be between 50 ms and {longest} ms")


def check_authorizer(protocol: str, request: Record) -> None:
    """Refuse an authorizer that API Gateway refuses.

    Raises
    ------
    BadRequest
    """
    kind = request.get("authorizerType")
    if protocol == "WEBSOCKET" and kind != "REQUEST":
        raise BadRequest(
            "Invalid authorizer type. Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis."
        )
    if kind not in {"REQUEST", "JWT"}:
        raise BadRequest(f"Invalid authorizer type specified: {kind}")
    if kind == "JWT":
        jwt = request.get("jwtConfiguration") or {}
        if not jwt.get("issuer"):
            raise BadRequest("JWT Configuration is missing the issuer")
        if len(request.get("identitySource") or ()) != 1:
            raise BadRequest("JWT authorizers require exactly one identity source")
    elif protocol == "HTTP" and request.get("authorizerPayloadFormatVersion") not in {"1.0", "2.0"}:
        raise BadRequest("AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer")
