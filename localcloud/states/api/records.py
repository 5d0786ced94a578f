"""What a region holds: machines with their versions and aliases, activities, tags."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import Literal

from localcloud.states.language.scope import Json
from localcloud.states.running.machine import Machine
from localcloud.states.running.revision import Revision

Kind = Literal["STANDARD", "EXPRESS"]


def compiled(definition: str) -> Machine:
    """Compile a definition that has been validated."""
    return Machine(json.loads(definition))


@dataclass
class Version:
    """A published version."""

    arn: str
    number: int
    revision: Revision
    description: str = ""
    created: float = field(default_factory=time.time)


@dataclass
class Alias:
    """A name for one version, or for two by weight."""

    arn: str
    name: str
    routes: list[dict[str, Json]]
    description: str = ""
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)


@dataclass
class StateMachine:
    """A state machine."""

    arn: str
    name: str
    kind: Kind
    revision: Revision
    created: float = field(default_factory=time.time)
    updated: float | None = None
    versions: dict[int, Version] = field(default_factory=dict)
    aliases: dict[str, Alias] = field(default_factory=dict)
    last_version: int = 0

    @property
    def recorded(self) -> bool:
        """Whether its executions keep a history: Standard ones do, Express ones that log."""
        return self.kind == "STANDARD" or self.revision.logging.get("level", "OFF") != "OFF"


@dataclass
class ActivityRecord:
    """An activity, as it was created."""

    arn: str
    name: str
    encryption: Json = None
    created: float = field(default_factory=time.time)
