"""The parts of HTTP and WebSocket APIs, in MiniStack's own stores."""

from __future__ import annotations

import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from localcloud.engine.gateway_v2 import kinds
from localcloud.engine.gateway_v2.kinds import Kind
from localcloud.engine.gateway_v2.refusals import (
    BadRequest,
    Conflict,
    NotFound,
    check_authorizer,
    check_integration,
    check_route,
)
from localcloud.engine.ministack.apigateway import APIGateway
from localcloud.engine.ministack.facade import Name
from localcloud.engine.ministack.responses import responses
from localcloud.engine.ministack.types import Store
from localcloud.engine.patching import Record

_ALPHABET: Final = string.ascii_lowercase + string.digits
_STORES: Final[Mapping[str, Name[Store]]] = {
    "Route": APIGateway.routes,
    "Integration": APIGateway.integrations,
    "Authorizer": APIGateway.authorizers,
    "Stage": APIGateway.stages,
}
_SUB_STORES: Final[Mapping[str, Name[Store]]] = {
    "RouteResponse": APIGateway.route_responses,
    "IntegrationResponse": APIGateway.integration_responses,
}
MODELS: Final = "_models"
"""Where an API's record holds its models: MiniStack has no store for them."""

DEPLOY: Final = "Unable to deploy API because no routes exist in this API"


