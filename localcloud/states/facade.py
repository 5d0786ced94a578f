"""The facade of Step Functions: what the rest of the local cloud may use of it."""

from localcloud.states.api.descriptions import description
from localcloud.states.api.errors import ApiError
from localcloud.states.api.histories import described
from localcloud.states.api.records import StateMachine
from localcloud.states.api.region import Region, World
from localcloud.states.language.errors import StatesError
from localcloud.states.running.durable import JournalStore
from localcloud.states.running.execution import Execution
from localcloud.states.running.history import Event
from localcloud.states.running.traced import segment
from localcloud.states.service import OPERATIONS, StepFunctions

__all__ = [
    "OPERATIONS",
    "ApiError",
    "Event",
    "Execution",
    "JournalStore",
    "Region",
    "StateMachine",
    "StatesError",
    "StepFunctions",
    "World",
    "described",
    "description",
    "segment",
]
