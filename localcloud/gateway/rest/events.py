"""The event of a Lambda proxy integration, payload format 1.0, as AWS documents it.

Source: "Lambda proxy integrations in API Gateway", input format, in API Gateway's developer guide; the
event under ``tests/events/apigateway_rest.json``.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field

from localcloud.gateway.definitions.rest import RestApi
from localcloud.gateway.ids import log_time
from localcloud.gateway.requests import JSON, Incoming, forwarded, gathered
from localcloud.gateway.rest.routing import Match


@dataclass(frozen=True)
class Admitted:
    """What an authorizer lets through: ``requestContext.authorizer``, and what it adds to the identity.

    Attributes
    ----------
    usage_key
        The API key that a Lambda authorizer chose (``usageIdentifierKey``).
    """

    context: Mapping[str, JSON] | None = None
    identity: Mapping[str, JSON] = field(default_factory=dict)
    usage_key: str = ""


@dataclass(frozen=True)
class RestCall:
    """A request to a method of a stage."""

    api: RestApi
    stage: str
    path: str
    match: Match
    incoming: Incoming
    account: str


def proxy_event(call: RestCall, admitted: Admitted) -> dict[str, JSON]:
    """Return the event for the function behind a method."""
    body = call.incoming.body
    binary = bool(body) and is_binary(
        call.incoming.lowered.get("content-type", ""), call.api.binary_media_types
    )
    text: str | None = None
    if body:
        # Text is passed on as UTF-8, and what is none is lost, as on AWS: binary types must be declared.
        text = base64.b64encode(body).decode() if binary else body.decode(errors="replace")
    return {
        **request_parts(call),
        "requestContext": request_context(call, admitted),
        "body": text,
        "isBase64Encoded": binary,
    }


def request_parts(call: RestCall) -> dict[str, JSON]:
    """Return what proxy events and ``REQUEST`` authorizer events have in common."""
    headers = gathered(forwarded(call.incoming))
    parameters = call.incoming.parameters
    return {
        "resource": call.match.route.path,
        "path": call.path,
        "httpMethod": call.incoming.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": {name: [*values] for name, values in headers.items()},
        "queryStringParameters": {name: values[-1] for name, values in parameters.items()} or None,
        "multiValueQueryStringParameters": {name: [*values] for name, values in parameters.items()} or None,
        "pathParameters": dict(call.match.parameters) or None,
        "stageVariables": dict(call.api.stages[call.stage]) or None,
    }


def request_context(call: RestCall, admitted: Admitted) -> dict[str, JSON]:
    """Return ``requestContext``."""
    route = call.match.route
    context = gateway_context(call.api, call.stage, call.path, call.incoming, call.account)
    context |= {"resourceId": route.resource_id, "resourcePath": route.path}
    if admitted.identity:
        identity = context["identity"]
        context["identity"] = {**(identity if isinstance(identity, Mapping) else {}), **admitted.identity}
    if admitted.context is not None:
        context["authorizer"] = dict(admitted.context)
    return context


def gateway_context(api: RestApi, stage: str, path: str, incoming: Incoming, account: str) -> dict[str, JSON]:
    """Return what of ``requestContext`` there is before a method is found."""
    identity: dict[str, JSON] = {
        "cognitoIdentityPoolId": None,
        "accountId": None,
        "cognitoIdentityId": None,
        "caller": None,
        "sourceIp": incoming.source_ip,
        "principalOrgId": None,
        "accessKey": None,
        "cognitoAuthenticationType": None,
        "cognitoAuthenticationProvider": None,
        "userArn": None,
        "userAgent": incoming.user_agent,
        "user": None,
    }
    return {
        "httpMethod": incoming.method,
        "extendedRequestId": incoming.extended_id,
        "requestTime": log_time(incoming.received),
        "path": f"/{stage}{path}",
        "accountId": account,
        "protocol": incoming.version,
        "stage": stage,
        "domainPrefix": incoming.host.partition(".")[0],
        "requestTimeEpoch": incoming.epoch_ms,
        "requestId": incoming.request_id,
        "identity": identity,
        "domainName": incoming.host,
        "apiId": api.id,
    }


def is_binary(media_type: str, declared: tuple[str, ...]) -> bool:
    """Return whether a ``Content-Type`` or the first type of an ``Accept`` is one of the declared ones.

    Examples
    --------
    >>> is_binary("image/png; q=1", ("image/png",)), is_binary("text/plain", ("*/*",))
    (True, True)
    """
    kind = media_type.partition(",")[0].partition(";")[0].strip().lower()
    return "*/*" in declared or (bool(kind) and kind in {media_type.lower() for media_type in declared})
