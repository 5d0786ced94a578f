"""Integrations of REST APIs that the local cloud does not serve, and mapping templates at fault."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.vtl.compiler import compile_template
from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values, with_values
from localcloud.gateway.definitions.rest import Unsupported
from localcloud.gateway.loading.integrations import mapped_of
from localcloud.gateway.mapping.definition import HttpBackend, HttpProxy
from localcloud.gateway.mapping.web import stays_here
from localcloud.stack.template import Json, properties, resources

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import IntegrationTypeDef

RULE: Final = "unsupported-integration"
TYPES: Final = ("AWS::ApiGateway::Method", "AWS::ApiGateway::RestApi", "AWS::Serverless::Api")
EXTENSION: Final = "x-amazon-apigateway-integration"
UNKNOWN: Final = "name"
"""What stands for a text that only a deployment knows."""

_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")


def check_integrations(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the methods that would answer 501 here, each with what it asks for."""
    values = Values(template)
    for logical_id, resource in resources(template).items():
        if values.is_left_out(resource):
            continue
        for name, path, integration in _integrations(resource, logical_id):
            if integration.get("ResponseTransferMode") == "STREAM":
                continue  # what may stream is a matter of its own
            for severity, rule, message in _problems(integration, values):
                yield Finding(places.of(logical_id, *path), severity, rule, f"{name}: {message}")


def unserved_integrations(
    template: dict[str, Json], values: Mapping[str, str]
) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield each method that is not served: its resource, the place in it, and a sentence.

    Parameters
    ----------
    values
        The parameters' values, where they are not the defaults.
    """
    read: Values | None = None
    for logical_id, resource in resources(template).items():
        if resource["Type"] not in TYPES:
            continue
        read = read or Values(with_values(template, values))
        if read.is_left_out(resource):
            continue
        for name, path, integration in _integrations(resource, logical_id):
            if integration.get("ResponseTransferMode") == "STREAM":
                continue
            for _severity, rule, message in _problems(integration, read):
                if rule == RULE:
                    yield logical_id, path, f"{name}: {message}"


def _integrations(
    resource: dict[str, Json], logical_id: str
) -> Iterator[tuple[str, tuple[str, ...], Mapping[str, Json]]]:
    """Yield a resource's integrations, each with its name and where it stands."""
    declared = properties(resource)
    match resource["Type"]:
        case "AWS::ApiGateway::Method":
            integration = declared.get("Integration")
            if isinstance(integration, dict):
                yield logical_id, ("Integration",), integration
        case "AWS::ApiGateway::RestApi":
            for where, extension in in_document(declared.get("Body")):
                yield f"{logical_id}: {where}", ("Body",), extension
        case "AWS::Serverless::Api":
            for where, extension in in_document(declared.get("DefinitionBody")):
                yield f"{logical_id}: {where}", ("DefinitionBody",), extension


def in_document(body: Json) -> Iterator[tuple[str, dict[str, Json]]]:
    """Yield each integration of an OpenAPI document, in the words that a Method has for its members."""
    paths = body.get("paths") if isinstance(body, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for verb, operation in item.items() if isinstance(item, dict) else ():
            extension = operation.get(EXTENSION) if isinstance(operation, dict) else None
            if isinstance(extension, dict):
                yield f"{verb} {path}", _as_method(extension)


def _as_method(extension: dict[str, Json]) -> dict[str, Json]:
    members = {f"{name[:1].upper()}{name[1:]}": value for name, value in extension.items()}
    members["IntegrationHttpMethod"] = extension.get("httpMethod")
    for name in ("Type", "PassthroughBehavior"):
        value = members.get(name)
        if isinstance(value, str):
            members[name] = value.upper()
    responses = extension.get("responses")
    listed: list[Json] = []
    for pattern, response in responses.items() if isinstance(responses, dict) else ():
        if isinstance(response, dict):
            mapped = {f"{name[:1].upper()}{name[1:]}": value for name, value in response.items()}
            listed.append({**mapped, "SelectionPattern": "" if pattern == "default" else pattern})
    members["IntegrationResponses"] = listed
    return members


def _problems(integration: Mapping[str, Json], values: Values) -> Iterator[tuple[Severity, str, str]]:
    kind, uri = values.text(integration.get("Type")), _text(integration.get("Uri"), values)
    if kind is None or kind == "AWS_PROXY":
        return
    if uri == UNKNOWN and kind != "MOCK":
        return  # what only a deployment knows
    mapped = mapped_of(_described(integration, kind, uri, values))
    if isinstance(mapped, Unsupported):
        yield Severity.ERROR, RULE, f"{mapped.what} is not served by the local cloud"
        return
    http = mapped if isinstance(mapped, HttpProxy) else mapped.backend
    url = http.url if isinstance(http, HttpProxy | HttpBackend) else None
    if url is not None and UNKNOWN not in url and not stays_here(url):
        message = f"it answers 501: nothing is sent to {url}, which is not on this machine"
        yield Severity.WARNING, "undelivered", message
    if isinstance(mapped, HttpProxy):
        return
    templates = [("request", text) for text in mapped.templates.values()]
    templates += [("response", text) for response in mapped.responses for text in response.templates.values()]
    for side, text in templates:
        try:
            compile_template(f"{side}.vtl", text, "gateway")
        except CodeError as error:
            message = f"its {side} template, line {error.line}: {error.message}"
            yield Severity.ERROR, f"vtl-{error.rule}", message


def _described(integration: Mapping[str, Json], kind: str, uri: str, values: Values) -> IntegrationTypeDef:
    """Return an integration as API Gateway itself would describe it, as far as that is known."""
    responses = integration.get("IntegrationResponses")
    described = {
        "type": kind,
        "uri": uri,
        "connectionType": _text(integration.get("ConnectionType"), values),
        "httpMethod": _text(integration.get("IntegrationHttpMethod"), values),
        "credentials": _text(integration.get("Credentials"), values),
        "contentHandling": _resolved(integration.get("ContentHandling"), values),
        "passthroughBehavior": _resolved(integration.get("PassthroughBehavior"), values),
        "requestParameters": _texts(integration.get("RequestParameters"), values),
        "requestTemplates": _texts(integration.get("RequestTemplates"), values),
        "integrationResponses": {
            str(number): {
                # The key stands for a status that a reference may hide.
                "statusCode": "200",
                "selectionPattern": _resolved(response.get("SelectionPattern"), values),
                "contentHandling": _resolved(response.get("ContentHandling"), values),
                "responseParameters": _texts(response.get("ResponseParameters"), values),
                "responseTemplates": _texts(response.get("ResponseTemplates"), values),
            }
            for number, response in enumerate(responses if isinstance(responses, list) else ())
            if isinstance(response, dict)
        },
    }
    return cast("IntegrationTypeDef", described)


def _texts(value: Json, values: Values) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    texts = {str(name): _resolved(text, values) for name, text in pairs}
    return {name: text for name, text in texts.items() if text}


def _resolved(value: Json, values: Values) -> str:
    """Return a text; an empty one for what only a deployment knows."""
    text = _text(value, values)
    return "" if text == UNKNOWN else text


def _text(value: Json, values: Values) -> str:
    """Return a text; a name stands in for what only a deployment knows."""
    if value is None:
        return ""
    literal = values.text(value)
    if literal is not None:
        return literal
    match value:
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return _VARIABLE.sub(lambda match: values.text({"Ref": match[1]}) or UNKNOWN, text)
        case {"Fn::Join": [str(glue), list(parts)]}:
            return glue.join(_text(part, values) for part in parts)
    return UNKNOWN
