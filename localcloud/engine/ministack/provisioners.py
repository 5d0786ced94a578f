"""What the engine reads and patches of MiniStack's `services.cloudformation.provisioners`."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record

Deferred = tuple[Callable[..., None], tuple[Any, ...], dict[str, Any]]


class Provisioners(Facade, module="ministack.services.cloudformation.provisioners"):
    """MiniStack's `services.cloudformation.provisioners`."""

    cognito_user_pool_attributes: Patch[Callable[[str], Record]] = Patch(
        "_cognito_user_pool_attributes", "cognito.provider_url"
    )
    cw_metric_alarm_record: Patch[Callable[[str, Record], Record]] = Patch(
        "_cw_metric_alarm_record", "watchtower.formation"
    )
    zip_inline: Patch[Callable[..., bytes | None]] = Patch("_zip_inline", "lambda.inline_code")

    deferred_predecessor_deletes: Name[ContextVar[list[Deferred] | None]] = Name(
        "_DEFERRED_PREDECESSOR_DELETES"
    )
    resource_handlers: Name[dict[str, dict[str, Any]]] = Name("_RESOURCE_HANDLERS")
    retain_replaced: Name[ContextVar[bool]] = Name("_RETAIN_REPLACED")
    apigw_method_settings: Name[Callable[[object], object]] = Name("_apigw_method_settings")
    iot_tags: Name[Callable[[Record], list[Record]]] = Name("_iot_tags")
    pascal_to_camel: Name[Callable[[Any], Any]] = Name("_pascal_to_camel")
    physical_name: Name[Callable[..., str]] = Name("_physical_name")
    sfn_definition: Name[Callable[[Record], object]] = Name("_sfn_definition")


provisioners = Provisioners()
