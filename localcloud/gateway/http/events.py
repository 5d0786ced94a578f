"""The events of HTTP APIs: payload formats 1.0 and 2.0, and those of Lambda authorizers.

Sources: "Create AWS Lambda proxy integrations for HTTP APIs" and "Control access to HTTP APIs with AWS
Lambda authorizers" in API Gateway's developer guide.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from localcloud.gateway.definitions.http import DEFAULT, HttpApi
from localcloud.gateway.http.routing import HttpMatch
from localcloud.gateway.ids import log_time
from localcloud.gateway.requests import JSON, Incoming, forwarded, gathered

# Forms are none of them: they come as base64, as on AWS.
_TEXT: Final = ("application/json", "application/xml", "application/javascript")


@dataclass(frozen=True)
class HttpCall:
    """A request to a route of a stage.

    Attributes
    ----------
    path
        Percent-encoded, without the stage.
    """

    api: HttpApi
    stage: str
    path: str
    match: HttpMatch
    incoming: Incoming
    account: str

    @property
    def raw_path(self) -> str:
        """The path with the stage's name, but for ``$default``."""
        return self.path if self.stage == DEFAULT else f"/{self.stage}{self.path}"


@dataclass(frozen=True)
class AuthorizedCaller:
    """What an authorizer lets through.

    Attributes
    ----------
    kind
        ``jwt``, ``lambda`` or ``iam``, as format 2.0 names it.
    context
        What ``requestContext.authorizer`` holds of it.
    identity
        What format 1.0 has of an IAM caller in ``requestContext.identity``.
    """

    kind: str
    context: Mapping[str, JSON]
    identity: Mapping[str, JSON] = field(default_factory=dict)


def event_1(call: HttpCall, caller: AuthorizedCaller | None) -> dict[str, JSON]:
    """Return the event of format 1.0."""
    text, encoded = body_of(call.incoming)
    return {
        "version": "1.0",
        **_parts_1(call),
        "requestContext": _context_1(call, caller),
        "body": text,
        "isBase64Encoded": encoded,
    }


def event_2(call: HttpCall, caller: AuthorizedCaller | None) -> dict[str, JSON]:
    """Return the event of format 2.0: what is empty is left out."""
    text, encoded = body_of(call.incoming)
    event: dict[str, JSON] = {"version": "2.0", **_parts_2(call), "requestContext": _context_2(call, caller)}
    if text is not None:
        event["body"] = text
    event["isBase64Encoded"] = encoded
    return event


def authorizer_event(call: HttpCall, version: str, region: str, identity: list[str]) -> dict[str, JSON]:
    """Return what a Lambda authorizer is asked."""
    arn = method_arn(call, region)
    if version == "1.0":
        sources = ",".join(identity)
        request: dict[str, JSON] = {
            "methodArn": arn,
            "identitySource": sources,
            "authorizationToken": sources,
        }
        return {
            "version": "1.0",
            "type": "REQUEST",
            **request,
            **_parts_1(call),
            "requestContext": _context_1(call, None),
        }
    return {
        "version": "2.0",
        "type": "REQUEST",
        "routeArn": arn,
        "identitySource": list(identity) or None,
        **_parts_2(call),
        "requestContext": _context_2(call, None),
    }


def method_arn(call: HttpCall, region: str) -> str:
    """Return what policies name: ``arn:aws:execute-api:…:API/STAGE/GET/path``."""
    scope = f"arn:aws:execute-api:{region}:{call.account}:{call.api.id}/{call.stage}"
    return f"{scope}/{call.incoming.method}{call.path}"


def body_of(incoming: Incoming) -> tuple[str | None, bool]:
    """Return the body as text, and whether it is base64: of what is no text."""
    if not incoming.body:
        return None, False
    kind = incoming.lowered.get("content-type", "").partition(";")[0].strip().lower()
    if kind.startswith("text/") or kind in _TEXT:
        try:
            return incoming.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(incoming.body).decode(), True


