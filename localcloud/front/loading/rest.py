"""REST APIs, as ``apigateway`` describes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from localcloud.front.definition import (
    Authorizer,
    CognitoAuthorizer,
    Iam,
    Integration,
    LambdaAuthorizer,
    LambdaProxy,
    RestApi,
    Route,
    Unsupported,
)
from localcloud.front.loading.common import (
    LONGEST_STREAM_SECONDS,
    Warn,
    function_arn,
    seconds,
    streaming_function_arn,
    unless_gone,
)
from localcloud.front.loading.integrations import mapped_of
from localcloud.front.loading.mock import mock_of
from localcloud.front.loading.refusals import refusal_headers

if TYPE_CHECKING:
    from mypy_boto3_apigateway import APIGatewayClient
    from mypy_boto3_apigateway.type_defs import (
        AuthorizerTypeDef,
        IntegrationTypeDef,
        MethodTypeDef,
        RestApiTypeDef,
    )

# How long a stream may be silent: edge-optimized APIs pass CloudFront.
IDLE_SECONDS, EDGE_IDLE_SECONDS = 300.0, 30.0
REQUEST_HEADER = "method.request.header."


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
        one["id"]: one
        for page in client.get_paginator("get_authorizers").paginate(restApiId=api_id)
        for one in page["items"]
    }
    pages = client.get_paginator("get_resources").paginate(
        restApiId=api_id, embed=["methods"], PaginationConfig={"PageSize": 500}
    )
    kinds = (document.get("endpointConfiguration") or {}).get("types") or ["EDGE"]
    idle = EDGE_IDLE_SECONDS if "EDGE" in kinds else IDLE_SECONDS
    routes: list[Route] = []
    for page in pages:
        for resource in page["items"]:
            for verb, method in (resource.get("resourceMethods") or {}).items():
                integration, authorizer = _guarded(verb, method, authorizers, idle)
                routes.append(Route(verb, resource["path"], resource["id"], integration, authorizer))
                if method.get("apiKeyRequired"):
                    warn(f"REST API {name}: API keys are not asked for ({verb} {resource['path']})")
    stages = client.get_stages(restApiId=api_id)["item"]
    return RestApi(
        id=api_id,
        name=name,
        stages={stage["stageName"]: dict(stage.get("variables") or {}) for stage in stages},
        routes=tuple(routes),
        binary_media_types=tuple(document.get("binaryMediaTypes") or ()),
        created=document["createdDate"].astimezone(UTC),
        traced=frozenset(stage["stageName"] for stage in stages if stage.get("tracingEnabled")),
        refusal_headers=refusal_headers(client.get_gateway_responses(restApiId=api_id)["items"], name, warn),
    )


def _guarded(
    verb: str, method: MethodTypeDef, authorizers: Mapping[str, AuthorizerTypeDef], idle: float
) -> tuple[Integration, Authorizer | None]:
    """Return a method's integration, and who is let in; a method that nobody can guard is not served."""
    integration = _integration(verb, method.get("methodIntegration"), idle)
    kind = method.get("authorizationType") or "NONE"
    if kind == "NONE":
        return integration, None
    if kind == "AWS_IAM":
        return integration, Iam()
    document = authorizers.get(method.get("authorizerId") or "")
    authorizer = None if document is None else _authorizer(document, method)
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


def _authorizer(document: AuthorizerTypeDef, method: MethodTypeDef) -> Authorizer | None:
    sources = tuple(
        part.strip() for part in (document.get("identitySource") or "").split(",") if part.strip()
    )
    header = next(
        (one.removeprefix(REQUEST_HEADER) for one in sources if one.startswith(REQUEST_HEADER)),
        "Authorization",
    )
    identity = {"id": document["id"], "name": document.get("name", "")}
    if document.get("type") == "COGNITO_USER_POOLS":
        return CognitoAuthorizer(
            **identity,
            user_pool_ids=tuple(arn.rpartition("/")[2] for arn in document.get("providerARNs") or ()),
            header=header,
            scopes=tuple(method.get("authorizationScopes") or ()),
        )
    arn = function_arn(document.get("authorizerUri") or "")
    if arn is None:
        return None
    ttl = document.get("authorizerResultTtlInSeconds")
    return LambdaAuthorizer(
        **identity,
        kind="REQUEST" if document.get("type") == "REQUEST" else "TOKEN",
        function_arn=arn,
        header=header,
        identity_sources=sources,
        ttl_seconds=300 if ttl is None else ttl,
        validation=document.get("identityValidationExpression") or None,
    )
