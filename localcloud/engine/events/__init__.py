"""EventBridge in the engine's process: MiniStack keeps buses, rules and archives, deliveries are ours.

Whatever MiniStack hands to a rule's target (put events, other services' events, schedules, replays) comes
this way.
"""

from localcloud.engine.events.adapter import EventsAdapter, install

__all__ = ["EventsAdapter", "install"]
