"""CloudFormation's resources of HTTP and WebSocket APIs, by the API's own operations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from localcloud.engine.feed import Feed
from localcloud.engine.formation.bodies import with_body
from localcloud.engine.gateway_v2 import kinds
from localcloud.engine.gateway_v2.forms import members
from localcloud.engine.gateway_v2.imports import import_into, members_of
from localcloud.engine.gateway_v2.kinds import Kind
from localcloud.engine.gateway_v2.quick import quick_create
from localcloud.engine.gateway_v2.refusals import NotFound, Refusal
from localcloud.engine.gateway_v2.store import ApiStore
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Record

Created = tuple[str, dict[str, Any]]
PREFIX: Final = "AWS::ApiGatewayV2::"
# The part that another one lies in, by the property that names it.
_PARENTS: Final = {"RouteResponse": "RouteId", "IntegrationResponse": "IntegrationId"}
_PARTS: Final = (
    *(kinds.ROUTE, kinds.INTEGRATION, kinds.AUTHORIZER, kinds.STAGE, kinds.MODEL),
    *(kinds.ROUTE_RESPONSE, kinds.INTEGRATION_RESPONSE),
)


class GatewayV2Formation:
    """Carries out what CloudFormation asks for."""

    def __init__(self, store: ApiStore, feed: Feed) -> None:
        self._store, self._feed = store, feed

    def install(self) -> None:
        """Put the handlers in their place."""
        table = provisioners.resource_handlers
        verbs: dict[str, Any] = {"Api": Apis(self._store), "Deployment": Deployments(self._store)}
        verbs |= {kind.name: Parts(self._store, kind) for kind in _PARTS}
        for name, handler in verbs.items():
            table[PREFIX + name] = {
                verb: self._saying(f"{PREFIX}{name}", getattr(handler, verb))
                for verb in ("create", "update", "delete")
            }

    def _saying(self, kind: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        """Let refusals read as CloudFormation says them, and changes be known to the gateway."""

        def handle(*arguments: Any, **keywords: Any) -> Any:
            try:
                result = handler(*arguments, **keywords)
            except Refusal as refusal:
                code = f"Status Code: {refusal.status}, Error Code: {refusal.code}"
                raise ValueError(f"{kind}: {refusal} (Service: AmazonApiGatewayV2; {code})") from None
            self._feed.publish({"kind": "gateway"})
            return result

        return handle


class Apis:
    """``AWS::ApiGatewayV2::Api``."""

    def __init__(self, store: ApiStore) -> None:
        self._store = store

    def create(self, logical_id: str, props: Record, _stack: str) -> Created:
        """Create an API, with what its body or its target adds."""
        props = with_body(props)
        body = props.get("Body")
        request = members({name: value for name, value in props.items() if name != "Body"})
        if isinstance(body, dict):
            request = {"protocolType": "HTTP", "name": logical_id, **members_of(body), **request}
        api = self._store.create_api({"name": logical_id, **request})
        try:
            if isinstance(body, dict):
                import_into(self._store, api["apiId"], body)
            quick_create(self._store, api, request)
        except Refusal:
            self._store.delete_api(api["apiId"])
            raise
        return self._created(api)

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Change an API in its place; another protocol is another API."""
        if old.get("ProtocolType", "HTTP") != new.get("ProtocolType", "HTTP"):
            return self.create(logical_id or physical_id, new, stack)
        old, new = with_body(old), with_body(new)
        body = new.get("Body")
        request = members({name: value for name, value in new.items() if name != "Body"})
        if isinstance(body, dict):
            request = {**members_of(body), **request}
            if body != old.get("Body"):
                import_into(self._store, physical_id, body)
        return self._created(self._store.update_api(physical_id, request, whole=True))

    def delete(self, physical_id: str, _props: Record) -> None:
        """Remove an API."""
        try:
            self._store.delete_api(physical_id)
        except NotFound:
            return

    def _created(self, api: Record) -> Created:
        return api["apiId"], {"ApiId": api["apiId"], "ApiEndpoint": api["apiEndpoint"]}


class Parts:
    """A kind of parts of APIs."""

    def __init__(self, store: ApiStore, kind: Kind) -> None:
        self._store, self._kind = store, kind
        self._parent = _PARENTS.get(kind.name)

    def create(self, logical_id: str, props: Record, _stack: str) -> Created:
        """Create a part."""
        request = members(props)
        if self._kind is kinds.AUTHORIZER:
            request.setdefault("name", logical_id)
        record = self._store.create(*self._place(props), request=request, parent=self._parent_of(props))
        part_id = str(record[self._kind.id])
        return part_id, {self._kind.id[:1].upper() + self._kind.id[1:]: part_id}

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Change a part in its place; of another API, or a stage of another name, it is another part."""
        names = ["ApiId", *([self._parent] if self._parent else [])]
        names += ["StageName"] if self._kind is kinds.STAGE else []
        if any(old.get(name) != new.get(name) for name in names):
            return self.create(logical_id or physical_id, new, stack)
        self._store.update(*self._place(new), physical_id, members(new), self._parent_of(new), whole=True)
        return physical_id, {self._kind.id[:1].upper() + self._kind.id[1:]: physical_id}

    def delete(self, physical_id: str, props: Record) -> None:
        """Remove a part; what is gone with its API is gone."""
        try:
            self._store.delete(*self._place(props), physical_id, self._parent_of(props))
        except NotFound:
            return

    def _place(self, props: Record) -> tuple[str, Kind]:
        return str(props.get("ApiId", "")), self._kind

    def _parent_of(self, props: Record) -> str:
        return str(props.get(self._parent, "")) if self._parent else ""


class Deployments:
    """``AWS::ApiGatewayV2::Deployment``."""

    def __init__(self, store: ApiStore) -> None:
        self._store = store

    def create(self, _logical_id: str, props: Record, _stack: str) -> Created:
        """Deploy an API."""
        record = self._store.deploy(str(props.get("ApiId", "")), members(props))
        return record["deploymentId"], {"DeploymentId": record["deploymentId"]}

    def update(
        self, physical_id: str, old: Record, new: Record, stack: str, logical_id: str | None = None
    ) -> Created:
        """Change the description; another API or stage is another deployment."""
        if any(old.get(name) != new.get(name) for name in ("ApiId", "StageName")):
            return self.create(logical_id or physical_id, new, stack)
        self._store.describe_deployment(
            str(new.get("ApiId", "")), physical_id, str(new.get("Description", ""))
        )
        return physical_id, {"DeploymentId": physical_id}

    def delete(self, physical_id: str, props: Record) -> None:
        """Remove a deployment."""
        self._store.delete_deployment(str(props.get("ApiId", "")), physical_id)
