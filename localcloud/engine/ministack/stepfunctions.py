"""What the engine reads and patches of MiniStack's `services.stepfunctions`."""

from __future__ import annotations

from collections.abc import Callable

from localcloud.engine.ministack.facade import Facade, Patch
from localcloud.engine.ministack.types import Handler, Lookup, Record, Response


class StepFunctions(Facade, module="ministack.services.stepfunctions"):
    """MiniStack's `services.stepfunctions`."""

    resolve_state_machine_arn: Patch[Callable[[str], str | None]] = Patch(
        "_resolve_state_machine_arn", "states.installing"
    )
    start_execution: Patch[Callable[[Record], Response]] = Patch("_start_execution", "states.installing")
    state_machines: Patch[Lookup] = Patch("_state_machines", "states.installing")
    handle_request: Patch[Handler] = Patch("handle_request", "states.installing", "durable.requests")
    reset: Patch[Callable[[], None]] = Patch("reset", "states.keeping")


stepfunctions = StepFunctions()
