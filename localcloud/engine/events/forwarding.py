"""From bus to bus: an event that a rule sends to another bus."""

from __future__ import annotations

from localcloud.deliveries.facade import Invocation
from localcloud.engine.ministack.eventbridge import EventBridge
from localcloud.engine.ministack.responses import responses


class Forwarding:
    """Puts events on other buses.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: EventBridge) -> None:
        self._events = events
        self._scope = responses.request_scope

    def forward(self, invocation: Invocation, bus: str) -> bool:
        """Put an event on another bus: rules and archives of that bus see it as it is."""
        _, _, _, region, account, resource = bus.split(":", 5)
        name = resource.partition("/")[2]
        document = invocation.event
        with self._scope(account or invocation.rule.account, region or invocation.rule.region):
            if name not in self._events.event_buses:
                return False
            forwarded = {
                **self._events.event_from_test_payload(document),
                "EventBusName": name,
                "Time": int(invocation.moment),
                "_Buses": [*invocation.buses, invocation.rule.bus],
                "_Trace": invocation.trace,
            }
            self._events.dispatch_event(forwarded)
            self._events.archive_event({key: forwarded[key] for key in forwarded if key[0] != "_"})
        return True
