"""CloudWatch in the engine's process: MiniStack keeps alarms, dashboards and log groups, we do the rest.

Metrics are kept and read here, alarms evaluated on time, logs filtered by AWS's own patterns.
"""

from localcloud.engine.watchtower.front import Watchtower, take_the_place

__all__ = ["Watchtower", "take_the_place"]
