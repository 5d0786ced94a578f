"""A map run: what a distributed Map reports of its child executions."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from localcloud.clock import CLOCK
from localcloud.states.language.scope import Json
from localcloud.states.running.child import Child

MapRunStatus = Literal["RUNNING", "SUCCEEDED", "FAILED", "ABORTED"]


@dataclass
class Counts:
    """How many items, or child executions, are in which state."""

    pending: int = 0
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    timed_out: int = 0
    aborted: int = 0
    pending_redrive: int = 0
    results_written: int = 0

    def begin(self) -> None:
        """Recount what has been started; what has not stays pending."""
        self.running = self.succeeded = self.failed = self.timed_out = self.aborted = self.pending_redrive = 0

    def described(self, total: int) -> dict[str, Json]:
        """Return them as DescribeMapRun has them."""
        return {
            "pending": self.pending,
            "running": self.running,
            "succeeded": self.succeeded,
            "failed": self.failed,
            "timedOut": self.timed_out,
            "aborted": self.aborted,
            "total": total,
            "resultsWritten": self.results_written,
            "failuresNotRedrivable": 0,
            "pendingRedrive": self.pending_redrive,
        }


@dataclass
class MapRun:
    """One run of a distributed Map's iterations.

    Attributes
    ----------
    children
        Its child executions in the order of the items, and how many items each holds.
    changed
        Called when UpdateMapRun has changed the limits.
    """

    arn: str
    execution_arn: str
    machine_arn: str
    machine_name: str
    role: str
    express: bool
    max_concurrency: int
    tolerated_count: int | None
    tolerated_percentage: float | None
    items: int
    status: MapRunStatus = "RUNNING"
    started: float = field(default_factory=CLOCK.now)
    stopped: float | None = None
    item_counts: Counts = field(default_factory=Counts)
    execution_counts: Counts = field(default_factory=Counts)
    executions: int = 0
    children: list[tuple[Child, int]] = field(default_factory=list, repr=False)
    redrives: int = 0
    redriven: float | None = None
    changed: Callable[[], None] | None = None

    def redrive(self) -> None:
        """Go on: its execution is redriven."""
        self.status, self.stopped = "RUNNING", None
        self.redrives += 1
        self.redriven = CLOCK.now()

    def end(self, status: MapRunStatus) -> None:
        """Note how it ended; only what failed is run again."""
        self.status, self.stopped = status, CLOCK.now()
        if status == "SUCCEEDED":
            self.children = []

    @property
    def intolerable(self) -> bool:
        """Whether more has failed than the state tolerates; without a tolerance, anything."""
        counts = self.item_counts
        failed = counts.failed + counts.timed_out + counts.aborted
        if failed == 0:
            return False
        limits = []
        if self.tolerated_count is not None:
            limits.append(failed > self.tolerated_count)
        if self.tolerated_percentage is not None:
            limits.append(self.items > 0 and 100 * failed / self.items > self.tolerated_percentage)
        return any(limits) if limits else True
