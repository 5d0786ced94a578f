"""From bus to bus: an event that a rule sends to another bus."""

from __future__ import annotations

from typing import Any

from localcloud.deliveries.facade import Invocation
from localcloud.engine.patching import original


class Forwarding:
    """Puts events on other buses.

    Parameters
    ----------
    events
        MiniStack's module.
    """

    def __init__(self, events: Any) -> None:
        from ministack.core import responses  # noqa: PLC0415

        self._events = events
        self._scope = original(responses, "request_scope")

    def forward(self, invocation: Invocation, bus: str) -> bool:
        """Put an event on another bus: rules and archives of that bus see it as it is."""
        _, _, _, region, account, resource = bus.split(":", 5)
        name = resource.partition("/")[2]
        document = invocation.event
        with self._scope(account or invocation.rule.account, region or invocation.rule.region):
            if name not in original(self._events, "_event_buses"):
                return False
            forwarded = {
                **original(self._events, "_event_from_test_payload")(document),
                "EventBusName": name,
                "Time": int(invocation.moment),
                "_Buses": [*invocation.buses, invocation.rule.bus],
                "_Trace": invocation.trace,
            }
            self._events._dispatch_event(forwarded)
            self._events._archive_event({key: forwarded[key] for key in forwarded if key[0] != "_"})
        return True
