"""MiniStack's events and targets, as deliveries see them: from whatever thread, to the event loop."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Callable
from typing import Any, Final

from localcloud.deliveries.facade import (
    EventDispatcher,
    EventsError,
    EventTarget,
    Invocation,
    Rule,
    parse_target,
)
from localcloud.engine.events.pending import PendingEvents
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.patching import Record
from localcloud.watchtower.traces.facade import current_text

logger = logging.getLogger("localcloud.deliveries")
_MOST_TARGETS_READ: Final = 1024


class Invoking:
    """Takes what MiniStack would hand to a target.

    Parameters
    ----------
    events
        MiniStack's module.

    Attributes
    ----------
    pending
        Keeps what has not come to its end, if anything does.
    """

    def __init__(self, events: EventBridge, dispatcher: EventDispatcher) -> None:
        self._events, self._dispatcher = events, dispatcher
        self._replays = events.replays
        self._view = events.pattern_event_view
        self._loop: asyncio.AbstractEventLoop | None = None
        self.pending: PendingEvents | None = None
        self._targets: dict[int, tuple[Record, EventTarget]] = {}

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Deliver on this event loop."""
        self._loop = loop

    def invoke(self, target: Record, event: Record, rule: Record, view: Any = None) -> None:
        """Begin to deliver an event to a target; the rule may be a schedule of EventBridge Scheduler."""
        arn = str(rule.get("Arn") or "")
        if not self._replayed_to(arn, event):
            return
        parsed = self._parsed(target, arn)
        if parsed is None:
            return
        view = view or self._view(event)
        invocation = Invocation(
            event=view.event_with_detail(),
            rule=Rule(arn, str(rule.get("Name") or "")),
            target=parsed,
            accepted=self._dispatcher.now(),
            ingested=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            trace=event.get("_Trace") or current_text(),
            buses=tuple(event.get("_Buses") or ()),
        )
        if self.pending is not None:
            self.pending.begin(invocation, target)
        self._on_loop(lambda: self._dispatcher.dispatch(invocation))

    def resume(self) -> None:
        """Go on with what the process before had not brought to its end."""
        for invocation in self.pending.unfinished(self._dispatcher.now()) if self.pending is not None else ():
            self._dispatcher.dispatch(invocation)

    def _replayed_to(self, rule: str, event: Record) -> bool:
        """Return whether a rule gets an event: a replay may be for some rules only, or be cancelled."""
        name = event.get("ReplayName")
        if name is None:
            return True
        replay = self._replays.get(name) or {}
        rules = (replay.get("Destination") or {}).get("FilterArns") or ()
        return replay.get("State") != "CANCELLED" and (not rules or rule in rules)

    def _parsed(self, document: Record, rule: str) -> EventTarget | None:
        cached = self._targets.get(id(document))
        if cached is not None and cached[0] is document:
            return cached[1]
        try:
            # A schedule's target has no id.
            target = parse_target({"Id": "target", **document})
        except EventsError as error:
            logger.warning("EventBridge: a target of %s cannot be used: %s", rule, error.message)
            return None
        if len(self._targets) >= _MOST_TARGETS_READ:
            self._targets.clear()
        self._targets[id(document)] = document, target
        return target

    def _on_loop(self, work: Callable[[], None]) -> None:
        if self._loop is None:
            raise RuntimeError("deliveries have no event loop yet")
        # A delivery must not carry the request along that it came from.
        context = contextvars.Context()
        try:
            here = asyncio.get_running_loop() is self._loop
        except RuntimeError:
            here = False
        if here:
            context.run(work)
        else:
            self._loop.call_soon_threadsafe(context.run, work)
