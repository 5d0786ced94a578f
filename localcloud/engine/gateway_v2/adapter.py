"""The place of HTTP and WebSocket APIs in the engine: operations, and CloudFormation's resources."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import unquote

import yaml

from localcloud.engine.feed import Feed
from localcloud.engine.gateway_v2 import kinds
from localcloud.engine.gateway_v2.formation import GatewayV2Formation
from localcloud.engine.gateway_v2.imports import import_into, members_of
from localcloud.engine.gateway_v2.kinds import Kind
from localcloud.engine.gateway_v2.quick import quick_create
from localcloud.engine.gateway_v2.refusals import BadRequest, Refusal
from localcloud.engine.gateway_v2.store import MODELS, ApiStore
from localcloud.engine.ministack.apigateway import APIGateway, apigateway
from localcloud.engine.patching import Function, Record, Response

_PARTS: Final = {
    "routes": kinds.ROUTE,
    "integrations": kinds.INTEGRATION,
    "authorizers": kinds.AUTHORIZER,
    "stages": kinds.STAGE,
    "models": kinds.MODEL,
}
Done = tuple[int, Any]
Operation = Callable[[Record], Done]
_BELOW: Final = {
    ("routes", "routeresponses"): kinds.ROUTE_RESPONSE,
    ("integrations", "integrationresponses"): kinds.INTEGRATION_RESPONSE,
}


class GatewayV2Adapter:
    """Answers the operations on APIs and their parts; lists of deployments and domains are MiniStack's."""

    def __init__(self, gateway: APIGateway, feed: Feed, region: str) -> None:
        self._gateway, self._feed = gateway, feed
        self.store = ApiStore(gateway, region)

    def install(self) -> None:
        """Take over from MiniStack."""

        @APIGateway.handle_request.wrap
        def _(before: Function) -> Function:
            async def handle(method: str, path: str, headers: Any, body: bytes, query: Any) -> Response:
                parts = [unquote(part) for part in path.strip("/").split("/") if part]
                operation = self._operation(method, parts[2:]) if parts[:2] == ["v2", "apis"] else None
                if operation is None:
                    response: Response = await before(method, path, headers, body, query)
                    return response
                answer = self._answer(operation, body)
                if method != "GET" and answer[0] < 300:
                    self._feed.publish({"kind": "gateway"})
                return answer

            return handle

        GatewayV2Formation(self.store, self._feed).install()

    def _answer(self, operation: Operation, body: bytes) -> Response:
        refuse: Callable[..., Response] = self._gateway.apigw_error
        respond: Callable[..., Response] = self._gateway.apigw_response
        try:
            request = json.loads(body) if body else {}
            status, document = operation(request if isinstance(request, dict) else {})
        except Refusal as refusal:
            return refuse(refusal.code, str(refusal), refusal.status)
        except ValueError:
            return refuse("BadRequestException", "Could not parse request body into json", 400)
        if document is None:
            return status, {}, b""
        return respond({"items": document} if isinstance(document, list) else document, status)

    def _operation(self, method: str, place: list[str]) -> Operation | None:
        operations: Mapping[str, Operation] = {}
        match place:
            case []:
                operations = {
                    "POST": lambda request: (201, _public(self._created(request))),
                    "PUT": lambda request: (201, _public(self._imported(request))),
                    "GET": lambda _: (
                        200,
                        [_public(api) for api in self._gateway.apis.values()],
                    ),
                }
            case [api_id]:
                operations = self._of_api(api_id)
            case [api_id, "cors"]:
                operations = {
                    "DELETE": lambda _: (204, self.store.api(api_id).pop("corsConfiguration", None) and None)
                }
            case [api_id, "deployments"]:
                operations = {"POST": lambda request: (201, self.store.deploy(api_id, request))}
            case [api_id, folder, *rest] if folder in _PARTS and len(rest) < 2:
                operations = self._of_parts((api_id, _PARTS[folder], ""), rest)
            case [api_id, folder, parent, below, *rest] if (folder, below) in _BELOW and len(rest) < 2:
                inner = self._of_parts((api_id, _BELOW[folder, below], parent), rest).get(method)
                if inner is not None:
                    operations = {
                        method: lambda request: (
                            self.store.get(api_id, _PARTS[folder], parent),
                            inner(request),
                        )[1]
                    }
        return operations.get(method)

    def _of_api(self, api_id: str) -> Mapping[str, Operation]:
        def reimport(request: Record) -> Done:
            document = _read(request)
            import_into(self.store, api_id, document)
            return 201, _public(self.store.update_api(api_id, members_of(document)))

        def delete(_request: Record) -> Done:
            self.store.delete_api(api_id)
            return 204, None

        return {
            "GET": lambda _: (200, _public(self.store.api(api_id))),
            "PATCH": lambda request: (200, _public(self.store.update_api(api_id, request))),
            "PUT": reimport,
            "DELETE": delete,
        }

    def _of_parts(self, place: tuple[str, Kind, str], rest: list[str]) -> Mapping[str, Operation]:
        api_id, kind, parent = place
        if not rest:
            return {
                "GET": lambda _: (200, list(self.store.parts(api_id, kind, parent).values())),
                "POST": lambda request: (201, self.store.create(api_id, kind, request, parent)),
            }
        (part_id,) = rest

        def delete(_request: Record) -> Done:
            self.store.delete(api_id, kind, part_id, parent)
            return 204, None

        return {
            "GET": lambda _: (200, self.store.get(api_id, kind, part_id, parent)),
            "PATCH": lambda request: (200, self.store.update(api_id, kind, part_id, request, parent)),
            "DELETE": delete,
        }

    def _created(self, request: Record) -> Record:
        api = self.store.create_api(request)
        quick_create(self.store, api, request)
        return api

    def _imported(self, request: Record) -> Record:
        document = _read(request)
        api = self.store.create_api({"name": "imported", **members_of(document), "protocolType": "HTTP"})
        import_into(self.store, api["apiId"], document)
        return api


def _public(api: Record) -> Record:
    return {name: value for name, value in api.items() if name != MODELS}


def _read(request: Record) -> Record:
    try:
        document = yaml.safe_load(str(request.get("body", "")))
    except yaml.YAMLError:
        document = None
    if not isinstance(document, dict):
        raise BadRequest("Invalid OpenAPI input.")
    return document


def install(feed: Feed, region: str) -> GatewayV2Adapter:
    """Put our APIs in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack keeps APIs in another way than it did.
    """
    adapter = GatewayV2Adapter(apigateway, feed, region)
    adapter.install()
    return adapter
