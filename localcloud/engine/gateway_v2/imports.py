"""OpenAPI documents of HTTP APIs: ``Body`` of a template (SAM's is one), ImportApi and ReimportApi.

Source: "Working with OpenAPI definitions for HTTP APIs" and the reference of API Gateway's extensions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from localcloud.engine.gateway_v2 import kinds
from localcloud.engine.gateway_v2.refusals import BadRequest
from localcloud.engine.gateway_v2.store import ApiStore
from localcloud.engine.patching import Record

INTEGRATION: Final = "x-amazon-apigateway-integration"
_ANY: Final = "x-amazon-apigateway-any-method"
_AUTHORIZER: Final = "x-amazon-apigateway-authorizer"
_VERBS: Final = ("get", "put", "post", "delete", "options", "head", "patch", _ANY)
# Members of the extension -> of an integration.
_RENAMED: Final = {
    "httpMethod": "integrationMethod",
    "uri": "integrationUri",
    "credentials": "credentialsArn",
    "timeoutInMillis": "timeoutInMillis",
    "payloadFormatVersion": "payloadFormatVersion",
    "connectionType": "connectionType",
    "connectionId": "connectionId",
    "requestParameters": "requestParameters",
    "responseParameters": "responseParameters",
    "tlsConfig": "tlsConfig",
    "integrationSubtype": "integrationSubtype",
    "description": "description",
}


def members_of(document: Record) -> Record:
    """Return what a document says of the API itself."""
    info = document.get("info") or {}
    request: Record = {}
    for name, member in (("title", "name"), ("description", "description"), ("version", "version")):
        if info.get(name):
            request[member] = str(info[name])
    cors = document.get("x-amazon-apigateway-cors")
    if isinstance(cors, dict):
        request["corsConfiguration"] = cors
    tags = document.get("tags")
    if isinstance(tags, list):
        request["tags"] = {
            str(tag["name"]): str(tag.get("x-amazon-apigateway-tag-value", ""))
            for tag in tags
            if isinstance(tag, dict) and "name" in tag
        }
    return request


def import_into(store: ApiStore, api_id: str, document: Record) -> None:
    """Put a document's routes, integrations and authorizers in the place of those that there are.

    Raises
    ------
    BadRequest
        It is no document that API Gateway imports.
    """
    if not str(document.get("openapi", "")).startswith("3."):
        raise BadRequest("Invalid OpenAPI input: only OpenAPI 3.0 documents are imported into HTTP APIs")
    for kind in (kinds.ROUTE, kinds.INTEGRATION, kinds.AUTHORIZER):
        store.parts(api_id, kind).clear()
    schemes = _authorizers(store, api_id, document)
    for path, verb, operation in _operations(document):
        integration = _resolved(document, operation.get(INTEGRATION))
        route: Record = {"routeKey": path if path == "$default" else f"{verb} {path}"}
        if operation.get("operationId"):
            route["operationName"] = str(operation["operationId"])
        if integration:
            record = store.create(api_id, kinds.INTEGRATION, _integration(integration))
            route["target"] = f"integrations/{record['integrationId']}"
        route |= _guard(operation, document, schemes)
        store.create(api_id, kinds.ROUTE, route)


def _operations(document: Record) -> Iterator[tuple[str, str, Record]]:
    for path, item in (document.get("paths") or {}).items():
        if not isinstance(item, dict):
            continue
        key = "$default" if path in {"/$default", "$default"} else str(path)
        for verb in _VERBS:
            operation = item.get(verb)
            if isinstance(operation, dict):
                yield key, "ANY" if verb == _ANY else verb.upper(), operation
                if key == "$default":
                    break


def _resolved(document: Record, value: Any) -> Record | None:
    """Return what ``$ref`` names in the document itself."""
    if not isinstance(value, dict):
        return None
    reference = value.get("$ref")
    if not isinstance(reference, str):
        return value
    referenced: Any = document
    for name in reference.removeprefix("#/").split("/"):
        referenced = referenced.get(name) if isinstance(referenced, dict) else None
    return referenced if isinstance(referenced, dict) else None


def _integration(declared: Record) -> Record:
    integration = {
        member: declared[name] for name, member in _RENAMED.items() if declared.get(name) is not None
    }
    integration["integrationType"] = str(declared.get("type", "")).upper()
    if "integrationMethod" in integration:
        method = str(integration["integrationMethod"])
        integration["integrationMethod"] = "ANY" if method == _ANY else method.upper()
    integration["payloadFormatVersion"] = str(integration.get("payloadFormatVersion", "1.0"))
    return integration


def _authorizers(store: ApiStore, api_id: str, document: Record) -> dict[str, Record]:
    """Create the authorizers; return what a route of each scheme says."""
    schemes: dict[str, Record] = {}
    for name, scheme in ((document.get("components") or {}).get("securitySchemes") or {}).items():
        declared = scheme.get(_AUTHORIZER) if isinstance(scheme, dict) else None
        if scheme.get("x-amazon-apigateway-authtype") == "awsSigv4":
            schemes[name] = {"authorizationType": "AWS_IAM"}
        elif isinstance(declared, dict):
            jwt = str(declared.get("type", "")).lower() == "jwt"
            record = store.create(api_id, kinds.AUTHORIZER, _authorizer(str(name), declared, jwt=jwt))
            kind = "JWT" if jwt else "CUSTOM"
            schemes[name] = {"authorizationType": kind, "authorizerId": record["authorizerId"]}
    return schemes


def _authorizer(name: str, declared: Record, *, jwt: bool) -> Record:
    source = declared.get("identitySource") or ("$request.header.Authorization" if jwt else "")
    authorizer: Record = {
        "name": name,
        "authorizerType": "JWT" if jwt else "REQUEST",
        "identitySource": source
        if isinstance(source, list)
        else [part.strip() for part in str(source).split(",") if part.strip()],
    }
    plain = ("authorizerUri", "authorizerPayloadFormatVersion", "enableSimpleResponses")
    authorizer |= {member: declared[member] for member in plain if declared.get(member) is not None}
    if declared.get("authorizerResultTtlInSeconds") is not None:
        authorizer["authorizerResultTtlInSeconds"] = int(declared["authorizerResultTtlInSeconds"])
    if declared.get("authorizerCredentials"):
        authorizer["authorizerCredentialsArn"] = declared["authorizerCredentials"]
    if jwt:
        authorizer["jwtConfiguration"] = dict(declared.get("jwtConfiguration") or {})
    elif "authorizerPayloadFormatVersion" in authorizer:
        authorizer["authorizerPayloadFormatVersion"] = str(authorizer["authorizerPayloadFormatVersion"])
    return authorizer


def _guard(operation: Record, document: Record, schemes: dict[str, Record]) -> Record:
    signed = operation.get("x-amazon-apigateway-auth")
    if isinstance(signed, dict) and str(signed.get("type", "")).upper() == "AWS_IAM":
        return {"authorizationType": "AWS_IAM"}
    security = operation.get("security", document.get("security"))
    for requirement in security if isinstance(security, list) else []:
        for name, scopes in requirement.items() if isinstance(requirement, dict) else ():
            if name in schemes:
                return {**schemes[name], **({"authorizationScopes": list(scopes)} if scopes else {})}
    return {}
