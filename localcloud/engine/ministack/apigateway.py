"""What the engine reads and patches of MiniStack's `services.apigateway`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, Response, Store


class APIGateway(Facade, module="ministack.services.apigateway"):
    """MiniStack's `services.apigateway`."""

    handle_request: Patch[Handler] = Patch(
        "handle_request", "feed.gateway", "gateway_v2.adapter", "durable.requests"
    )

    apigw_error: Name[Callable[[str, str, int], Response]] = Name("_apigw_error")
    apigw_response: Name[Callable[..., Response]] = Name("_apigw_response")
    apis: Name[Store] = Name("_apis")
    deployments: Name[Store] = Name("_deployments")
    route_responses: Name[Store] = Name("_route_responses")
    integration_responses: Name[Store] = Name("_integration_responses")
    stages: Name[Store] = Name("_stages")
    authorizers: Name[Store] = Name("_authorizers")
    routes: Name[Store] = Name("_routes")
    integrations: Name[Store] = Name("_integrations")


apigateway = APIGateway()
