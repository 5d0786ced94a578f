"""What the service's parts share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.functions.clock import Clock, SystemClock
from localcloud.functions.observing import Observations
from localcloud.functions.settings import Settings


@dataclass(frozen=True)
class Context:
    """Waits and limits, the time, what is counted, and where a warning goes.

    ``warn`` takes what belongs into the log, ``say`` what a person should know at once.
    """

    warn: Callable[[str], None]
    settings: Settings = field(default_factory=Settings)
    clock: Clock = field(default_factory=SystemClock)
    observations: Observations = field(default_factory=Observations)
    say: Callable[[str], None] = lambda text: None
