"""AppSync: an API's cache by CloudFormation; MiniStack knows its calls and not the resource."""

from __future__ import annotations

from typing import Any

from localcloud.engine.ministack.appsync import appsync
from localcloud.engine.ministack.provisioners import provisioners
from localcloud.engine.patching import Context, Record, mend

CACHE = "AWS::AppSync::ApiCache"
# Property of the resource -> member of CreateApiCache.
MEMBERS = {
    "ApiCachingBehavior": "apiCachingBehavior",
    "AtRestEncryptionEnabled": "atRestEncryptionEnabled",
    "HealthMetricsConfig": "healthMetricsConfig",
    "TransitEncryptionEnabled": "transitEncryptionEnabled",
    "Ttl": "ttl",
    "Type": "type",
}


def _body(props: Record) -> Record:
    body = {member: props[prop] for prop, member in MEMBERS.items() if props.get(prop) not in (None, "")}
    for member in ("atRestEncryptionEnabled", "transitEncryptionEnabled"):
        if member in body:  # CloudFormation passes a boolean on as it stands in the template
            body[member] = str(body[member]).lower() == "true"
    return body


def _stored(response: Any, verb: str, api_id: str) -> tuple[str, dict[str, str]]:
    status, _headers, answer = response
    if status != 200:
        raise ValueError(f"{CACHE} {verb} failed: {answer.decode()}")
    return api_id, {"ApiId": api_id}


@mend("appsync.cache")
def caches_are_stored(_context: Context) -> None:
    """Create, update and delete the cache that AWS::AppSync::ApiCache declares."""

    def create(_logical_id: str, props: Record, _stack: str) -> tuple[str, dict[str, str]]:
        api_id = str(props.get("ApiId", ""))
        return _stored(appsync.create_api_cache(api_id, _body(props)), "create", api_id)

    def update(_physical_id: str, old: Record, new: Record, stack: str) -> tuple[str, dict[str, str]]:
        if old.get("ApiId") != new.get("ApiId"):
            delete("", old)
            return create("", new, stack)
        api_id = str(new.get("ApiId", ""))
        return _stored(appsync.update_api_cache(api_id, _body(new)), "update", api_id)

    def delete(_physical_id: str, props: Record) -> None:
        appsync.delete_api_cache(str(props.get("ApiId", "")))

    handlers = provisioners.resource_handlers
    handlers[CACHE] = {"create": create, "update": update, "delete": delete}
