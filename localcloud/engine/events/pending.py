"""EventBridge's deliveries that have not come to their end, in the engine's journal."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any, Final

from localcloud.deliveries.facade import Ended, EventsError, Invocation, Rule, parse_target
from localcloud.engine.patching import Record
from localcloud.journal import Journal

SPACE: Final = "events/pending"


class PendingEvents:
    """Writes each delivery down before PutEvents answers, and strikes it out at its end.

    A delivery that the end of the process cut off starts over, with the age that its event has.
    """

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._unfinished = journal.take(SPACE)

    def begin(self, invocation: Invocation, target: Record) -> None:
        """Keep a delivery of an event that EventBridge has just taken.

        Parameters
        ----------
        target
            The target as PutTargets took it.
        """
        record: dict[str, Any] = {
            "event": invocation.event,
            "rule": [invocation.rule.arn, invocation.rule.name],
            "target": target,
            "accepted": time.time(),
            "ingested": invocation.ingested,
            "trace": invocation.trace,
            "buses": invocation.buses,
        }
        self._journal.put(SPACE, _key(invocation), record)

    def ended(self, ended: Ended) -> None:
        """Forget a delivery."""
        self._journal.delete(SPACE, _key(ended.invocation))

    def unfinished(self, now: float) -> Iterator[Invocation]:
        """Yield what the process before had not brought to its end.

        Parameters
        ----------
        now
            This moment, in seconds of the dispatcher's clock.
        """
        unfinished, self._unfinished = self._unfinished, {}
        for key, record in unfinished.items():
            try:
                target = parse_target({"Id": "target", **record["target"]})
            except EventsError:
                self._journal.delete(SPACE, key)
                continue
            arn, name = record["rule"]
            yield Invocation(
                event=record["event"],
                rule=Rule(arn, name),
                target=target,
                accepted=now - (time.time() - record["accepted"]),
                ingested=record["ingested"],
                trace=record["trace"],
                buses=tuple(record["buses"]),
            )


def _key(invocation: Invocation) -> str:
    # A replayed event has the id that it had.
    return f"{invocation.lane} {invocation.id} {invocation.event.get('replay-name', '')}".rstrip()
