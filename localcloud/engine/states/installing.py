"""Puts our Step Functions in the place of MiniStack's."""

from __future__ import annotations

from localcloud.engine.asgi import Application
from localcloud.engine.gate import EngineGate
from localcloud.engine.ministack.stepfunctions import StepFunctions as MiniStackStepFunctions
from localcloud.engine.settings import Settings
from localcloud.engine.states.adapter import Machines, StatesAdapter
from localcloud.engine.states.formation import form
from localcloud.engine.states.keeping import keep
from localcloud.engine.states.world import EngineWorld
from localcloud.states.facade import StepFunctions


def install(application: Application, gate: EngineGate, settings: Settings) -> StatesAdapter:
    """Put our Step Functions in the place of MiniStack's; to be called after the mends.

    Raises
    ------
    localcloud.engine.patching.MendError
        MiniStack asks for Step Functions in another way than it did.
    """
    adapter = StatesAdapter(StepFunctions(EngineWorld(application, gate, settings)))
    MiniStackStepFunctions.handle_request.replace(adapter.handle_request)
    MiniStackStepFunctions.start_execution.replace(adapter.start_execution)
    MiniStackStepFunctions.resolve_state_machine_arn.replace(adapter.resolve)
    MiniStackStepFunctions.state_machines.replace(Machines(adapter))
    form(adapter)
    keep(adapter.service)
    if gate.iam is not None:
        gate.iam.attach(adapter.service)
    return adapter
