"""Step Functions' state as MiniStack's reset sees it; ``durable/executions.py`` keeps it over a stop."""

from __future__ import annotations

from localcloud.engine.ministack.stepfunctions import StepFunctions as MiniStackStepFunctions
from localcloud.states.facade import StepFunctions


def keep(service: StepFunctions) -> None:
    """Let MiniStack's reset forget our service's state with that of its own services."""
    MiniStackStepFunctions.reset.replace(service.regions.clear)