def new_id() -> str:
    """Return an id as API Gateway makes them: ``a1b2c3d4e5``."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(10))


def now() -> str:
    """Return the time as MiniStack's records hold it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class ApiStore:
    """Creates, changes and removes parts.

    Parameters
    ----------
    gateway
        MiniStack's module.
    region
        Whose name the addresses of APIs have.
    """

    def __init__(self, gateway: APIGateway, region: str) -> None:
        self._gateway, self._region = gateway, region

    def parts(self, api_id: str, kind: Kind, parent: str = "") -> dict[str, Record]:
        """Return an API's parts of a kind, by their ids.

        Raises
        ------
        NotFound
        """
        api = self.api(api_id)
        parts: dict[str, Record]
        if kind is kinds.MODEL:
            parts = api.setdefault(MODELS, {})
            return parts
        if kind.name in _SUB_STORES:
            parts = _SUB_STORES[kind.name].value.setdefault(api_id, {})
            return parts.setdefault(parent, {})
        parts = _STORES[kind.name].value.setdefault(api_id, {})
        return parts

    def api(self, api_id: str) -> Record:
        """Return an API.

        Raises
        ------
        NotFound
        """
        record: Record | None = self._gateway.apis.get(api_id)
        if record is None:
            raise NotFound(f"Invalid API identifier specified {self._account()}:{api_id}")
        return record

    def create_api(self, request: Record) -> Record:
        """Create an API that has nothing yet."""
        for name in kinds.API.required:
            if not request.get(name):
                raise BadRequest(f"{name} is a required parameter")
        if request["protocolType"] not in {"HTTP", "WEBSOCKET"}:
            raise BadRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]")
        socket = request["protocolType"] == "WEBSOCKET"
        if socket and not request.get("routeSelectionExpression"):
            raise BadRequest("RouteSelectionExpression is required for WEBSOCKET protocol")
        api_id = new_id()
        record = {
            "apiId": api_id,
            "apiEndpoint": f"{'wss' if socket else 'https'}://{api_id}.execute-api.{self._region}.amazonaws.com",
            "createdDate": now(),
            "routeSelectionExpression": "$request.method $request.path",
            "tags": {},
            **kinds.API.defaults,
            **_accepted(kinds.API, request),
        }
        self._gateway.apis[api_id] = record
        for store in (*_STORES.values(), APIGateway.deployments):
            store.value[api_id] = {}
        return record

    def update_api(self, api_id: str, request: Record, *, whole: bool = False) -> Record:
        """Change what is said; with ``whole`` what is not said is as at first."""
        record = self.api(api_id)
        if whole:
            self._reset(kinds.API, record, request, keep={"protocolType", "name", "routeSelectionExpression"})
        record.update(
            {name: value for name, value in _accepted(kinds.API, request).items() if name != "protocolType"}
        )
        return record

    def delete_api(self, api_id: str) -> None:
        """Remove an API with everything in it."""
        self.api(api_id)
        for store in (APIGateway.apis, *_STORES.values(), *_SUB_STORES.values(), APIGateway.deployments):
            store.value.pop(api_id, None)

    def create(self, api_id: str, kind: Kind, request: Record, parent: str = "") -> Record:
        """Create a part of an API.

        Raises
        ------
        BadRequest, Conflict, NotFound
        """
        parts = self.parts(api_id, kind, parent)
        self._refuse(api_id, kind, request, parts, None)
        for name in kind.required:
            if request.get(name) in (None, ""):
                raise BadRequest(f"{name[:1].upper()}{name[1:]} is a required parameter")
        record = {**_copied(kind.defaults), **_accepted(kind, request)}
        if kind is kinds.STAGE:
            record |= {"createdDate": now(), "lastUpdatedDate": now()}
        else:
            record[kind.id] = new_id()
        parts[record[kind.id]] = record
        return record

    def get(self, api_id: str, kind: Kind, part_id: str, parent: str = "") -> Record:
        """Return a part.

        Raises
        ------
        NotFound
        """
        record = self.parts(api_id, kind, parent).get(part_id)
        if record is None:
            raise NotFound(f"Invalid {kind.name} identifier specified")
        return record

    def update(
        self, api_id: str, kind: Kind, part_id: str, request: Record, parent: str = "", *, whole: bool = False
    ) -> Record:
        """Change what is said of a part; with ``whole`` what is not said is as at first."""
        record = self.get(api_id, kind, part_id, parent)
        self._refuse(api_id, kind, {**record, **request}, self.parts(api_id, kind, parent), record)
        if whole:
            self._reset(kind, record, request, keep={kind.id})
        record.update(_accepted(kind, request))
        if kind is kinds.STAGE:
            record["lastUpdatedDate"] = now()
        return record

    def delete(self, api_id: str, kind: Kind, part_id: str, parent: str = "") -> None:
        """Remove a part.

        Raises
        ------
        NotFound
        """
        self.get(api_id, kind, part_id, parent)
        del self.parts(api_id, kind, parent)[part_id]

    def deploy(self, api_id: str, request: Record) -> Record:
        """Create a deployment, and point the stage that it names at it.

        Raises
        ------
        BadRequest, NotFound
        """
        if not self.parts(api_id, kinds.ROUTE):
            raise BadRequest(DEPLOY)
        stage = request.get("stageName")
        if stage:
            self.get(api_id, kinds.STAGE, str(stage))
        record = {
            "deploymentId": new_id(),
            "deploymentStatus": "DEPLOYED",
            "autoDeployed": False,
            "createdDate": now(),
            "description": request.get("description", ""),
        }
        self._gateway.deployments.setdefault(api_id, {})[record["deploymentId"]] = record
        if stage:
            self.update(api_id, kinds.STAGE, str(stage), {"deploymentId": record["deploymentId"]})
        return record

    def describe_deployment(self, api_id: str, deployment_id: str, description: str) -> None:
        """Change what a deployment says of itself."""
        record = (self._gateway.deployments.get(api_id) or {}).get(deployment_id)
        if record is not None:
            record["description"] = description

    def delete_deployment(self, api_id: str, deployment_id: str) -> None:
        """Remove a deployment."""
        (self._gateway.deployments.get(api_id) or {}).pop(deployment_id, None)

    def _refuse(
        self, api_id: str, kind: Kind, request: Record, parts: dict[str, Record], record: Record | None
    ) -> None:
        protocol = str(self.api(api_id).get("protocolType"))
        others = [other for other in parts.values() if other is not record]
        if kind is kinds.ROUTE:
            check_route(protocol, request, others)
        elif kind is kinds.INTEGRATION:
            check_integration(protocol, request)
        elif kind is kinds.AUTHORIZER:
            check_authorizer(protocol, request)
        elif kind is kinds.STAGE and record is None and request.get("stageName") in parts:
            raise Conflict("Stage already exists")

    def _reset(self, kind: Kind, record: Record, request: Record, *, keep: set[str]) -> None:
        for name in kind.members - request.keys() - keep - {"tags"}:
            record.pop(name, None)
        for name, value in _copied(kind.defaults).items():
            record.setdefault(name, value)

    def _account(self) -> str:
        return responses.get_account_id()


def _accepted(kind: Kind, request: Record) -> Record:
    return {name: value for name, value in request.items() if name in kind.members and value is not None}


def _copied(defaults: Any) -> Record:
    return {name: dict(value) if isinstance(value, dict) else value for name, value in defaults.items()}
