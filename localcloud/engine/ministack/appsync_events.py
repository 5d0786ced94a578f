"""What the engine reads and patches of MiniStack's `services.appsync_events`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response, Store


class AppSyncEvents(Facade, module="ministack.services.appsync_events"):
    """MiniStack's `services.appsync_events`."""

    create_channel_namespace: Patch[Callable[[str, bytes], Response]] = Patch(
        "_create_channel_namespace", "appsync.event_namespaces"
    )
    delete_api: Patch[Callable[[str], Response]] = Patch(
        "_delete_api", "appsync.event_addresses", "appsync.event_sources"
    )
    handle_mgmt: Patch[
        Callable[[str, str, Mapping[str, str], Record, Mapping[str, Any]], Awaitable[Response]]
    ] = Patch("_handle_mgmt", "appsync.event_addresses")

    api_key_response: Name[Callable[[str, str], Record]] = Name("_api_key_response")
    api_keys: Name[Store] = Name("_api_keys")
    api_response: Name[Callable[[str], Record]] = Name("_api_response")
    apis: Name[Store] = Name("_apis")
    channel_namespaces: Name[Store] = Name("_channel_namespaces")
    create_api: Name[Callable[[bytes], Response]] = Name("_create_api")
    create_api_key: Name[Callable[[str, bytes], Response]] = Name("_create_api_key")
    delete_channel_namespace: Name[Callable[[str, str], Response]] = Name("_delete_channel_namespace")
    get_channel_namespace: Name[Callable[[str, str], Response]] = Name("_get_channel_namespace")
    update_api: Name[Callable[[str, bytes], Response]] = Name("_update_api")
    update_channel_namespace: Name[Callable[[str, str, bytes], Response]] = Name("_update_channel_namespace")
    json_response: Name[Callable[..., Response]] = Name("json_response")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")


appsync_events = AppSyncEvents()
