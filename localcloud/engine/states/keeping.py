"""Step Functions' state over a stop of the local cloud (``--data``)."""

from __future__ import annotations

from localcloud.engine.mends.patching import replace
from localcloud.states.front import Service, load, saved


def keep(service: Service) -> None:
    """Let MiniStack save our service's state with that of its own services."""
    from ministack.services import stepfunctions  # noqa: PLC0415

    replace(stepfunctions, "get_state", lambda: saved(service))
    replace(stepfunctions, "load_persisted_state", lambda data: load(service, data))
    replace(stepfunctions, "reset", service.regions.clear)
