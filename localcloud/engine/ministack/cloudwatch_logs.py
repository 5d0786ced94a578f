"""What the engine reads and patches of MiniStack's `services.cloudwatch_logs`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch, Variable
from localcloud.engine.ministack.types import Handler, Record, Response, Store


class CloudWatchLogs(Facade, module="ministack.services.cloudwatch_logs"):
    """MiniStack's `services.cloudwatch_logs`."""

    compile_filter_pattern: Patch[Callable[[str], Callable[[str], bool]]] = Patch(
        "_compile_filter_pattern", "watchtower.logs"
    )
    fanout_to_subscription_filters: Patch[Callable[[str, str, list[Record]], None]] = Patch(
        "_fanout_to_subscription_filters", "streams.subscriptions"
    )
    put_log_events: Patch[Callable[[Record], Response]] = Patch(
        "_put_log_events", "watchtower.logs", "durable.logs"
    )
    put_subscription_filter: Patch[Callable[[Record], Response]] = Patch(
        "_put_subscription_filter", "watchtower.logs", "streams.subscriptions"
    )
    start_query: Patch[Callable[[Record], Response]] = Patch("_start_query", "watchtower.insights")
    subscription_pattern_matches: Patch[Callable[[str, str], bool]] = Patch(
        "_subscription_pattern_matches", "watchtower.logs"
    )
    handle_request: Patch[Handler] = Patch("handle_request", "watchtower.logs", "durable.requests")

    append_log_events: Variable[Callable[[Record, list[Record]], None]] = Variable("_append_log_events")
    build_log_record: Name[Callable[..., Record]] = Name("_build_log_record")
    create_log_group: Name[Callable[[Record], Response]] = Name("_create_log_group")
    create_log_stream: Name[Callable[[Record], Response]] = Name("_create_log_stream")
    deliveries: Name[Store] = Name("_deliveries")
    delivery_destinations: Name[Store] = Name("_delivery_destinations")
    delivery_sources: Name[Store] = Name("_delivery_sources")
    destinations: Name[Store] = Name("_destinations")
    fanout_to_live_tail_sessions: Name[Callable[[str, str, list[Record]], None]] = Name(
        "_fanout_to_live_tail_sessions"
    )
    log_group_policies: Name[Store] = Name("_log_group_policies")
    log_groups: Name[Store] = Name("_log_groups")
    log_records: Name[Store] = Name("_log_records")
    metric_filters: Name[Store] = Name("_metric_filters")
    queries: Name[Store] = Name("_queries")
    resolve_query_log_groups: Name[Callable[[Record], list[str]]] = Name("_resolve_query_log_groups")
    resource_policies: Name[Store] = Name("_resource_policies")
    error_response_json: Name[Callable[..., Response]] = Name("error_response_json")
    json_response: Name[Callable[..., Response]] = Name("json_response")
    load_persisted_state: Name[Callable[[Record], None]] = Name("load_persisted_state")


cloudwatch_logs = CloudWatchLogs()
