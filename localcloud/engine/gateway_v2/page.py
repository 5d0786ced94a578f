"""Every HTTP and WebSocket API with all of its parts, as the gateway reads them: one request for all."""

from __future__ import annotations

from typing import Any

from localcloud.engine.gateway_v2.store import MODELS
from localcloud.engine.patching import Record, original


def described() -> Record:
    """Return the document."""
    from ministack.services import apigateway as gateway  # noqa: PLC0415 - its environment is complete by now

    apis = original(gateway, "_apis").all_items()
    return {"apis": [_whole(gateway, key, record) for key, record in apis]}


def _whole(gateway: Any, key: tuple[Any, ...], record: Record) -> Record:
    def of(store: str) -> Record:
        parts: Record = original(gateway, store)._data.get(key) or {}
        return parts

    answers, responses = of("_route_responses"), of("_integration_responses")
    return {
        **{name: value for name, value in record.items() if name != MODELS},
        "models": list((record.get(MODELS) or {}).values()),
        "stages": list(of("_stages").values()),
        "authorizers": list(of("_authorizers").values()),
        "routes": [
            {**route, "routeResponses": list((answers.get(route_id) or {}).values())}
            for route_id, route in of("_routes").items()
        ],
        "integrations": [
            {**integration, "integrationResponses": list((responses.get(one_id) or {}).values())}
            for one_id, integration in of("_integrations").items()
        ],
    }
