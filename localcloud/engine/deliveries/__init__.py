"""SNS in the engine's process: MiniStack keeps topics and subscriptions, our deliveries do the rest.

What other services of MiniStack publish (alarms, rules, S3 events, destinations) goes the same way.
"""

from localcloud.engine.deliveries.front import SnsFront, take_the_place

__all__ = ["SnsFront", "take_the_place"]
