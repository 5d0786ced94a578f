"""Integrations of the type ``AWS``: which service is called, and how request and answer are mapped.

Sources: "Amazon API Gateway API request and response data mapping reference" and the resource ``Integration``
in API Gateway's API reference.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from localcloud.front.definition import TARGETS, IntegrationResponse, ServiceIntegration, Unsupported
from localcloud.front.loading.common import seconds
from localcloud.front.rest.sources import answer_source, request_source

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import IntegrationResponseTypeDef, IntegrationTypeDef

SERVED: Final = frozenset({"sqs", *TARGETS})
"""Services that are called; each takes a request's form as it comes from a template."""

RESPONSE_HEADER: Final = "method.response.header."
_URI: Final = re.compile(
    r"^arn:[\w-]+:apigateway:(?P<region>[\w-]+):(?P<service>[\w.-]+):(?P<kind>path|action)/(?P<rest>.*)$"
)
_TARGET: Final = re.compile(r"integration\.request\.(?:header|querystring|path)\.[^.]+")
_PASSTHROUGH: Final = ("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER")
Passthrough: TypeAlias = Literal["WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"]


def service_of(document: IntegrationTypeDef) -> ServiceIntegration | Unsupported:
    """Return which service an integration calls, and how.

    Examples
    --------
    >>> service_of({"type": "AWS", "httpMethod": "POST", "credentials": "arn:aws:iam::1:role/gateway",
    ...             "uri": "arn:aws:apigateway:eu-west-1:sqs:path/000000000000/orders"}).path
    '/000000000000/orders'
    >>> service_of({"type": "AWS", "uri": "arn:aws:apigateway:eu-west-1:sns:action/Publish"})
    Unsupported(what='an integration of type AWS with the service sns (there is firehose, kinesis, sqs)')
    """
    uri = _URI.match(document.get("uri") or "")
    if uri is None:
        return Unsupported(f"an integration of type AWS with {document.get('uri') or 'no URI'}")
    if uri["service"] not in SERVED:
        there = ", ".join(sorted(SERVED))
        return Unsupported(f"an integration of type AWS with the service {uri['service']} (there is {there})")
    if uri["service"] in TARGETS and uri["kind"] == "path":
        return Unsupported(f"an integration of type AWS with a path of {uri['service']} (there are actions)")
    if (problem := _problem(document)) is not None:
        return Unsupported(f"an integration of type AWS {problem}")
    responses: list[IntegrationResponse] = []
    for status, response in (document.get("integrationResponses") or {}).items():
        read = _response(status, response)
        if isinstance(read, Unsupported):
            return read
        responses.append(read)
    by_path = uri["kind"] == "path"
    return ServiceIntegration(
        service=uri["service"],
        method=document.get("httpMethod") or "POST",
        path="/" + uri["rest"].lstrip("/") if by_path else None,
        action=None if by_path else uri["rest"],
        parameters=dict(document.get("requestParameters") or {}),
        templates=_by_type(document.get("requestTemplates")),
        passthrough=cast("Passthrough", document.get("passthroughBehavior") or "WHEN_NO_MATCH"),
        responses=tuple(responses),
        timeout_seconds=seconds(document.get("timeoutInMillis")),
    )


def _problem(document: IntegrationTypeDef) -> str | None:
    """Return what of an integration is not served, in words that follow its type."""
    if not document.get("credentials"):
        return "without credentials: API Gateway needs a role to call a service"
    if document.get("contentHandling"):
        return f"whose contentHandling is {document.get('contentHandling')}"
    passthrough = document.get("passthroughBehavior")
    if passthrough and passthrough not in _PASSTHROUGH:
        return f"whose passthroughBehavior is {passthrough}"
    for target, source in (document.get("requestParameters") or {}).items():
        if not _TARGET.fullmatch(target) or request_source(source) is None:
            return f"whose {target} is mapped from {source}"
    return None


def _response(status: str, document: IntegrationResponseTypeDef) -> IntegrationResponse | Unsupported:
    headers: dict[str, str] = {}
    for target, source in (document.get("responseParameters") or {}).items():
        if not target.startswith(RESPONSE_HEADER) or answer_source(source) is None:
            return Unsupported(f"an integration of type AWS whose {target} is mapped from {source}")
        headers[target.removeprefix(RESPONSE_HEADER)] = source
    pattern = document.get("selectionPattern") or None
    if document.get("contentHandling"):
        return Unsupported("an integration of type AWS whose response has a contentHandling")
    if pattern is not None:
        try:
            re.compile(pattern)
        except re.error:
            return Unsupported(f"an integration of type AWS whose selectionPattern is {pattern}")
    templates = _by_type(document.get("responseTemplates"))
    return IntegrationResponse(int(document.get("statusCode") or status), pattern, headers, templates)


def _by_type(templates: object) -> dict[str, str]:
    # A template that is empty or null passes the body through, as no template does.
    pairs = templates.items() if isinstance(templates, dict) else ()
    return {str(kind).lower(): text for kind, text in pairs if isinstance(text, str) and text}
