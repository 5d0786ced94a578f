"""Streamed responses: integrations and functions that do not fit together, and closed function URLs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

from localcloud.check.finding import Finding, Severity
from localcloud.check.positions import Positions
from localcloud.check.rules.references import names_in
from localcloud.stack.template import Json, properties, resources

PROXIES: Final = ("AWS_PROXY", "HTTP_PROXY")
STREAMING_PATH: Final = "/response-streaming-invocations"
LONGEST: Final = 900_000  # milliseconds
WRAPPER: Final = "AWS_LAMBDA_EXEC_WRAPPER"
EXTENSION: Final = "x-amazon-apigateway-" + "integration"
# An extension's member, and the property of a Method that says the same.
MEMBERS: Final = {
    "type": "Type",
    "uri": "Uri",
    "responseTransferMode": "ResponseTransferMode",
    "timeoutInMillis": "TimeoutInMillis",
}
OPEN_ACTION: Final = "lambda:InvokeFunctionUrl"


# What AWS takes, https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunctionUrlConfig.html
URL_VALUES: Final = {"AuthType": ("AWS_IAM", "NONE"), "InvokeMode": ("BUFFERED", "RESPONSE_STREAM")}


def check_streaming(template: dict[str, Json], places: Positions) -> Iterator[Finding]:
    """Find what is refused, answers 502, or refuses every caller."""
    declared = resources(template)
    yield from _urls(declared, places)
    for logical_id, resource in declared.items():
        values = properties(resource)
        match resource["Type"]:
            case "AWS::ApiGateway::Method":
                integration = values.get("Integration")
                if isinstance(integration, dict):
                    for rule, message in _integration(logical_id, integration, declared):
                        yield Finding(places.of(logical_id, "Integration"), Severity.ERROR, rule, message)
            case "AWS::ApiGateway::RestApi":
                for where, extension in _in_document(values.get("Body")):
                    for rule, message in _integration(f"{logical_id}: {where}", extension, declared):
                        yield Finding(places.of(logical_id, "Body"), Severity.ERROR, rule, message)
            case "AWS::Lambda::Url" if values.get("AuthType") == "NONE" and not _open(values, declared):
                message = (
                    f"{logical_id} is open to everybody, and no AWS::Lambda::Permission of its function "
                    f"allows {OPEN_ACTION} with FunctionUrlAuthType NONE: AWS answers 403"
                )
                yield Finding(places.of(logical_id), Severity.WARNING, "url-forbidden", message)


def _urls(declared: Mapping[str, dict[str, Json]], places: Positions) -> Iterator[Finding]:
    """Find function URLs that AWS refuses: values it does not know, and a second URL of one function."""
    owners: dict[str, str] = {}
    for logical_id, resource in declared.items():
        if resource["Type"] != "AWS::Lambda::Url":
            continue
        values = properties(resource)
        for member, allowed in URL_VALUES.items():
            value = values.get(member)
            if isinstance(value, str) and value not in allowed:
                message = f"{logical_id}: {member} is {value}, and AWS takes {' or '.join(allowed)}"
                yield Finding(places.of(logical_id, member), Severity.ERROR, "url-value", message)
        target = json.dumps([values.get("TargetFunctionArn"), values.get("Qualifier")], sort_keys=True)
        # Of two with conditions, only one may come to be.
        if "Condition" not in resource and owners.setdefault(target, logical_id) != logical_id:
            message = (
                f"{logical_id} is a second URL of the function that {owners[target]} opens: AWS allows one "
                "for each function and one for each of its aliases"
            )
            yield Finding(places.of(logical_id), Severity.ERROR, "url-twice", message)


def _integration(
    name: str, integration: Mapping[str, Json], declared: Mapping[str, dict[str, Json]]
) -> Iterator[tuple[str, str]]:
    uri = json.dumps(integration.get("Uri", ""))
    for_streams = STREAMING_PATH in uri
    if integration.get("ResponseTransferMode") != "STREAM":
        if for_streams:
            yield "stream-uri", f"{name} names {STREAMING_PATH}, and its ResponseTransferMode is not STREAM"
        return
    kind = integration.get("Type")
    if isinstance(kind, str) and kind.upper() not in PROXIES:
        yield "stream-needs-proxy", f"{name}: {kind} cannot stream; AWS_PROXY and HTTP_PROXY can"
    elif kind == "AWS_PROXY" and not for_streams:
        yield (
            "stream-uri",
            f"{name} streams, so its Uri ends with 2021-11-15/functions/ARN{STREAMING_PATH}",
        )
    timeout = integration.get("TimeoutInMillis")
    if isinstance(timeout, int) and not 50 <= timeout <= LONGEST:
        yield "stream-timeout", f"{name}: TimeoutInMillis is {timeout}, and a stream may take 50 to {LONGEST}"
    for function in sorted(names_in(integration.get("Uri"))):
        if for_streams and _cannot_stream(declared.get(function, {})):
            yield (
                "stream-runtime",
                f"{name} streams {function}, whose Python runtime cannot: every answer is 502. Set {WRAPPER} "
                "to a runtime that streams",
            )


def _cannot_stream(function: Mapping[str, Json]) -> bool:
    if function.get("Type") != "AWS::Lambda::Function":
        return False
    values = properties(dict(function))
    environment = values.get("Environment")
    variables = environment.get("Variables", {}) if isinstance(environment, dict) else {}
    wrapped = not isinstance(variables, dict) or WRAPPER in variables or "Fn::If" in variables
    return str(values.get("Runtime", "")).startswith("python") and not wrapped


def _in_document(body: Json) -> Iterator[tuple[str, Mapping[str, Json]]]:
    """Yield each integration of an OpenAPI document, under the names that a Method has for its members."""
    paths = body.get("paths") if isinstance(body, dict) else None
    for path, item in paths.items() if isinstance(paths, dict) else ():
        for verb, operation in item.items() if isinstance(item, dict) else ():
            extension = operation.get(EXTENSION) if isinstance(operation, dict) else None
            if isinstance(extension, dict):
                values = {MEMBERS[member]: value for member, value in extension.items() if member in MEMBERS}
                if isinstance(values.get("Type"), str):
                    values["Type"] = str(values["Type"]).upper()
                yield f"{verb} {path}", values


def _open(url: Mapping[str, Json], declared: Mapping[str, dict[str, Json]]) -> bool:
    """Return whether a permission lets everybody call a URL's function; one that is not in sight may."""
    targets = set(names_in(url.get("TargetFunctionArn"))) & declared.keys()
    if not targets:
        return True
    return any(
        resource["Type"] == "AWS::Lambda::Permission"
        and properties(resource).get("Action") == OPEN_ACTION
        and targets & set(names_in(properties(resource).get("FunctionName")))
        for resource in declared.values()
    )
