"""Integrations of HTTP and WebSocket APIs that the local cloud does not serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values
from localcloud.front.http.actions import problem_of_action
from localcloud.front.http.parameters import problem_of
from localcloud.front.mapping.web import stays_here
from localcloud.stack.template import Json, properties, resources

_INTEGRATION: Final = "AWS::ApiGatewayV2::Integration"
_HTTP_TYPES: Final = ("AWS_PROXY", "HTTP_PROXY")


def check_http_apis(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the integrations that would answer 501 here, each with what it asks for."""
    values, declared = Values(template), resources(template)
    for logical_id, resource in declared.items():
        whole = properties(resource)
        if resource["Type"] == "AWS::ApiGatewayV2::VpcLink":
            message = (
                f"{logical_id}: a VPC link is not served: there is no network of one's own on one machine"
            )
            yield Finding(places.of(logical_id), Severity.ERROR, "unsupported-integration", message)
        elif resource["Type"] == _INTEGRATION:
            socket = _is_socket(whole.get("ApiId"), declared, values)
            for problem in _problems(whole, values, socket=socket):
                message = f"{logical_id}: {problem}"
                yield Finding(places.of(logical_id), Severity.ERROR, "unsupported-integration", message)


def _is_socket(api: Json, declared: Mapping[str, dict[str, Json]], values: Values) -> bool | None:
    """Say whether an API is one of WebSockets; None where that is not known."""
    name = api.get("Ref") if isinstance(api, dict) else None
    resource = declared.get(str(name))
    if resource is None:
        return None
    if resource["Type"] == "AWS::Serverless::HttpApi":
        return False
    protocol = values.text(properties(resource).get("ProtocolType"))
    return None if protocol is None else protocol == "WEBSOCKET"


def _problems(whole: Mapping[str, Json], values: Values, *, socket: bool | None) -> Iterator[str]:
    kind, subtype = values.text(whole.get("IntegrationType")), values.text(whole.get("IntegrationSubtype"))
    if values.text(whole.get("ConnectionType")) == "VPC_LINK":
        yield "an integration by VPC_LINK is not served: there is no network of one's own on one machine"
    if kind == "HTTP_PROXY" or (kind == "HTTP" and socket):
        url = values.text(whole.get("IntegrationUri"))
        if url is not None and not stays_here(url):
            yield f"nothing is sent to {urlsplit(url).hostname}, which is not on this machine"
    if socket is not False:
        return
    if kind is not None and kind not in _HTTP_TYPES:
        yield f"an integration of type {kind} is none of HTTP APIs: they have {' and '.join(_HTTP_TYPES)}"
        return
    parameters = whole.get("RequestParameters")
    names = {str(name): "" for name in parameters} if isinstance(parameters, dict) else {}
    if subtype:
        problem = problem_of_action(subtype.partition("/")[0], names)
        if problem is not None:
            yield f"the subtype {subtype} {problem}"
    elif (key := problem_of(names, ("header", "querystring", "path"))) is not None:
        yield f"a mapping of {key} is none of HTTP APIs"
