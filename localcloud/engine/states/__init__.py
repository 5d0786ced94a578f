"""Step Functions in the engine's process: our service in the place of MiniStack's.

What other services of MiniStack ask of Step Functions (CloudFormation, EventBridge's targets, pipes)
reaches the same service.
"""

from localcloud.engine.states.adapter import StatesAdapter
from localcloud.engine.states.installing import install

__all__ = ["StatesAdapter", "install"]
