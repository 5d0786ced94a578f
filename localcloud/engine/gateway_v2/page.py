"""Every HTTP and WebSocket API with all of its parts, as the gateway reads them: one request for all."""

from __future__ import annotations

from typing import Any

from localcloud.engine.gateway_v2.store import MODELS
from localcloud.engine.ministack.apigateway import APIGateway
from localcloud.engine.ministack.apigateway import apigateway as gateway
from localcloud.engine.ministack.types import Store
from localcloud.engine.patching import Record


def described() -> Record:
    """Return the document."""
    apis = gateway.apis.all_items()
    return {"apis": [_whole(gateway, key, record) for key, record in apis]}


def _whole(gateway: APIGateway, key: tuple[Any, ...], record: Record) -> Record:
    def of(store: Store) -> Record:
        parts: Record = store._data.get(key) or {}
        return parts

    answers, responses = of(gateway.route_responses), of(gateway.integration_responses)
    return {
        **{name: value for name, value in record.items() if name != MODELS},
        "models": list((record.get(MODELS) or {}).values()),
        "stages": list(of(gateway.stages).values()),
        "authorizers": list(of(gateway.authorizers).values()),
        "routes": [
            {**route, "routeResponses": list((answers.get(route_id) or {}).values())}
            for route_id, route in of(gateway.routes).items()
        ],
        "integrations": [
            {**integration, "integrationResponses": list((responses.get(one_id) or {}).values())}
            for one_id, integration in of(gateway.integrations).items()
        ],
    }
