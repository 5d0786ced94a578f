"""CloudWatch in the engine's process: MiniStack keeps alarms, dashboards and log groups, we do the rest.

Metrics are kept and read here, alarms evaluated on time, logs filtered by AWS's own patterns.
"""

from localcloud.engine.watchtower.adapter import Watchtower, install

__all__ = ["Watchtower", "install"]
