"""What the engine reads and patches of MiniStack's `services.lambda_svc`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, PolicyOf, Record, Response, Store


class Lambda(Facade, module="ministack.services.lambda_svc"):
    """MiniStack's `services.lambda_svc`."""

    create_event_source_mapping: Patch[Callable[[Record], Response]] = Patch(
        "_create_esm", "lambda.mapping_rules"
    )
    create_function_url_config: Patch[Callable[[str, Record, str | None], Response]] = Patch(
        "_create_function_url_config", "lambda.url_addresses"
    )
    delete_event_invoke_config: Patch[Callable[..., Response]] = Patch(
        "_delete_event_invoke_config", "lambda.event_invoke_config"
    )
    ensure_poller: Patch[Callable[[], None]] = Patch("_ensure_poller", "lambda.no_pollers")
    execute_function: Patch[Callable[[Record, Record], Record]] = Patch("_execute_function", "lambda.invoke")
    execute_function_with_config_scope: Patch[Callable[[Record, Record], Record]] = Patch(
        "_execute_function_with_config_scope", "cloudformation.custom_resources"
    )
    get_event_invoke_config: Patch[Callable[..., Response]] = Patch(
        "_get_event_invoke_config", "lambda.event_invoke_config"
    )
    get_function: Patch[Callable[..., Response]] = Patch("_get_function", "lambda.version_code")
    kinesis_stream_name_from_arn_spec: Patch[Callable[[str], str | None]] = Patch(
        "_kinesis_stream_name_from_arn_spec", "lambda.stream_consumers"
    )
    poll_loop: Patch[Callable[[], None]] = Patch("_poll_loop", "lambda.no_pollers")
    prune_orphan_code_blobs: Patch[Callable[[set[str]], None]] = Patch(
        "_prune_orphan_code_blobs", "durable.small"
    )
    publish_layer_version: Patch[Callable[[str, Record], Response]] = Patch(
        "_publish_layer_version", "lambda.layer_content"
    )
    put_event_invoke_config: Patch[Callable[[str, str | None, Record], Response]] = Patch(
        "_put_event_invoke_config", "lambda.event_invoke_config", "lambda.event_invoke_rules"
    )
    schedule_state_transition: Patch[Callable[[str, float], None]] = Patch(
        "_schedule_state_transition", "lambda.active_at_once"
    )
    update_event_source_mapping: Patch[Callable[[str, Record], Response]] = Patch(
        "_update_esm", "lambda.mapping_rules"
    )
    update_function_url_config: Patch[Callable[[str, Record, str | None], Response]] = Patch(
        "_update_function_url_config", "lambda.url_addresses"
    )
    validate_scaling_config: Patch[Callable[..., Response | None]] = Patch(
        "_validate_scaling_config", "lambda.mapping_rules"
    )
    write_code_blob: Patch[Callable[[bytes], str]] = Patch("_write_code_blob", "durable.small")
    handle_request: Patch[Handler] = Patch(
        "handle_request",
        "lambda.accepted_events",
        "lambda.json_payloads",
        "lambda.event_invoke_rules",
        "feed.functions",
        "durable.requests",
    )
    invoke_async_with_retry: Patch[Callable[[Record, Record], None]] = Patch(
        "invoke_async_with_retry", "lambda.invoke"
    )
    serve_function_code: Patch[Callable[..., Response]] = Patch("serve_function_code", "lambda.version_code")

    esm_response: Name[Callable[[Record], Record]] = Name("_esm_response")
    event_source_mappings: Name[Store] = Name("_esms")
    fetch_code_from_s3: Name[Callable[..., bytes | None]] = Name("_fetch_code_from_s3")
    function_urls: Name[Store] = Name("_function_urls")
    functions: Name[Store] = Name("_functions")
    qualifier_from_path_or_query: Name[Callable[[str | None, Mapping[str, Any]], str | None]] = Name(
        "_qualifier_from_path_or_query"
    )
    resolve_existing_esm_function: Name[Callable[[str], tuple[str, str | None, Response | None]]] = Name(
        "_resolve_existing_esm_function"
    )
    resolve_request_scoped_name_and_qualifier: Name[Callable[[str], tuple[str, str | None]]] = Name(
        "_resolve_request_scoped_name_and_qualifier"
    )
    throttle_response: Name[Callable[..., Record]] = Name("_throttle_response")
    url_config_key: Name[Callable[[str, str | None], str]] = Name("_url_config_key")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")
    get_state: Name[Callable[[], Record]] = Name("get_state")
    unquote: Name[Callable[[str], str]] = Name("unquote")
    function_policy_for_arn: Name[PolicyOf] = Name("function_policy_for_arn")


lambda_svc = Lambda()
