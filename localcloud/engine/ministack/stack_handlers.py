"""What the engine reads and patches of MiniStack's `services.cloudformation.handlers`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record, Response


class StackHandlers(Facade, module="ministack.services.cloudformation.handlers"):
    """MiniStack's `services.cloudformation.handlers`."""

    deploy_stack_async: Patch[Callable[..., Awaitable[None]]] = Patch(
        "_deploy_stack_async", "cloudformation.nested"
    )
    resolve_parameters: Patch[Callable[..., Record]] = Patch(
        "_resolve_parameters", "cloudformation.allowed_values"
    )
    stack_drift_information_xml: Patch[Callable[[Record], str]] = Patch(
        "_stack_drift_information_xml", "cloudformation.nested"
    )

    action_handlers: Name[dict[str, Callable[[Record], Response]]] = Name("_ACTION_HANDLERS")


stack_handlers = StackHandlers()
