"""Authorizers of REST APIs, as ``apigateway`` describes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from localcloud.gateway.definitions.rest import (
    Authorizer,
    ClaimRule,
    CognitoAuthorizer,
    JwtAuthorizer,
    JwtIssuer,
    LambdaAuthorizer,
)
from localcloud.gateway.loading.common import function_arn

if TYPE_CHECKING:
    from mypy_boto3_apigateway.type_defs import AuthorizerTypeDef, MethodTypeDef

REQUEST_HEADER: Final = "method.request.header."


def authorizer_of(document: AuthorizerTypeDef, method: MethodTypeDef) -> Authorizer | None:
    """Return an authorizer as it guards a method; None where it invokes no function."""
    sources = tuple(
        part.strip() for part in (document.get("identitySource") or "").split(",") if part.strip()
    )
    header = next(
        (source.removeprefix(REQUEST_HEADER) for source in sources if source.startswith(REQUEST_HEADER)),
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
    # Newer than the stubs' types: the engine is asked by a botocore that knows it.
    trusted: object = document.get("jwtConfiguration")
    if isinstance(trusted, Mapping):
        return JwtAuthorizer(
            **identity,
            issuers=tuple(_issuer(issuer) for issuer in _listed(trusted.get("issuers"))),
            algorithms=_texts(trusted.get("defaultAlgorithms")),
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


def _issuer(document: Mapping[str, object]) -> JwtIssuer:
    rules = (
        ClaimRule(
            str(rule.get("claimName")),
            required=rule.get("required") is True,
            values=_texts(rule.get("expectedValues")),
        )
        for rule in _listed(document.get("additionalClaims"))
    )
    return JwtIssuer(str(document.get("issuer")), _texts(document.get("audiences")), tuple(rules))


def _listed(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()
