"""Step Functions' state as MiniStack's reset sees it; ``durable/executions.py`` keeps it over a stop."""

from __future__ import annotations

from localcloud.engine.patching import replace
from localcloud.states.facade import StepFunctions


def keep(service: StepFunctions) -> None:
    """Let MiniStack's reset forget our service's state with that of its own services."""
    from ministack.services import stepfunctions  # noqa: PLC0415

    replace(stepfunctions, "reset", service.regions.clear)
