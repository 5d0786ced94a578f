"""Integrations of HTTP and WebSocket APIs that the local cloud does not serve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values, with_values
from localcloud.gateway.http.actions import problem_of_action
from localcloud.gateway.http.parameters import problem_of
from localcloud.gateway.mapping.web import stays_here
from localcloud.stack.template import Json, properties, resources

_INTEGRATION: Final = "AWS::ApiGatewayV2::Integration"
_HTTP_TYPES: Final = ("AWS_PROXY", "HTTP_PROXY")


def check_http_apis(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the integrations that would answer 501 here, each with what it asks for."""
    for logical_id, severity, message in _findings(template, Values(template)):
        yield Finding(places.of(logical_id), severity, "unsupported-integration", message)


def unserved_http_apis(
    template: dict[str, Json], values: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield each integration that is not served: its resource, the place in it, and a sentence.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.
    """
    for logical_id, severity, message in _findings(template, Values(with_values(template, values))):
        if severity is Severity.ERROR:
            yield logical_id, (), message


def _findings(template: dict[str, Json], values: Values) -> Iterator[tuple[str, Severity, str]]:
    declared = resources(template)
    for logical_id, resource in declared.items():
        whole = properties(resource)
        if values.is_left_out(resource):
            continue
        if resource["Type"] == "AWS::ApiGatewayV2::VpcLink":
            message = "a VPC link is not served: there is no network of one's own on one machine"
            yield logical_id, Severity.ERROR, f"{logical_id}: {message}"
        elif resource["Type"] == _INTEGRATION:
            socket = _is_socket(whole.get("ApiId"), declared, values)
            for severity, problem in _problems(whole, values, socket=socket):
                yield logical_id, severity, f"{logical_id}: {problem}"


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


def _problems(
    whole: Mapping[str, Json], values: Values, *, socket: bool | None
) -> Iterator[tuple[Severity, str]]:
    kind, subtype = values.text(whole.get("IntegrationType")), values.text(whole.get("IntegrationSubtype"))
    error = Severity.ERROR
    if values.text(whole.get("ConnectionType")) == "VPC_LINK":
        yield (
            error,
            "an integration by VPC_LINK is not served: there is no network of one's own on one machine",
        )
    if kind == "HTTP_PROXY" or (kind == "HTTP" and socket):
        url = values.text(whole.get("IntegrationUri"))
        if url is not None and not stays_here(url):
            yield (
                Severity.WARNING,
                f"nothing is sent to {urlsplit(url).hostname}, which is not on this machine",
            )
    if socket is not False:
        return
    if kind is not None and kind not in _HTTP_TYPES:
        yield (
            error,
            f"an integration of type {kind} is none of HTTP APIs: they have {' and '.join(_HTTP_TYPES)}",
        )
        return
    parameters = whole.get("RequestParameters")
    names = {str(name): "" for name in parameters} if isinstance(parameters, dict) else {}
    if subtype:
        problem = problem_of_action(subtype.partition("/")[0], names)
        if problem is not None:
            yield error, f"the subtype {subtype} {problem}"
    elif (key := problem_of(names, ("header", "querystring", "path"))) is not None:
        yield error, f"a mapping of {key} is none of HTTP APIs"
