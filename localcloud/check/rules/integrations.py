"""Integrations of REST APIs that the local cloud does not serve, and mapping templates at fault."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from localcloud.appsync.js.errors import CodeError
from localcloud.appsync.vtl.compiler import compile_template
from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.values import Values
from localcloud.front.definition import Unsupported
from localcloud.front.loading.integrations import mapped_of
from localcloud.front.mapping.definition import HttpProxy
from localcloud.stack.template import Json, properties, resources

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import IntegrationTypeDef

_VARIABLE: Final = re.compile(r"\$\{([^!}][^}]*)\}")


def check_integrations(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find the methods that would answer 501 here, each with what it asks for."""
    values = Values(template)
    for logical_id, resource in resources(template).items():
        integration = properties(resource).get("Integration")
        if resource["Type"] != "AWS::ApiGateway::Method" or not isinstance(integration, dict):
            continue
        if integration.get("ResponseTransferMode") == "STREAM":
            continue  # what may stream is a matter of its own
        for rule, message in _problems(integration, values):
            place = places.of(logical_id, "Integration")
            yield Finding(place, Severity.ERROR, rule, f"{logical_id}: {message}")


def _problems(integration: Mapping[str, Json], values: Values) -> Iterator[tuple[str, str]]:
    kind, uri = values.text(integration.get("Type")), _text(integration.get("Uri"), values)
    if kind is None or kind == "AWS_PROXY":
        return
    mapped = mapped_of(_described(integration, kind, uri, values))
    if isinstance(mapped, Unsupported):
        yield "unsupported-integration", f"{mapped.what} is not served by the local cloud"
        return
    if isinstance(mapped, HttpProxy):
        return
    templates = [("request", text) for text in mapped.templates.values()]
    templates += [("response", text) for response in mapped.responses for text in response.templates.values()]
    for side, text in templates:
        try:
            compile_template(f"{side}.vtl", text, "gateway")
        except CodeError as error:
            yield f"vtl-{error.rule}", f"its {side} template, line {error.line}: {error.message}"


def _described(integration: Mapping[str, Json], kind: str, uri: str, values: Values) -> IntegrationTypeDef:
    """Return an integration as API Gateway itself would describe it, as far as that is known."""
    responses = integration.get("IntegrationResponses")
    described = {
        "type": kind,
        "uri": uri,
        "connectionType": _text(integration.get("ConnectionType"), values),
        "httpMethod": _text(integration.get("IntegrationHttpMethod"), values),
        "credentials": _text(integration.get("Credentials"), values),
        "contentHandling": _text(integration.get("ContentHandling"), values),
        "passthroughBehavior": _text(integration.get("PassthroughBehavior"), values),
        "requestParameters": _texts(integration.get("RequestParameters"), values),
        "requestTemplates": _texts(integration.get("RequestTemplates"), values),
        "integrationResponses": {
            str(number): {
                # The key stands for a status that a reference may hide.
                "statusCode": "200",
                "selectionPattern": _text(one.get("SelectionPattern"), values),
                "contentHandling": _text(one.get("ContentHandling"), values),
                "responseParameters": _texts(one.get("ResponseParameters"), values),
                "responseTemplates": _texts(one.get("ResponseTemplates"), values),
            }
            for number, one in enumerate(responses if isinstance(responses, list) else ())
            if isinstance(one, dict)
        },
    }
    return cast("IntegrationTypeDef", described)


def _texts(value: Json, values: Values) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {str(name): _text(one, values) for name, one in pairs}


def _text(value: Json, values: Values) -> str:
    """Return a text; a name stands in for what only a deployment knows."""
    if value is None:
        return ""
    literal = values.text(value)
    if literal is not None:
        return literal
    match value:
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), *_]}:
            return _VARIABLE.sub(lambda match: values.text({"Ref": match[1]}) or "name", text)
        case {"Fn::Join": [str(glue), list(parts)]}:
            return glue.join(_text(part, values) for part in parts)
    return "name"
