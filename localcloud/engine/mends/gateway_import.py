"""API Gateway's REST APIs that are imported: an OpenAPI document, whole."""

from __future__ import annotations

import json
from typing import Any

import yaml

from localcloud.engine.mends.gateway_documents import ANY, localized, take_document
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

INTEGRATION = "x-amazon-apigateway-integration"
# Extensions of the document itself -> members of the API.
EXTENSIONS = {
    "x-amazon-apigateway-binary-media-types": "binaryMediaTypes",
    "x-amazon-apigateway-minimum-compression-size": "minimumCompressionSize",
    "x-amazon-apigateway-api-key-source": "apiKeySource",
    "x-amazon-apigateway-policy": "policy",
}
# What an integration says beside its type, which is taken as it stands.
PLAIN = (
    "httpMethod",
    "uri",
    "credentials",
    "connectionType",
    "connectionId",
    "requestParameters",
    "requestTemplates",
    "contentHandling",
    "timeoutInMillis",
    "responseTransferMode",
    "cacheNamespace",
    "cacheKeyParameters",
)


def _members(document: Record) -> Record:
    """Return what the document says of the API itself."""
    return {member: document[name] for name, member in EXTENSIONS.items() if name in document}


def _integration(declared: Record) -> Record:
    """Return PutIntegration's members of an extension's."""
    members = {name: declared[name] for name in PLAIN if declared.get(name) is not None}
    members["type"] = str(declared.get("type", "")).upper()
    members["passthroughBehavior"] = str(declared.get("passthroughBehavior") or "WHEN_NO_MATCH").upper()
    return members


def _fill(gateway: RestAPIs, place: tuple[str, str, str], operation: Record) -> None:
    """Put a method's parameters, responses and integration, of which MiniStack imports three members."""
    for status, response in (operation.get("responses") or {}).items():
        names = [f"method.response.header.{name}" for name in response.get("headers") or {}]
        gateway.put_method_response(*place, str(status), {"responseParameters": dict.fromkeys(names, False)})
    declared = operation.get(INTEGRATION)
    if not declared:
        return
    gateway.put_integration(*place, _integration(declared))
    for pattern, response in (declared.get("responses") or {}).items():
        members = {
            name: response[name]
            for name in ("responseParameters", "responseTemplates", "contentHandling")
            if response.get(name)
        }
        if pattern != "default":
            members["selectionPattern"] = pattern
        gateway.put_integration_response(*place, str(response.get("statusCode", "200")), members)


def _put(gateway: RestAPIs, api_id: str, document: Record, *, overwrite: bool) -> None:
    """Import into an API that is there: its id, its stages and its root resource stay."""
    document = localized(document)
    api, resources = gateway.rest_apis[api_id], gateway.resources[api_id]
    if overwrite:
        for resource_id in [name for name, resource in resources.items() if resource["path"] != "/"]:
            del resources[resource_id]
        for root in resources.values():
            root["resourceMethods"] = {}
        gateway.authorizers_v1[api_id] = {}
        api.update(binaryMediaTypes=[], minimumCompressionSize=None)
    api.update(_members(document))
    info = document.get("info") or {}
    api.update({"name": str(info["title"])} if info.get("title") else {})
    schemes = gateway.import_security_schemes(api_id, document)
    for path, item in (document.get("paths") or {}).items():
        gateway.import_path_item(api_id, path, item, schemes, document.get("security"))
    take_document(gateway, api_id, document, overwrite=overwrite)


def _read(body: bytes) -> Record | None:
    """Return a Swagger 2.0 or OpenAPI 3.0 document, in JSON or YAML; None when it is neither."""
    try:
        document = json.loads(body)
    except ValueError:
        try:
            document = yaml.safe_load(body)
        except yaml.YAMLError:
            return None
    supported = isinstance(document, dict) and ("swagger" in document or "openapi" in document)
    return document if supported and isinstance(document.get("paths", {}), dict) else None


