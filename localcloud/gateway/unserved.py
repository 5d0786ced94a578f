"""What the loaded APIs ask for and the gateway does not do."""

from __future__ import annotations

from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.rest import Integration, RestApi, Unsupported
from localcloud.gateway.mapping.definition import HttpBackend, HttpProxy, MappedIntegration
from localcloud.gateway.mapping.web import stays_here


def unserved(apis: tuple[Api, ...]) -> list[str]:
    """Return a sentence for each method that answers 501."""
    return [
        f"REST API {api.name}: {route.method} {route.path} {problem}"
        for api in apis
        if isinstance(api, RestApi)
        for route in api.routes
        if (problem := _problem(route.integration)) is not None
    ]


def _problem(integration: Integration) -> str | None:
    match integration:
        case Unsupported(what=what):
            return f"is not supported: {what}"
        case HttpProxy(url=url) | MappedIntegration(backend=HttpBackend(url=url)) if not stays_here(url):
            return f"answers 501: nothing is sent to {url}, which is not on this machine"
    return None