def _parts_1(call: HttpCall) -> dict[str, JSON]:
    headers, parameters = gathered(forwarded(call.incoming)), call.incoming.parameters
    route = call.match.route
    return {
        "resource": route.path or DEFAULT,
        "path": call.raw_path,
        "httpMethod": call.incoming.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": {name: [*values] for name, values in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": {name: [*values] for name, values in parameters.items()} or None,
        "pathParameters": dict(call.match.parameters) or None,
        "stageVariables": dict(call.api.stages[call.stage]) or None,
    }


def _parts_2(call: HttpCall) -> dict[str, JSON]:
    headers = {name.lower(): ",".join(values) for name, values in gathered(forwarded(call.incoming)).items()}
    cookies = headers.pop("cookie", "")
    parts: dict[str, JSON] = {
        "routeKey": call.match.route.key,
        "rawPath": call.raw_path,
        "rawQueryString": call.incoming.query,
    }
    if cookies:
        parts["cookies"] = [part.strip() for part in cookies.split(";")]
    parts["headers"] = {**headers}
    if call.incoming.parameters:
        values = call.incoming.parameters.items()
        parts["queryStringParameters"] = {name: ",".join(texts) for name, texts in values}
    if call.match.parameters:
        parts["pathParameters"] = dict(call.match.parameters)
    if variables := call.api.stages[call.stage]:
        parts["stageVariables"] = dict(variables)
    return parts


def _context_1(call: HttpCall, caller: AuthorizedCaller | None) -> dict[str, JSON]:
    incoming, route = call.incoming, call.match.route
    identity: dict[str, JSON] = dict.fromkeys(
        (
            *("accessKey", "accountId", "caller", "cognitoAmr", "cognitoAuthenticationProvider"),
            *("cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId", "principalOrgId"),
        )
    )
    identity |= {
        "sourceIp": incoming.source_ip,
        "user": None,
        "userAgent": incoming.user_agent,
        "userArn": None,
    }
    context: dict[str, JSON] = {
        **_common(call),
        "extendedRequestId": incoming.extended_id,
        "httpMethod": incoming.method,
        "identity": {**identity, **(caller.identity if caller else {})},
        "path": call.raw_path,
        "protocol": incoming.version,
        "requestTime": log_time(incoming.received),
        "requestTimeEpoch": incoming.epoch_ms,
        "resourceId": route.key,
        "resourcePath": route.path or DEFAULT,
    }
    if caller is not None and caller.kind != "iam":
        context["authorizer"] = dict(caller.context)
    return context


def _context_2(call: HttpCall, caller: AuthorizedCaller | None) -> dict[str, JSON]:
    incoming = call.incoming
    context: dict[str, JSON] = {
        **_common(call),
        "http": {
            "method": incoming.method,
            "path": call.raw_path,
            "protocol": incoming.version,
            "sourceIp": incoming.source_ip,
            "userAgent": incoming.user_agent or "",
        },
        "routeKey": call.match.route.key,
        "time": log_time(incoming.received),
        "timeEpoch": incoming.epoch_ms,
    }
    if caller is not None:
        context["authorizer"] = {caller.kind: dict(caller.context)}
    return context


def _common(call: HttpCall) -> dict[str, JSON]:
    host = call.incoming.host
    return {
        "accountId": call.account,
        "apiId": call.api.id,
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "requestId": call.incoming.extended_id,
        "stage": call.stage,
    }


def context_of(call: HttpCall, caller: AuthorizedCaller | None) -> Mapping[str, JSON]:
    """Return what ``$context`` stands for in parameter mapping."""
    authorizer: JSON = None
    if caller is not None:
        claims = caller.context.get("claims") if caller.kind == "jwt" else None
        authorizer = {**caller.context, **({"claims": claims} if claims else {})}
    http: dict[str, JSON] = {
        "httpMethod": call.incoming.method,
        "path": call.raw_path,
        "protocol": call.incoming.version,
        "requestTime": log_time(call.incoming.received),
        "requestTimeEpoch": str(call.incoming.epoch_ms),
        "routeKey": call.match.route.key,
        "identity": {"sourceIp": call.incoming.source_ip, "userAgent": call.incoming.user_agent},
        "extendedRequestId": call.incoming.extended_id,
    }
    return {**_common(call), **http, "authorizer": authorizer}
