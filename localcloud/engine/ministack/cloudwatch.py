"""What the engine reads and patches of MiniStack's `services.cloudwatch`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, Record, Response, Store


class CloudWatch(Facade, module="ministack.services.cloudwatch"):
    """MiniStack's `services.cloudwatch`."""

    dispatch_alarm_actions: Patch[Callable[[Record, str, str, str], None]] = Patch(
        "_dispatch_alarm_actions", "watchtower.alarms"
    )
    evaluate_alarm: Patch[Callable[[Record], None]] = Patch("_evaluate_alarm", "watchtower.alarms")
    evaluate_all_alarms: Patch[Callable[[], None]] = Patch("_evaluate_all_alarms", "watchtower.alarms")
    put_composite_alarm: Patch[Callable[..., Response]] = Patch("_put_composite_alarm", "watchtower.alarms")
    put_metric_alarm: Patch[Callable[..., Response]] = Patch("_put_metric_alarm", "watchtower.alarms")
    restore_state: Patch[Callable[[Record], None]] = Patch("_restore_state", "watchtower.alarms")
    cloudformation_put_metric_alarm: Patch[Callable[[Record], None]] = Patch(
        "cloudformation_put_metric_alarm", "watchtower.alarms"
    )
    handle_request: Patch[Handler] = Patch("handle_request", "watchtower.adapter", "durable.requests")

    alarms: Name[Store] = Name("_alarms")
    composite_alarms: Name[Store] = Name("_composite_alarms")
    error: Name[Callable[..., Response]] = Name("_error")
    evaluate_parent_alarms: Name[Callable[..., None]] = Name("_evaluate_parent_alarms")
    history_entries: Name[Callable[[], list[Record]]] = Name("_history_entries")
    record_history: Name[Callable[..., None]] = Name("_record_history")
    delete_alarms: Name[Callable[..., Response]] = Name("_delete_alarms")


cloudwatch = CloudWatch()
