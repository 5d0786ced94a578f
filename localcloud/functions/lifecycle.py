"""The state of one execution environment, apart from processes and sockets.

::

    STARTING ──asks for next──> IDLE ──is given one──> BUSY ──answers──> RETURNING ──asks for next──> IDLE
        └──────────────────────────┴────── ended ────────┴───────────────────┴────> ENDED

RETURNING is the moment between the answer and the next question: the caller has its result, but
the process is not back at its endpoint, so nothing may be sent to it yet.
"""

from __future__ import annotations

import enum

from localcloud.functions.errors import IllegalTransition


class EnvironmentState(enum.Enum):
    """Where an environment is in its life."""

    STARTING = "starting"
    IDLE = "idle"
    BUSY = "busy"
    RETURNING = "returning"
    ENDED = "ended"


class Lifecycle:
    """A two-sided state machine: the runtime asks and answers, the pool gives.

    Every method names what happened, and raises `IllegalTransition` when it may not happen now.

    Examples
    --------
    >>> life = Lifecycle()
    >>> life.asked_for_next()
    >>> life.receive("r-1")
    >>> life.respond("r-1")
    >>> life.state
    <EnvironmentState.RETURNING: 'returning'>
    """

    def __init__(self) -> None:
        self.state = EnvironmentState.STARTING
        self.request_id: str | None = None
        self.invocations = 0

    def asked_for_next(self) -> None:
        """Note that the runtime called ``/invocation/next``."""
        if self.state not in (EnvironmentState.STARTING, EnvironmentState.RETURNING):
            raise IllegalTransition(
                f"the runtime asked for the next invocation while it was {self.state.value}"
            )
        self.state = EnvironmentState.IDLE

    def receive(self, request_id: str) -> None:
        """Note that the pool handed over an invocation."""
        if self.state is not EnvironmentState.IDLE:
            raise IllegalTransition(f"an invocation was given to an environment that is {self.state.value}")
        self.state = EnvironmentState.BUSY
        self.request_id = request_id
        self.invocations += 1

    def answering(self, request_id: str) -> None:
        """Note that the runtime begins to stream the response of ``request_id``: it stays busy meanwhile."""
        self._expect(request_id)

    def respond(self, request_id: str) -> None:
        """Note that the runtime posted the response, or the error, of ``request_id``."""
        self._expect(request_id)
        self.state = EnvironmentState.RETURNING
        self.request_id = None

    def _expect(self, request_id: str) -> None:
        if self.state is not EnvironmentState.BUSY:
            raise IllegalTransition(f"the runtime answered {request_id} while it was {self.state.value}")
        if request_id != self.request_id:
            raise IllegalTransition(f"the runtime answered {request_id} while it had {self.request_id}")

    def ended(self) -> bool:
        """Note that the process is gone, or as good as gone. Return whether that is news."""
        if self.state is EnvironmentState.ENDED:
            return False
        self.state = EnvironmentState.ENDED
        return True
