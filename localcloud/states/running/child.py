"""A child execution, as the map run that it belongs to sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from localcloud.states.language.scope import Json


class Child(Protocol):
    """See `localcloud.states.running.execution.Execution`."""

    @property
    def arn(self) -> str:
        """Its ARN."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def machine_arn(self) -> str:
        """The machine's ARN."""

    @property
    def text(self) -> str:
        """Its input, as it was given."""

    @property
    def data(self) -> Json:
        """Its input, read."""

    @property
    def status(self) -> str:
        """How it is, or how it ended."""

    @property
    def output(self) -> Json:
        """What it ended with."""

    @property
    def error(self) -> str | None:
        """What it failed with."""

    @property
    def cause(self) -> str | None:
        """Why it failed."""

    @property
    def started(self) -> float:
        """When it started."""

    @property
    def stopped(self) -> float | None:
        """When it ended."""

    @property
    def redrives(self) -> int:
        """How often it was run again."""

    @property
    def over(self) -> bool:
        """Whether nothing of it runs any more."""

    def stop(self) -> None:
        """End it from outside."""

    def when_ended(self, note: Callable[[], None]) -> None:
        """Call ``note`` when it has ended."""
