"""WebSocket APIs, as ``apigatewayv2`` describes them. HTTP APIs are named and left out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from localcloud.front.definition import DEFAULT_SELECTION, Iam, LambdaAuthorizer, LambdaProxy, WebSocketApi
from localcloud.front.loading.common import Warn, function_arn, seconds, unless_gone

if TYPE_CHECKING:
    from mypy_boto3_apigatewayv2 import ApiGatewayV2Client
    from mypy_boto3_apigatewayv2.type_defs import ApiTypeDef, IntegrationTypeDef, RouteTypeDef


def load_websocket_apis(client: ApiGatewayV2Client, warn: Warn) -> Iterator[WebSocketApi]:
    """Yield every WebSocket API that has a stage."""
    for page in client.get_paginator("get_apis").paginate():
        for document in page["Items"]:
            if document["ProtocolType"] != "WEBSOCKET":
                warn(f"HTTP API {document['Name']} is not served: REST and WebSocket APIs are")
                continue
            api = unless_gone(partial(_api, client, document, warn))
            if api is not None and api.stages:
                yield api


def _api(client: ApiGatewayV2Client, document: ApiTypeDef, warn: Warn) -> WebSocketApi:
    api_id, name = document["ApiId"], document["Name"]
    integrations = {
        one["IntegrationId"]: one
        for page in client.get_paginator("get_integrations").paginate(ApiId=api_id)
        for one in page["Items"]
    }
    documents = [
        one for page in client.get_paginator("get_routes").paginate(ApiId=api_id) for one in page["Items"]
    ]
    stages = [
        one for page in client.get_paginator("get_stages").paginate(ApiId=api_id) for one in page["Items"]
    ]
    routes: dict[str, LambdaProxy] = {}
    for route in documents:
        proxy = _proxy(route, integrations)
        if proxy is None:
            warn(f"WebSocket API {name}: the route {route['RouteKey']} is not served, it invokes no function")
        else:
            routes[route["RouteKey"]] = proxy
    connect = next((route for route in documents if route["RouteKey"] == "$connect"), None)
    return WebSocketApi(
        id=api_id,
        name=name,
        stages={stage["StageName"]: dict(stage.get("StageVariables") or {}) for stage in stages},
        routes=routes,
        route_selection=document.get("RouteSelectionExpression") or DEFAULT_SELECTION,
        authorizer=None if connect is None else _authorizer(client, api_id, connect, warn),
        created=document["CreatedDate"].astimezone(UTC),
    )


def _proxy(route: RouteTypeDef, integrations: Mapping[str, IntegrationTypeDef]) -> LambdaProxy | None:
    target = (route.get("Target") or "").removeprefix("integrations/")
    integration = integrations.get(target)
    if integration is None or integration.get("IntegrationType") != "AWS_PROXY":
        return None
    arn = function_arn(integration.get("IntegrationUri") or "")
    if arn is None or "${" in arn:
        return None
    return LambdaProxy(arn, seconds(integration.get("TimeoutInMillis")))


def _authorizer(
    client: ApiGatewayV2Client, api_id: str, route: RouteTypeDef, warn: Warn
) -> LambdaAuthorizer | Iam | None:
    kind = route.get("AuthorizationType") or "NONE"
    if kind == "NONE":
        return None
    if kind == "AWS_IAM":
        return Iam()
    wanted = route.get("AuthorizerId") or ""
    found = {
        one["AuthorizerId"]: one
        for page in client.get_paginator("get_authorizers").paginate(ApiId=api_id)
        for one in page["Items"]
    }.get(wanted)
    arn = None if found is None else function_arn(found.get("AuthorizerUri") or "")
    if found is None or arn is None:
        # Without one every connection would be let in; with this none is.
        warn(f"WebSocket API {api_id}: the authorizer of $connect invokes no function, nobody is let in")
        return LambdaAuthorizer(wanted, "missing", "REQUEST", "", ttl_seconds=0)
    return LambdaAuthorizer(
        id=wanted,
        name=found["Name"],
        kind="REQUEST",
        function_arn=arn,
        identity_sources=tuple(found.get("IdentitySource") or ()),
        ttl_seconds=0,  # WebSocket APIs keep no answers of authorizers
    )
