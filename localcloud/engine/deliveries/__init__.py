"""SNS in the engine's process: MiniStack keeps topics and subscriptions, our deliveries do the rest.

What other services of MiniStack publish (alarms, rules, S3 events, destinations) goes the same way.
"""

from localcloud.engine.deliveries.adapter import SnsAdapter, install

__all__ = ["SnsAdapter", "install"]
