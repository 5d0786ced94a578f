"""Integrations that map, as a control plane describes them: what is called, how, and what is not served.

Sources: "Amazon API Gateway API request and response data mapping reference" and the resource ``Integration``
in API Gateway's API reference.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final, cast
from urllib.parse import urlsplit

from localcloud.gateway.definitions.rest import Unsupported
from localcloud.gateway.loading.common import function_arn, seconds
from localcloud.gateway.mapping.definition import (
    Backend,
    FunctionBackend,
    HttpBackend,
    HttpProxy,
    IntegrationResponse,
    MappedIntegration,
    MockBackend,
    Passthrough,
)
from localcloud.gateway.mapping.sources import answer_source, request_source
from localcloud.gateway.mapping.targets import service_target, unserved_target

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import IntegrationResponseTypeDef, IntegrationTypeDef

RESPONSE_HEADER: Final = re.compile(r"(?:method|route)\.response\.header\.(?P<name>.+)")
_TARGET: Final = re.compile(r"integration\.request\.(?:header|querystring|path)\.\S+")
_PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
_CONVERSIONS: Final = ("CONVERT_TO_TEXT", "CONVERT_TO_BINARY")
_STAGE: Final = re.compile(r"\$\{stageVariables\.\w+\}")


def mapped_of(document: IntegrationTypeDef) -> MappedIntegration | HttpProxy | Unsupported:
    """Return what an integration of the types ``AWS``, ``HTTP``, ``HTTP_PROXY`` and ``MOCK`` calls, and how.

    Examples
    --------
    >>> uri = "arn:aws:apigateway:eu-west-1:dynamodb:action/PutItem"
    >>> mapped_of({"type": "AWS", "credentials": "arn:aws:iam::1:role/gateway", "uri": uri}).backend.action
    'PutItem'
    >>> mapped_of({"type": "AWS", "uri": "arn:aws:apigateway:eu-west-1:translate:action/T"}).what[:59]
    'an integration of type AWS with the service translate (ther'
    """
    kind = document.get("type") or ""
    backend = _backend(document)
    problem = backend if isinstance(backend, str) else _problem(document)
    if problem is not None:
        return Unsupported(f"an integration of type {kind} {problem}")
    assert not isinstance(backend, str)
    if kind == "HTTP_PROXY":
        assert isinstance(backend, HttpBackend)
        return HttpProxy(
            backend.url,
            document.get("httpMethod") or "ANY",
            dict(document.get("requestParameters") or {}),
            seconds(document.get("timeoutInMillis")),
        )
    responses: list[IntegrationResponse] = []
    for status, response in (document.get("integrationResponses") or {}).items():
        read = _response(status, response)
        if isinstance(read, str):
            return Unsupported(f"an integration of type {kind} {read}")
        responses.append(read)
    return MappedIntegration(
        backend,
        method=document.get("httpMethod") or "POST",
        parameters=dict(document.get("requestParameters") or {}),
        templates=by_type(document.get("requestTemplates")),
        passthrough=cast("Passthrough", document.get("passthroughBehavior") or "WHEN_NO_MATCH"),
        conversion=document.get("contentHandling") or None,
        responses=tuple(responses),
        timeout_seconds=seconds(document.get("timeoutInMillis")),
    )


def _backend(document: IntegrationTypeDef) -> Backend | str:
    """Return what an integration calls; or what of it is not served, in words that follow its type."""
    kind, uri = document.get("type") or "", document.get("uri") or ""
    if kind == "MOCK":
        return MockBackend()
    if kind in {"HTTP", "HTTP_PROXY"}:
        return _http(uri, document.get("connectionType") or "")
    if (arn := function_arn(uri)) is not None:
        return FunctionBackend(arn)
    target = service_target(uri)
    problem = f"with {uri or 'no URI'}" if target is None else unserved_target(target)
    role = document.get("credentials")
    if problem is None and not role:
        problem = "without credentials: API Gateway needs a role to call a service"
    if problem is not None or target is None:
        return problem or ""
    return replace(target, role=role or "")


def _http(uri: str, connection: str) -> HttpBackend | str:
    if connection == "VPC_LINK":
        return "through a VPC link: there are no VPCs here"
    if urlsplit(_STAGE.sub("name", uri)).scheme not in {"http", "https"}:
        return f"with {uri or 'no URI'}"
    return HttpBackend(uri)


def _problem(document: IntegrationTypeDef) -> str | None:
    """Return what of an integration's mapping is not served, in words that follow its type."""
    conversion = document.get("contentHandling")
    if conversion and conversion not in _CONVERSIONS:
        return f"whose contentHandling is {conversion}"
    passthrough = document.get("passthroughBehavior")
    if passthrough and passthrough not in _PASSTHROUGH:
        return f"whose passthroughBehavior is {passthrough}"
    for target, source in (document.get("requestParameters") or {}).items():
        if not _TARGET.fullmatch(target) or request_source(source) is None:
            return f"whose {target} is mapped from {source}"
    return None


def _response(status: str, document: IntegrationResponseTypeDef) -> IntegrationResponse | str:
    headers: dict[str, str] = {}
    for target, source in (document.get("responseParameters") or {}).items():
        header = RESPONSE_HEADER.fullmatch(target)
        if header is None or answer_source(source) is None:
            return f"whose {target} is mapped from {source}"
        headers[header["name"]] = source
    pattern = document.get("selectionPattern") or None
    conversion = document.get("contentHandling") or None
    if conversion is not None and conversion not in _CONVERSIONS:
        return f"whose response has the contentHandling {conversion}"
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error:
            return f"whose selectionPattern is {pattern}"
    number = str(document.get("statusCode") or status)
    if not number.isdecimal():
        return f"whose response has the status {number}"
    return IntegrationResponse(
        int(number),
        pattern,
        headers,
        by_type(document.get("responseTemplates")),
        conversion,
    )


def by_type(templates: object) -> dict[str, str]:
    """Return the templates by the type of their content; one that is empty or null is none.

    Such a template passes a body through.
    """
    pairs = templates.items() if isinstance(templates, dict) else ()
    return {str(kind).lower(): text for kind, text in pairs if isinstance(text, str) and text}
