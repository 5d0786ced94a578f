"""What the engine reads and patches of MiniStack's `services.cloudformation.changesets`."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from localcloud.engine.ministack.facade import Facade, Name, Patch
from localcloud.engine.ministack.types import Record


class Changesets(Facade, module="ministack.services.cloudformation.changesets"):
    """MiniStack's `services.cloudformation.changesets`."""

    deploy_stack_async: Patch[Callable[..., Awaitable[None]]] = Patch(
        "_deploy_stack_async", "cloudformation.nested"
    )
    resolve_parameters: Patch[Callable[..., Record]] = Patch(
        "_resolve_parameters", "cloudformation.allowed_values"
    )
    resolve_props_for_diff: Patch[Callable[[Record, Record, str, str], Record]] = Patch(
        "_resolve_props_for_diff", "cloudformation.conditions"
    )

    evaluate_conditions: Name[Callable[[Record, Record], Record]] = Name("_evaluate_conditions")


changesets = Changesets()
