"""WebSocket APIs, out of the engine's page of them."""

from __future__ import annotations

from collections.abc import Mapping

from localcloud.front.definition import DEFAULT_SELECTION, Iam, LambdaAuthorizer, LambdaProxy, WebSocketApi
from localcloud.front.loading.common import Warn, function_arn, seconds
from localcloud.front.loading.documents import Document, created_of, listed, stages_of, text, texts


def websocket_api_of(document: Document, warn: Warn) -> WebSocketApi:
    """Return a WebSocket API; what of it is not served is warned of."""
    api_id, name = text(document, "apiId"), text(document, "name")
    integrations = {text(one, "integrationId"): one for one in listed(document, "integrations")}
    authorizers = {text(one, "authorizerId"): one for one in listed(document, "authorizers")}
    routes: dict[str, LambdaProxy] = {}
    authorizer: LambdaAuthorizer | Iam | None = None
    for route in listed(document, "routes"):
        key = text(route, "routeKey")
        proxy = _proxy(route, integrations)
        if proxy is None:
            warn(f"WebSocket API {name}: the route {key} is not served, it invokes no function")
        else:
            routes[key] = proxy
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
    )


def _proxy(route: Document, integrations: Mapping[str, Document]) -> LambdaProxy | None:
    integration = integrations.get(text(route, "target").removeprefix("integrations/"))
    if integration is None or text(integration, "integrationType") != "AWS_PROXY":
        return None
    arn = function_arn(text(integration, "integrationUri"))
    if arn is None or "${" in arn:
        return None
    milliseconds = integration.get("timeoutInMillis")
    return LambdaProxy(arn, seconds(milliseconds if isinstance(milliseconds, int) else None))


def _authorizer(
    api_id: str, authorizers: Mapping[str, Document], route: Document, warn: Warn
) -> LambdaAuthorizer | Iam | None:
    kind = text(route, "authorizationType") or "NONE"
    if kind == "NONE":
        return None
    if kind == "AWS_IAM":
        return Iam()
    wanted = text(route, "authorizerId")
    document = authorizers.get(wanted)
    arn = None if document is None else function_arn(text(document, "authorizerUri"))
    if document is None or arn is None:
        # Without one every connection would be let in; with this none is.
        warn(f"WebSocket API {api_id}: the authorizer of $connect invokes no function, nobody is let in")
        return LambdaAuthorizer(wanted, "missing", "REQUEST", "", ttl_seconds=0)
    return LambdaAuthorizer(
        id=wanted,
        name=text(document, "name"),
        kind="REQUEST",
        function_arn=arn,
        identity_sources=texts(document.get("identitySource")),
        ttl_seconds=0,  # WebSocket APIs keep no answers of authorizers
    )
