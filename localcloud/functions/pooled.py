"""What an environment and its keeper have in common."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from localcloud.functions.failures import InitFailure

Kept_contra = TypeVar("Kept_contra", contravariant=True)


class Pooled(Protocol[Kept_contra]):
    """An environment's keeper: notified when it has become free and when it has ended."""

    def idle(self, environment: Kept_contra) -> None:
        """Take the environment for one that waits for an invocation."""

    def streaming(self, environment: Kept_contra) -> None:
        """Take note that its response has begun, and may take as long as its caller stays."""

    def streamed(self, environment: Kept_contra) -> None:
        """Take note that its response has ended: it comes back like any other."""

    def ended(self, environment: Kept_contra, failure: InitFailure | None) -> None:
        """Count the environment out; ``failure`` says why it never took an invocation."""


@dataclass
class EnvironmentTimes:
    """When things happened, by `perf_counter`: uvloop's own clock counts whole milliseconds."""

    spawned: float = 0.0
    started_at: float = 0.0
    init_ms: float | None = None  # until the first invocation has reported it
