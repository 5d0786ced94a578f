"""WebSocket APIs, out of the engine's page of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from localcloud.gateway.definitions.rest import Iam, LambdaAuthorizer, LambdaProxy, Unsupported
from localcloud.gateway.definitions.websocket import (
    DEFAULT_SELECTION,
    SocketIntegration,
    SocketMapped,
    SocketResponse,
    SocketValidation,
    WebSocketApi,
)
from localcloud.gateway.loading.common import Warn, function_arn, seconds
from localcloud.gateway.loading.documents import Document, created_of, listed, stages_of, strings, text, texts
from localcloud.gateway.loading.integrations import mapped_of
from localcloud.gateway.mapping.definition import MappedIntegration
from localcloud.gateway.requests import JSON

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import IntegrationTypeDef


def websocket_api_of(document: Document, warn: Warn) -> WebSocketApi:
    """Return a WebSocket API; what of it is not served is warned of."""
    api_id, name = text(document, "apiId"), text(document, "name")
    integrations = {
        text(integration, "integrationId"): integration for integration in listed(document, "integrations")
    }
    authorizers = {
        text(authorizer, "authorizerId"): authorizer for authorizer in listed(document, "authorizers")
    }
    routes: dict[str, SocketIntegration] = {}
    two_way: set[str] = set()
    validations: dict[str, SocketValidation] = {}
    authorizer: LambdaAuthorizer | Iam | None = None
    for route in listed(document, "routes"):
        key = text(route, "routeKey")
        target = text(route, "target").removeprefix("integrations/")
        integration = routes[key] = _integration(integrations.get(target))
        if isinstance(integration, Unsupported):
            warn(f"WebSocket API {name}: the route {key} is not served: {integration.what}")
        if listed(route, "routeResponses"):
            two_way.add(key)
        if models := strings(route.get("requestModels")):
            validations[key] = SocketValidation(text(route, "modelSelectionExpression"), models)
        if key == "$connect":
            authorizer = _authorizer(api_id, authorizers, route, warn)
    return WebSocketApi(
        id=api_id,
        name=name,
        stages=stages_of(document),
        routes=routes,
        route_selection=text(document, "routeSelectionExpression") or DEFAULT_SELECTION,
        authorizer=authorizer,
        created=created_of(document),
        two_way=frozenset(two_way),
        validations=validations,
        schemas={text(model, "name"): _schema(model.get("schema")) for model in listed(document, "models")},
    )


def _schema(value: JSON) -> str:
    """Return a model's text: templates write it as an object as well."""
    return value if isinstance(value, str) else json.dumps(value)


def _integration(document: Document | None) -> SocketIntegration:
    if document is None:
        return Unsupported("a route without an integration")
    kind, uri = text(document, "integrationType"), text(document, "integrationUri")
    milliseconds = document.get("timeoutInMillis")
    limit = milliseconds if isinstance(milliseconds, int) else None
    if kind == "AWS_PROXY":
        arn = function_arn(uri)
        if arn is None:
            return Unsupported(f"an integration of type AWS_PROXY with {uri or 'no URI'}")
        return LambdaProxy(arn, seconds(limit))
    described: dict[str, JSON] = {
        # A proxy of HTTP has no templates, and is called like the other one.
        "type": "HTTP" if kind == "HTTP_PROXY" else kind,
        "uri": uri,
        "httpMethod": text(document, "integrationMethod") or "POST",
        "credentials": text(document, "credentialsArn"),
        "connectionType": text(document, "connectionType"),
        "passthroughBehavior": text(document, "passthroughBehavior"),
        "requestParameters": document.get("requestParameters"),
        "timeoutInMillis": limit,
    }
    call = mapped_of(cast("IntegrationTypeDef", described))
    if not isinstance(call, MappedIntegration):
        return call if isinstance(call, Unsupported) else Unsupported(f"an integration of type {kind}")
    return SocketMapped(
        call,
        {} if kind == "HTTP_PROXY" else strings(document.get("requestTemplates")),
        text(document, "templateSelectionExpression"),
        tuple(
            SocketResponse(
                text(response, "integrationResponseKey"),
                strings(response.get("responseTemplates")),
                text(response, "templateSelectionExpression"),
            )
            for response in listed(document, "integrationResponses")
        ),
    )


def _authorizer(
    api_id: str, authorizers: Mapping[str, Document], route: Document, warn: Warn
) -> LambdaAuthorizer | Iam | None:
    kind = text(route, "authorizationType") or "NONE"
    if kind == "NONE":
        return None
    if kind == "AWS_IAM":
        return Iam()
    authorizer_id = text(route, "authorizerId")
    document = authorizers.get(authorizer_id)
    arn = None if document is None else function_arn(text(document, "authorizerUri"))
    if document is None or arn is None:
        # Without one every connection would be let in; with this none is.
        warn(f"WebSocket API {api_id}: the authorizer of $connect invokes no function, no client gets in")
        return LambdaAuthorizer(authorizer_id, "missing", "REQUEST", "", ttl_seconds=0)
    return LambdaAuthorizer(
        id=authorizer_id,
        name=text(document, "name"),
        kind="REQUEST",
        function_arn=arn,
        identity_sources=texts(document.get("identitySource")),
        ttl_seconds=0,  # WebSocket APIs keep no answers of authorizers
    )
