"""What the engine reads and patches of MiniStack's `services.appsync`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, Record, Response, Store


class AppSync(Facade, module="ministack.services.appsync"):
    """MiniStack's `services.appsync`."""

    create_api_key: Patch[Callable[[str, Record], Response]] = Patch(
        "_create_api_key", "appsync.api_keys", "appsync.event_keys"
    )
    create_data_source: Patch[Callable[[str, Record], Response]] = Patch(
        "_create_data_source", "appsync.event_sources"
    )
    delete_data_source: Patch[Callable[[str, str], Response]] = Patch(
        "_delete_data_source", "appsync.event_sources"
    )
    delete_graphql_api: Patch[Callable[[str], Response]] = Patch("_delete_graphql_api", "appsync.addresses")
    function_record: Patch[Callable[[str, str, Record], Record]] = Patch(
        "_function_record", "appsync.functions"
    )
    get_data_source: Patch[Callable[[str, str], Response]] = Patch(
        "_get_data_source", "appsync.event_sources"
    )
    list_data_sources: Patch[Callable[[str], Response]] = Patch("_list_data_sources", "appsync.event_sources")
    update_api_key: Patch[Callable[[str, str, Record], Response]] = Patch(
        "_update_api_key", "appsync.event_keys"
    )
    update_data_source: Patch[Callable[[str, str, Record], Response]] = Patch(
        "_update_data_source", "appsync.event_sources"
    )
    update_graphql_api: Patch[Callable[[str, Record], Response]] = Patch(
        "_update_graphql_api", "appsync.update_api"
    )
    handle_request: Patch[Handler] = Patch(
        "handle_request", "appsync.addresses", "appsync.evaluate", "feed.appsync", "durable.requests"
    )

    api_arn: Name[Callable[[str], str]] = Name("_api_arn")
    api_keys: Name[Store] = Name("_api_keys")
    apis: Name[Store] = Name("_apis")
    create_api_cache: Name[Callable[[str, Record], Response]] = Name("_create_api_cache")
    create_function: Name[Callable[[str, Record], Response]] = Name("_create_function")
    create_type: Name[Callable[[str, Record], Response]] = Name("_create_type")
    data_sources: Name[Store] = Name("_data_sources")
    delete_api_cache: Name[Callable[[str], Response]] = Name("_delete_api_cache")
    delete_function: Name[Callable[[str, str], Response]] = Name("_delete_function")
    get_graphql_api: Name[Callable[[str], Response]] = Name("_get_graphql_api")
    json_module: Name[Callable[[int, Record], Response]] = Name("_json")
    schemas: Name[Store] = Name("_schemas")
    types: Name[Store] = Name("_types")
    update_api_cache: Name[Callable[[str, Record], Response]] = Name("_update_api_cache")
    update_function: Name[Callable[[str, str, Record], Response]] = Name("_update_function")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")


appsync = AppSync()
