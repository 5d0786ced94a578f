"""Step Functions in the engine's process: our service in the place of MiniStack's.

What other services of MiniStack ask of Step Functions (CloudFormation, EventBridge's targets, pipes)
reaches the same service.
"""

from localcloud.engine.states.front import StatesFront
from localcloud.engine.states.installing import take_the_place

__all__ = ["StatesFront", "take_the_place"]