def _first(query: Any, name: str) -> str:
    value = query.get(name) or ""
    return str(value[0] if isinstance(value, list) else value)


@mend("gateway.import_operations")
def operations_are_imported_whole(context: Context) -> None:
    """Import the whole of a method, methods of any verb, and what the document says of the API.

    MiniStack takes three members of an integration: what a mock answers a CORS preflight with is
    lost. ANY methods, binary media types, models, validators and gateway responses are lost as well.
    """

    @RestAPIs.import_operation.wrap
    def _(before: Function) -> Function:
        def take(api_id: str, resource_id: str, verb: str, operation: Record, *rest: Any) -> None:
            before(api_id, resource_id, verb, operation, *rest)
            _fill(gateway, (api_id, resource_id, verb), operation)

        return take

    @RestAPIs.import_path_item.wrap
    def _(before: Function) -> Function:
        def take(api_id: str, path: str, item: Record, *rest: Any) -> None:
            before(api_id, path, item, *rest)
            if ANY in item:
                resources = gateway.resources[api_id]
                resource_id = next(name for name, resource in resources.items() if resource["path"] == path)
                gateway.import_operation(api_id, resource_id, "ANY", item[ANY], *rest)

        return take

    @RestAPIs.import_rest_api.wrap
    def _(before: Function) -> Function:
        def take(document: Record, members: Record | None = None) -> str:
            document = localized(document)
            overrides = {
                name: value for name, value in (members or {}).items() if value not in (None, [], "")
            }
            api_id: str = before(document, {**_members(document), **overrides})
            take_document(gateway, api_id, document, overwrite=False)
            return api_id

        return take


@mend("gateway.import")
def documents_are_imported(context: Context) -> None:
    """Import the OpenAPI document of ImportRestApi and PutRestApi.

    MiniStack makes an API without any path of the first, and does not know the second:
    ``chalice deploy`` calls the one at first and the other from then on.
    """

    def imported(document: Record, query: Any) -> str:
        kind = _first(query, "endpointConfigurationTypes") or "EDGE"
        api_id: str = gateway.import_rest_api(document, {"endpointConfiguration": {"types": [kind]}})
        return api_id

    @RestAPIs.handle_request.wrap
    def _(before: Function) -> Function:
        async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
            parts = path.strip("/").split("/")
            mode = _first(query, "mode")
            importing = method == "POST" and parts == ["restapis"] and mode == "import"
            if not importing and not (method == "PUT" and len(parts) == 2 and parts[0] == "restapis"):
                response: Response = await before(method, path, headers, body, query)
                return response
            api_id = "" if importing else parts[1]
            if api_id and api_id not in gateway.rest_apis:
                return refused("Invalid API identifier specified", "NotFoundException", 404)
            document = _read(body)
            if document is None:
                return refused("Invalid OpenAPI input.")
            if importing:
                api_id = imported(document, query)
            else:
                _put(gateway, api_id, document, overwrite=mode == "overwrite")
            view = gateway.rest_api_view(gateway.rest_apis[api_id])
            answer: Response = gateway.v1_response(view, 201 if importing else 200)
            return answer

        return handle


@mend("gateway.body_updates")
def a_changed_body_keeps_the_api(context: Context) -> None:
    """Import a changed Body of AWS::ApiGateway::RestApi into the API that is there, as AWS does.

    MiniStack makes a new API of it, so its id and its address change with every route.
    """

    @wrap_handler("AWS::ApiGateway::RestApi", "update")
    def _(before: Function) -> Function:
        def update(physical_id: str, old: Record, new: Record, *rest: Any) -> Any:
            body = new.get("Body")
            if isinstance(body, dict) and body != old.get("Body"):
                _put(gateway, physical_id, body, overwrite=True)
                old = {**old, "Body": body}
            return before(physical_id, old, new, *rest)

        return update
