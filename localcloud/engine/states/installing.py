"""Puts our Step Functions in the place of MiniStack's."""

from __future__ import annotations

from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.patching import replace
from localcloud.engine.settings import Settings
from localcloud.engine.states.formation import form
from localcloud.engine.states.front import Machines, StatesFront
from localcloud.engine.states.keeping import keep
from localcloud.engine.states.world import EngineWorld
from localcloud.states.front import StepFunctions


def take_the_place(application: Application, gate: EngineGate, settings: Settings) -> StatesFront:
    """Put our Step Functions in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for Step Functions in another way than it did.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415

    front = StatesFront(StepFunctions(EngineWorld(application, gate, settings)))
    replace(stepfunctions, "handle_request", front.handle_request)
    replace(stepfunctions, "_start_execution", front.start_execution)
    replace(stepfunctions, "_resolve_state_machine_arn", front.resolve)
    replace(stepfunctions, "_state_machines", Machines(front))
    form(front)
    keep(front.service)
    if gate.iam is not None:
        gate.iam.attach(front.service)
    return front
