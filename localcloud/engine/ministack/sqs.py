"""What the engine reads and patches of MiniStack's `services.sqs`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from threading import Event
from typing import Any

from localcloud.engine.ministack.facade import Facade, MendError, Name, Patch, T
from localcloud.engine.ministack.types import PolicyOf, Record, Response, ServiceError, Store

SyncAction = Callable[[Record, str], Record]
AsyncAction = Callable[[Record, str], Awaitable[Record]]


class Action(Patch[T]):
    """An action, which requests find in a table."""

    def assign(self) -> None:
        """Give it to the module and to the table."""
        table = sqs.actions
        keys = [key for key, value in table.items() if value is self.current]
        if not keys:
            raise MendError(f"{self.facade.module} dispatches nothing to {self.name} any more")
        super().assign()
        table.update(dict.fromkeys(keys, self.current))


class SQS(Facade, module="ministack.services.sqs"):
    """MiniStack's `services.sqs`."""

    change_visibility: Action[SyncAction] = Action("_act_change_visibility", "sqs.receipts", "sqs.arrivals")
    change_visibility_batch: Action[SyncAction] = Action(
        "_act_change_visibility_batch", "sqs.receipts", "sqs.arrivals"
    )
    create_queue: Action[SyncAction] = Action("_act_create_queue", "sqs.redrive_allow")
    delete_message: Action[SyncAction] = Action("_act_delete_message", "sqs.receipts", "watchtower.queues")
    delete_message_batch: Action[SyncAction] = Action(
        "_act_delete_message_batch", "sqs.receipts", "watchtower.queues"
    )
    receive_message: Action[AsyncAction] = Action(
        "_act_receive_message", "sqs.groups", "sqs.long_poll", "watchtower.queues"
    )
    send_message: Action[SyncAction] = Action(
        "_act_send_message", "sqs.arrivals", "watchtower.queues", "durable.queues"
    )
    set_queue_attributes: Action[SyncAction] = Action("_act_set_queue_attributes", "sqs.redrive_allow")
    build_send_sys_attrs: Patch[Callable[[float, Record], Record]] = Patch(
        "_build_send_sys_attrs", "sqs.traces"
    )
    collect_fifo: Patch[Callable[[Record, int, int, float], list[Record]]] = Patch(
        "_collect_fifo", "sqs.groups"
    )
    collect_messages: Patch[Callable[[Record, int, int], list[Record]]] = Patch(
        "_collect_msgs", "sqs.receipts", "sqs.groups", "sqs.arrivals", "durable.queues"
    )
    sweep_dead_letters: Patch[Callable[[Record], None]] = Patch(
        "_dlq_sweep", "sqs.groups", "sqs.arrivals", "quick.queues", "durable.queues"
    )
    expire_retained: Patch[Callable[[Record], None]] = Patch(
        "_expire_retained", "quick.queues", "durable.queues"
    )
    ensure_msg_fields: Patch[Callable[[Record], None]] = Patch("_ensure_msg_fields", "quick.queues")
    normalise: Patch[Callable[[str, Record], Record]] = Patch("_normalise", "sqs.moves")
    to_xml: Patch[Callable[[str, Record], Response]] = Patch("_to_xml", "sqs.moves")

    Error: Name[type[ServiceError]] = Name("_Err")
    actions: Name[dict[str, Any]] = Name("_HANDLERS")
    query_compat_codes: Name[dict[str, str]] = Name("_QUERY_COMPAT_CODES")
    get_queue: Name[Callable[..., Record]] = Name("_get_q")
    parameter: Name[Callable[..., str]] = Name("_p")
    queue_by_arn: Name[Callable[[str], Record | None]] = Name("_queue_by_arn")
    queue_name_to_url: Name[Store] = Name("_queue_name_to_url")
    queues: Name[Store] = Name("_queues")
    validate_batch_entries: Name[Callable[[list[Record], str], None]] = Name("_validate_batch_entries")
    xml_resp: Name[Callable[[int, str, str], Response]] = Name("_xml_resp")
    esm_wake: Name[Event] = Name("esm_wake")
    get_account_id: Name[Callable[[], str]] = Name("get_account_id")
    get_region: Name[Callable[[], str]] = Name("get_region")
    load_persisted_state: Name[Callable[[Record], None]] = Name("load_persisted_state")
    new_uuid: Name[Callable[[], str]] = Name("new_uuid")
    queue_delay: Name[Callable[[Record], int]] = Name("queue_delay")
    queue_policy_for_arn: Name[PolicyOf] = Name("queue_policy_for_arn")


sqs = SQS()
