"""What the loaded APIs ask for and the gateway does not do."""

from __future__ import annotations

from collections.abc import Collection

from localcloud.gateway.definitions.api import Api
from localcloud.gateway.definitions.http import FunctionIntegration, HttpApi, HttpIntegration
from localcloud.gateway.definitions.rest import Integration, LambdaProxy, RestApi, Unsupported
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


def unanswerable(apis: tuple[Api, ...], functions: Collection[str]) -> list[str]:
    """Return the routes that cannot answer: what they invoke cannot run here, or is not served.

    Parameters
    ----------
    functions
        The names of the functions that cannot run.
    """
    routes: list[tuple[str, Integration | HttpIntegration]] = []
    for api in apis:
        if isinstance(api, RestApi):
            routes += [(f"{route.method} {route.path}", route.integration) for route in api.routes]
        elif isinstance(api, HttpApi):
            routes += [(route.key, route.integration) for route in api.routes]
    return sorted({name for name, integration in routes if not _answers(integration, functions)})


def _answers(integration: Integration | HttpIntegration, functions: Collection[str]) -> bool:
    if isinstance(integration, LambdaProxy | FunctionIntegration):
        name = integration.function_arn.partition(":function:")[2].partition(":")[0]
        return name not in functions
    return not isinstance(integration, Unsupported)


def _problem(integration: Integration) -> str | None:
    match integration:
        case Unsupported(what=what):
            return f"is not supported: {what}"
        case HttpProxy(url=url) | MappedIntegration(backend=HttpBackend(url=url)) if not stays_here(url):
            return f"answers 501: nothing is sent to {url}, which is not on this machine"
    return None
