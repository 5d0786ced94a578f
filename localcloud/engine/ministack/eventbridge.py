"""What the engine reads and patches of MiniStack's `services.eventbridge`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response, Store


class EventBridge(Facade, module="ministack.services.eventbridge"):
    """MiniStack's `services.eventbridge`."""

    archive_event: Patch[Callable[..., None]] = Patch("_archive_event", "events.archives")
    cancel_replay: Patch[Callable[[Record], Response]] = Patch("_cancel_replay", "events.adapter")
    create_archive: Patch[Callable[[Record], Response]] = Patch("_create_archive", "events.archives")
    delete_archive: Patch[Callable[[Record], Response]] = Patch("_delete_archive", "events.archives")
    describe_archive: Patch[Callable[[Record], Response]] = Patch("_describe_archive", "events.archives")
    describe_connection: Patch[Callable[[Record], Response]] = Patch(
        "_describe_connection", "events.connections"
    )
    describe_replay: Patch[Callable[[Record], Response]] = Patch("_describe_replay", "events.adapter")
    dispatch_to_sqs: Patch[Callable[..., None]] = Patch("_dispatch_to_sqs", "sqs.arrivals")
    invoke_target: Patch[Callable[..., None]] = Patch("_invoke_target", "events.adapter")
    list_archives: Patch[Callable[[Record], Response]] = Patch("_list_archives", "events.archives")
    list_rules: Patch[Callable[[Record], Response]] = Patch("_list_rules", "events.rules")
    put_events: Patch[Callable[..., Response]] = Patch("_put_events", "events.adapter")
    put_rule: Patch[Callable[[Record], Response]] = Patch("_put_rule", "events.adapter")
    put_targets: Patch[Callable[[Record], Response]] = Patch("_put_targets", "events.adapter")
    remove_targets: Patch[Callable[[Record], Response]] = Patch("_remove_targets", "events.adapter")
    rule_key: Patch[Callable[[str, str], str]] = Patch("_rule_key", "events.rules")
    start_replay: Patch[Callable[[Record], Response]] = Patch("_start_replay", "events.adapter")

    archives: Name[Store] = Name("_archives")
    coerce_timestamp: Name[Callable[[object], float]] = Name("_coerce_timestamp")
    cron_next_fire: Name[Callable[[tuple[set[int], ...], datetime], datetime | None]] = Name(
        "_cron_next_fire"
    )
    dispatch_event: Name[Callable[..., None]] = Name("_dispatch_event")
    event_bus_name_from_ref: Name[Callable[[str], tuple[str, tuple[str, str] | None]]] = Name(
        "_event_bus_name_from_ref"
    )
    event_bus_policies: Name[Store] = Name("_event_bus_policies")
    event_buses: Name[Store] = Name("_event_buses")
    event_from_test_payload: Name[Callable[[Record], Record]] = Name("_event_from_test_payload")
    event_pattern_error: Name[Callable[[str], str | None]] = Name("_event_pattern_error")
    matches_pattern_view: Name[Callable[..., bool]] = Name("_matches_pattern_view")
    now_ts: Name[Callable[[], float]] = Name("_now_ts")
    parse_cron_fields: Name[Callable[[str], tuple[set[int], ...] | None]] = Name("_parse_cron_fields")
    pattern_event_view: Name[Callable[[Record], object]] = Name("_pattern_event_view")
    replays: Name[Store] = Name("_replays")
    rules: Name[Store] = Name("_rules")
    targets: Name[Store] = Name("_targets")
    validate_schedule_expression: Name[Callable[[str], bool]] = Name("_validate_schedule_expression")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    json_response: Name[Callable[..., Response]] = Name("json_response")
    new_uuid: Name[Callable[[], str]] = Name("new_uuid")
    put_permission: Name[Callable[[Record], Response]] = Name("_put_permission")
    remove_permission: Name[Callable[[Record], Response]] = Name("_remove_permission")
    update_archive: Name[Callable[[Record], Response]] = Name("_update_archive")
    create_connection: Name[Callable[[Record], Response]] = Name("_create_connection")
    update_connection: Name[Callable[[Record], Response]] = Name("_update_connection")
    delete_connection: Name[Callable[[Record], Response]] = Name("_delete_connection")
    create_api_destination: Name[Callable[[Record], Response]] = Name("_create_api_destination")
    update_api_destination: Name[Callable[[Record], Response]] = Name("_update_api_destination")
    delete_api_destination: Name[Callable[[Record], Response]] = Name("_delete_api_destination")
    api_destinations: Name[Store] = Name("_api_destinations")
    connections: Name[Store] = Name("_connections")


eventbridge = EventBridge()
