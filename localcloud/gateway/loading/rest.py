"""REST APIs, as ``apigateway`` describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from localcloud.gateway.definitions.rest import (
    Authorizer,
    Iam,
    Integration,
    LambdaProxy,
    RestApi,
    Route,
    Unsupported,
)
from localcloud.gateway.loading.authorizers import authorizer_of
from localcloud.gateway.loading.common import (
    LONGEST_STREAM_SECONDS,
    Warn,
    function_arn,
    seconds,
    streaming_function_arn,
    unless_gone,
)
from localcloud.gateway.loading.integrations import mapped_of
from localcloud.gateway.loading.mock import mock_of
from localcloud.gateway.loading.rules import rules_of, validation_of

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import (
        AuthorizerTypeDef,
        IntegrationTypeDef,
        MethodTypeDef,
        RequestValidatorTypeDef,
        RestApiTypeDef,
    )

# How long a stream may be silent: edge-optimized APIs pass CloudFront.
IDLE_SECONDS, EDGE_IDLE_SECONDS = 300.0, 30.0


def load_rest_apis(client: APIGatewayClient, warn: Warn) -> Iterator[RestApi]:
    """Yield every REST API that has a stage."""
    for page in client.get_paginator("get_rest_apis").paginate():
        for document in page["items"]:
            api = unless_gone(partial(_api, client, document, warn))
            if api is not None and api.stages:
                yield api


def _api(client: APIGatewayClient, document: RestApiTypeDef, warn: Warn) -> RestApi:
    api_id, name = document["id"], document.get("name", "")
    authorizers = {
        item["id"]: item
        for page in client.get_paginator("get_authorizers").paginate(restApiId=api_id)
        for item in page["items"]
    }
    pages = client.get_paginator("get_resources").paginate(
        restApiId=api_id, embed=["methods"], PaginationConfig={"PageSize": 500}
    )
    kinds = (document.get("endpointConfiguration") or {}).get("types") or ["EDGE"]
    idle = EDGE_IDLE_SECONDS if "EDGE" in kinds else IDLE_SECONDS
    validators = _Validators(client, api_id)
    routes: list[Route] = []
    for page in pages:
        for resource in page["items"]:
            for verb, method in (resource.get("resourceMethods") or {}).items():
                integration, authorizer = _guarded(verb, method, authorizers, idle)
                routes.append(
                    Route(
                        verb,
                        resource["path"],
                        resource["id"],
                        integration,
                        authorizer,
                        validation_of(method, validators(method)),
                        key_required=bool(method.get("apiKeyRequired")),
                    )
                )
    stages = client.get_stages(restApiId=api_id)["item"]
    return RestApi(
        id=api_id,
        name=name,
        stages={stage["stageName"]: dict(stage.get("variables") or {}) for stage in stages},
        routes=tuple(routes),
        binary_media_types=tuple(document.get("binaryMediaTypes") or ()),
        created=document["createdDate"].astimezone(UTC),
        traced=frozenset(stage["stageName"] for stage in stages if stage.get("tracingEnabled")),
        rules=rules_of(client, document, stages, routes, warn),
    )


class _Validators:
    """An API's validators, read for the first method that has one."""

    def __init__(self, client: APIGatewayClient, api_id: str) -> None:
        self._client, self._api_id = client, api_id
        self._read: Mapping[str, RequestValidatorTypeDef] | None = None

    def __call__(self, method: MethodTypeDef) -> Mapping[str, RequestValidatorTypeDef]:
        if not method.get("requestValidatorId"):
            return {}
        if self._read is None:
            items = self._client.get_request_validators(restApiId=self._api_id, limit=500)["items"]
            self._read = {validator["id"]: validator for validator in items}
        return self._read


def _guarded(
    verb: str, method: MethodTypeDef, authorizers: Mapping[str, AuthorizerTypeDef], idle: float
) -> tuple[Integration, Authorizer | None]:
    """Return a method's integration and authorizer; a method that cannot be protected is not served."""
    integration = _integration(verb, method.get("methodIntegration"), idle)
    kind = method.get("authorizationType") or "NONE"
    if kind == "NONE":
        return integration, None
    if kind == "AWS_IAM":
        return integration, Iam()
    document = authorizers.get(method.get("authorizerId") or "")
    authorizer = None if document is None else authorizer_of(document, method)
    if authorizer is None:
        return Unsupported(f"an authorizer of type {kind} that does not exist or invokes no function"), None
    return integration, authorizer


def _integration(verb: str, document: IntegrationTypeDef | None, idle: float) -> Integration:
    if not document:
        return Unsupported("a method without an integration")
    kind, uri = document.get("type") or "", document.get("uri") or ""
    if kind == "MOCK":
        # A preflight comes without a body, so that no template need be looked for.
        return (mock_of(document) if verb == "OPTIONS" else None) or mapped_of(document)
    if document.get("responseTransferMode") == "STREAM":
        return _streamed(document, idle)
    arn = function_arn(uri)
    if kind in {"AWS", "HTTP", "HTTP_PROXY"}:
        return mapped_of(document)
    if kind == "AWS_PROXY" and arn is not None:
        return LambdaProxy(arn, seconds(document.get("timeoutInMillis")))
    return Unsupported(f"an integration of type {kind} with {uri or 'no URI'}")


def _streamed(document: IntegrationTypeDef, idle: float) -> Integration:
    kind, uri = document.get("type") or "", document.get("uri") or ""
    arn = streaming_function_arn(uri)
    if kind == "AWS_PROXY" and arn is not None:
        return LambdaProxy(arn, seconds(document.get("timeoutInMillis"), LONGEST_STREAM_SECONDS), idle)
    return Unsupported(f"a streamed integration of type {kind} with {uri or 'no URI'}")
