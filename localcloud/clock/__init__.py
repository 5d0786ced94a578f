"""The clock of orchestrations, which a test may put ahead or let run faster.

Step Functions and durable executions read it and set their timers by it; nothing else does. Each process
of the local cloud has one, and the `TimeMachine` moves them together.
"""

from localcloud.clock.clock import CLOCK, MovableClock, Timer
from localcloud.clock.durations import DurationError, duration, in_words
from localcloud.clock.keeping import read_ahead, write_ahead
from localcloud.clock.machine import NothingWaits, Process, Status, TimeMachine
from localcloud.clock.pace import Pace
from localcloud.clock.requests import ClockError, Faster, Jump, described, read_change

__all__ = [
    "CLOCK",
    "ClockError",
    "DurationError",
    "Faster",
    "Jump",
    "MovableClock",
    "NothingWaits",
    "Pace",
    "Process",
    "Status",
    "TimeMachine",
    "Timer",
    "described",
    "duration",
    "in_words",
    "read_ahead",
    "read_change",
    "write_ahead",
]
