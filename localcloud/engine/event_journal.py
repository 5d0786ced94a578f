"""Listeners to EventBridge's deliveries: metrics, and what has to outlive the process."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from localcloud.deliveries.facade import Ended, Invocation, Outcome

logger = logging.getLogger("localcloud.deliveries")

BeginCallback = Callable[[Invocation], None]
Attempted = Callable[[Invocation, Outcome, int], None]
Finished = Callable[[Ended], None]


@dataclass
class EventJournal:
    """Calls each listener on the event loop's thread. Listeners must return at once.

    Attributes
    ----------
    on_start
        An event was matched by a rule and is on its way to a target (``Invocations``).
    on_attempted
        An attempt ended; its number is 0 for the first.
    on_ended
        A delivery came to its end: delivered, in a dead-letter queue (``InvocationsSentToDlq``), or lost
        (``FailedInvocations``).
    """

    on_start: list[BeginCallback] = field(default_factory=list)
    on_attempted: list[Attempted] = field(default_factory=list)
    on_ended: list[Finished] = field(default_factory=list)

    def begin(self, invocation: Invocation) -> None:
        """Take note of a delivery's beginning."""
        for listener in self.on_start:
            self._notify(lambda: listener(invocation))  # noqa: B023 - called at once

    def attempted(self, invocation: Invocation, outcome: Outcome, retry: int) -> None:
        """Take note of one attempt."""
        for listener in self.on_attempted:
            self._notify(lambda: listener(invocation, outcome, retry))  # noqa: B023 - called at once

    def ended(self, ended: Ended) -> None:
        """Take note of a delivery's end."""
        for listener in self.on_ended:
            self._notify(lambda: listener(ended))  # noqa: B023 - called at once

    @staticmethod
    def _notify(call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:
            # A listener must not stop a delivery.
            logger.exception("EventBridge: a listener to deliveries broke")
