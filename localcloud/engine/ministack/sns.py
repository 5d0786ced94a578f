"""What the engine reads and patches of MiniStack's `services.sns`."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Handler, PolicyOf, Record, Response, Store

Request = Callable[[Mapping[str, list[str] | str]], Response]


class SNS(Facade, module="ministack.services.sns"):
    """MiniStack's `services.sns`."""

    confirm_subscription: Patch[Request] = Patch("_confirm_subscription", "deliveries.api")
    create_topic: Patch[Callable[[Record], Response]] = Patch("_create_topic", "deliveries.adapter")
    fanout: Patch[Callable[..., None]] = Patch("_fanout", "deliveries.neighbours")
    get_subscription_attributes: Patch[Request] = Patch("_get_subscription_attributes", "deliveries.api")
    get_topic: Patch[Callable[..., tuple[Record | None, Response | None]]] = Patch(
        "_get_topic", "deliveries.adapter"
    )
    list_subscriptions: Patch[Request] = Patch("_list_subscriptions", "deliveries.api")
    list_subscriptions_by_topic: Patch[Request] = Patch("_list_subscriptions_by_topic", "deliveries.api")
    publish_batch: Patch[Request] = Patch("_publish_batch", "deliveries.api")
    set_subscription_attributes: Patch[Request] = Patch("_set_subscription_attributes", "deliveries.api")
    set_topic_attributes: Patch[Request] = Patch("_set_topic_attributes", "deliveries.api")
    subscribe: Patch[Request] = Patch("_subscribe", "deliveries.api")
    unsubscribe: Patch[Request] = Patch("_unsubscribe", "deliveries.api")
    get_state: Patch[Callable[[], Record]] = Patch("get_state", "deliveries.adapter")
    handle_request: Patch[Handler] = Patch("handle_request", "deliveries.adapter", "durable.requests")
    load_persisted_state: Patch[Callable[[Record | None], None]] = Patch(
        "load_persisted_state", "deliveries.adapter"
    )
    publish_internal: Patch[Callable[..., Record | None]] = Patch("publish_internal", "deliveries.neighbours")

    SnsPublishError: Name[type[Exception]] = Name("SnsPublishError")
    error: Name[Callable[[str, str, int], Response]] = Name("_error")
    normalize_arn: Name[Callable[[str], str]] = Name("_normalize_arn")
    refresh_subscription_counts: Name[Callable[[Record], None]] = Name("_refresh_subscription_counts")
    restore_state: Name[Callable[[Record | None], None]] = Name("_restore_state")
    sub_arn_to_topic: Name[Store] = Name("_sub_arn_to_topic")
    topic_by_arn_any_scope: Name[Callable[[str], Record | None]] = Name("_topic_by_arn_any_scope")
    topics: Name[Store] = Name("_topics")
    xml: Name[Callable[[int, str, str], Response]] = Name("_xml")
    get_region: Name[Callable[[], str]] = Name("get_region")
    topic_policy_for_arn: Name[PolicyOf] = Name("topic_policy_for_arn")


sns = SNS()
