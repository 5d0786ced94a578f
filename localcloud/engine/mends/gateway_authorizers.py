"""API Gateway's REST APIs: JWT authorizers.

Source: ``jwtConfiguration`` of CreateAuthorizer in botocore 1.44.5's model.
"""

from __future__ import annotations

import json
from typing import Any

from localcloud.engine.mends.gateway_rest import refused
from localcloud.engine.ministack.apigateway_v1 import RestAPIs
from localcloud.engine.ministack.apigateway_v1 import apigateway_v1 as gateway
from localcloud.engine.patching import (
    Context,
    Function,
    Record,
    Response,
    mend,
    wrap_handler,
)

ALGORITHMS = ("RS256", "RS384", "RS512", "ES256", "ES384", "ES512")
RESERVED = ("iss", "aud", "exp", "nbf", "iat", "scope", "scp")
TYPES = ("TOKEN", "REQUEST", "COGNITO_USER_POOLS", "JWT")
HEADER = "method.request.header."


def problem(authorizer: Record) -> str | None:
    """Say what is wrong with an authorizer; None when nothing is."""
    if authorizer.get("type") not in TYPES:
        return f"Invalid authorizer type: {authorizer.get('type')}. Valid values are {', '.join(TYPES)}"
    if authorizer.get("type") != "JWT":
        return None
    source = str(authorizer.get("identitySource") or "")
    if not source.startswith(HEADER) or "," in source:
        return "A JWT authorizer needs one identity source, method.request.header.NAME"
    configuration = authorizer.get("jwtConfiguration") or {}
    issuers, algorithms = configuration.get("issuers"), configuration.get("defaultAlgorithms")
    if not issuers or not algorithms:
        return "A JWT authorizer needs issuers and defaultAlgorithms in its jwtConfiguration"
    wrong = [
        f"Invalid signing algorithm: {algorithm}. Valid values are {', '.join(ALGORITHMS)}"
        for algorithm in algorithms
        if algorithm not in ALGORITHMS
    ]
    if len({issuer.get("issuer") for issuer in issuers}) < len(issuers):
        wrong.append("The issuers of a JWT authorizer must be unique")
    return next(iter([*wrong, *filter(None, map(_problem_of_issuer, issuers))]), None)


def _problem_of_issuer(issuer: Record) -> str | None:
    if not str(issuer.get("issuer") or "").startswith("https://"):
        return f"Invalid issuer: {issuer.get('issuer')}. It must be an absolute https URL"
    if not issuer.get("audiences") or not all(issuer["audiences"]):
        return f"The issuer {issuer['issuer']} needs audiences"
    for claim in issuer.get("additionalClaims") or []:
        if not claim.get("claimName") or claim["claimName"] in RESERVED:
            return f"Invalid claim name: {claim.get('claimName')}"
        if claim.get("format") != "SINGLE_STRING":
            return f"Invalid format of the claim {claim['claimName']}: SINGLE_STRING is the only one"
    return None


def camel(value: Any) -> Any:
    """Return a template's configuration as the API spells it."""
    if isinstance(value, dict):
        return {f"{name[:1].lower()}{name[1:]}": camel(member) for name, member in value.items()}
    return [camel(member) for member in value] if isinstance(value, list) else value


@mend("gateway.jwt_authorizers")
def jwt_authorizers_keep_their_configuration(context: Context) -> None:
    """Keep what a JWT authorizer trusts, and refuse one that AWS refuses.

    MiniStack is older than these, and creates them without their configuration.
    """

    def keep(response: Response, api_id: str, configuration: Any) -> Response:
        if response[0] != 201 or not configuration:
            return response
        record = gateway.authorizers_v1[api_id][json.loads(response[2])["id"]]
        record["jwtConfiguration"] = configuration
        for name in ("authorizerUri", "authorizerResultTtlInSeconds", "identityValidationExpression"):
            record.pop(name, None)
        answer: Response = gateway.v1_response(record, 201)
        return answer

    @RestAPIs.create_authorizer.wrap
    def _(before: Function) -> Function:
        def create(api_id: str, data: Record) -> Response:
            wrong = problem(data)
            if wrong is not None:
                return refused(wrong)
            return keep(before(api_id, data), api_id, data.get("jwtConfiguration"))

        return create

    @RestAPIs.import_security_schemes.wrap
    def _(before: Function) -> Function:
        def take(api_id: str, document: Record) -> Any:
            mapping = before(api_id, document)
            for name, scheme in gateway.security_schemes(document).items():
                extension = scheme.get("x-amazon-apigateway-authorizer") if isinstance(scheme, dict) else None
                if not isinstance(extension, dict) or str(extension.get("type")).lower() != "jwt":
                    continue
                data = {
                    "name": name,
                    "type": "JWT",
                    "identitySource": gateway.import_identity_source(scheme, extension),
                    "jwtConfiguration": extension.get("jwtConfiguration"),
                }
                status, _headers, body = gateway.create_authorizer(api_id, data)

                if status >= 400:
                    raise ValueError(json.loads(body).get("message"))
                mapping[name] = {"authorizationType": "CUSTOM", "authorizerId": json.loads(body)["id"]}
            return mapping

        return take

    @wrap_handler("AWS::ApiGateway::Authorizer", "create")
    def _(before: Function) -> Function:
        def create(logical_id: str, properties: Record, *rest: Any) -> Any:
            if properties.get("Type") != "JWT":
                return before(logical_id, properties, *rest)
            data = {
                "name": properties.get("Name", logical_id),
                "type": "JWT",
                "identitySource": properties.get("IdentitySource"),
                "jwtConfiguration": camel(properties.get("JwtConfiguration")),
            }

            status, _headers, body = gateway.create_authorizer(properties.get("RestApiId", ""), data)
            if status >= 400:
                raise ValueError(json.loads(body).get("message"))
            authorizer_id = json.loads(body)["id"]
            return authorizer_id, {"AuthorizerId": authorizer_id}

        return create
