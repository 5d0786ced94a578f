"""What a state machine, one of its versions or an execution runs."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass, field

from localcloud.states.language.scope import Json
from localcloud.states.running.host import Runner

NO_LOGS: Json = {"level": "OFF", "includeExecutionData": False}


@dataclass
class Revision:
    """What a machine, or one of its versions, runs.

    Attributes
    ----------
    machine
        The definition, compiled: once, however many executions run it.
    """

    definition: str
    role: str
    machine: Runner
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    created: float = field(default_factory=time.time)
    logging: Json = field(default_factory=lambda: dict(NO_LOGS))
    tracing: Json = field(default_factory=lambda: {"enabled": False})
    encryption: Json = None
