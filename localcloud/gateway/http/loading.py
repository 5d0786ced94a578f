"""HTTP APIs, out of the engine's page of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from localcloud.gateway.definitions.http import (
    DEFAULT,
    Action,
    Address,
    FunctionIntegration,
    HttpApi,
    HttpAuthorizer,
    HttpIntegration,
    HttpRoute,
    JwtAuthorizer,
    RequestAuthorizer,
    Version,
)
from localcloud.gateway.definitions.rest import Iam, Unsupported
from localcloud.gateway.definitions.urls import Cors
from localcloud.gateway.http.actions import problem_of_action
from localcloud.gateway.http.parameters import problem_of
from localcloud.gateway.loading.common import Warn, function_arn
from localcloud.gateway.loading.documents import Document, created_of, listed, stages_of, strings, text, texts
from localcloud.gateway.requests import JSON

_LONGEST: Final = 30.0


def http_api_of(document: Document, warn: Warn) -> HttpApi:
    """Return an HTTP API; what of it is not served is warned of, and in its routes."""
    integrations = {
        text(integration, "integrationId"): integration for integration in listed(document, "integrations")
    }
    authorizers = {
        text(authorizer, "authorizerId"): authorizer for authorizer in listed(document, "authorizers")
    }
    routes: list[HttpRoute] = []
    for entry in listed(document, "routes"):
        route = _route(entry, integrations, authorizers)
        if isinstance(route.integration, Unsupported):
            warn(f"HTTP API {text(document, 'name')}: {route.key} is not served: {route.integration.what}")
        routes.append(route)
    return HttpApi(
        id=text(document, "apiId"),
        name=text(document, "name"),
        stages=stages_of(document),
        routes=tuple(routes),
        cors=_cors(document.get("corsConfiguration")),
        created=created_of(document),
    )


def _route(
    document: Document, integrations: Mapping[str, Document], authorizers: Mapping[str, Document]
) -> HttpRoute:
    key = text(document, "routeKey")
    method, _, path = ("", "", "") if key == DEFAULT else key.partition(" ")
    integration = _integration(integrations.get(text(document, "target").removeprefix("integrations/")))
    kind = text(document, "authorizationType") or "NONE"
    authorizer: HttpAuthorizer | None = None
    if kind == "AWS_IAM":
        authorizer = Iam()
    elif kind != "NONE":
        authorizer = _authorizer(authorizers.get(text(document, "authorizerId")))
        if authorizer is None:
            # Without one every caller would be admitted; with this none is.
            integration = Unsupported(
                f"an authorizer of type {kind} that does not exist or invokes no function"
            )
    scopes = document.get("authorizationScopes")
    return HttpRoute(key, method, path, integration, authorizer, texts(scopes))


def _integration(document: Document | None) -> HttpIntegration:
    if document is None:
        return Unsupported("a route without an integration")
    kind, uri = text(document, "integrationType"), text(document, "integrationUri")
    parameters, responses = strings(document.get("requestParameters")), _responses(document)
    milliseconds = document.get("timeoutInMillis")
    seconds = min(_LONGEST, milliseconds / 1000) if isinstance(milliseconds, (int, float)) else _LONGEST
    subtype = text(document, "integrationSubtype")
    problem = _problem(document, parameters, responses)
    if problem is not None:
        return Unsupported(problem)
    if subtype:
        name = subtype.partition("/")[0]
        return Action(name, parameters, seconds, responses)
    arn = function_arn(uri)
    if kind == "AWS_PROXY" and arn is not None and "${" not in arn:
        version: Version = "2.0" if text(document, "payloadFormatVersion") == "2.0" else "1.0"
        return FunctionIntegration(arn, version, seconds, parameters, responses)
    if kind == "HTTP_PROXY" and uri.startswith(("http://", "https://")):
        return Address(uri, text(document, "integrationMethod") or "ANY", seconds, parameters, responses)
    return Unsupported(f"an integration of type {kind} with {uri or 'no URI'}")


def _problem(
    document: Document, parameters: Mapping[str, str], responses: Mapping[str, Mapping[str, str]]
) -> str | None:
    """Return what of an integration is not served."""
    subtype = text(document, "integrationSubtype")
    if text(document, "connectionType") == "VPC_LINK":
        return "an integration by VPC_LINK: there is no network of one's own on one machine"
    if subtype:
        problem = problem_of_action(subtype.partition("/")[0], parameters)
        if problem is not None:
            return f"the subtype {subtype} {problem}"
    else:
        key = problem_of(parameters, ("header", "querystring", "path"))
        if key is not None:
            return f"a mapping of {key}"
    for mapping in responses.values():
        key = problem_of(mapping, ("header", "statuscode"))
        if key is not None:
            return f"a mapping of {key} of a response"
    return None


def _responses(document: Document) -> dict[str, dict[str, str]]:
    responses = document.get("responseParameters")
    pairs = responses.items() if isinstance(responses, Mapping) else ()
    return {str(status): strings(mapping) for status, mapping in pairs}


def _authorizer(document: Document | None) -> HttpAuthorizer | None:
    if document is None:
        return None
    identity = {"id": text(document, "authorizerId"), "name": text(document, "name")}
    sources = texts(document.get("identitySource"))
    if text(document, "authorizerType") == "JWT":
        jwt = document.get("jwtConfiguration")
        jwt = jwt if isinstance(jwt, Mapping) else {}
        source = sources[0] if sources else "$request.header.Authorization"
        return JwtAuthorizer(
            **identity, issuer=text(jwt, "issuer"), audience=texts(jwt.get("audience")), source=source
        )
    arn = function_arn(text(document, "authorizerUri"))
    if arn is None:
        return None
    version = text(document, "authorizerPayloadFormatVersion") or "2.0"
    ttl = document.get("authorizerResultTtlInSeconds")
    return RequestAuthorizer(
        **identity,
        function_arn=arn,
        version=cast("Version", version),
        simple=document.get("enableSimpleResponses") is True,
        sources=sources,
        ttl_seconds=ttl if isinstance(ttl, int) else 300,
    )


def _cors(document: JSON) -> Cors | None:
    if not isinstance(document, Mapping) or not document:
        return None
    age = document.get("maxAge")
    return Cors(
        origins=texts(document.get("allowOrigins")),
        methods=texts(document.get("allowMethods")),
        headers=texts(document.get("allowHeaders")),
        exposed=texts(document.get("exposeHeaders")),
        credentials=document.get("allowCredentials") is True,
        max_age=int(age) if isinstance(age, (int, float)) else None,
    )
