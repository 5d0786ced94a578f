"""What a task fails with that takes too long."""

from __future__ import annotations

from localcloud.states.language.errors import StatesError

TIMEOUT = "States.Timeout"


class HeartbeatMissed(StatesError):
    """A task gave no sign of life in time; its name on AWS is States.Timeout."""

    def __init__(self) -> None:
        super().__init__(TIMEOUT)
