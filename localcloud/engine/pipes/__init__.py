"""EventBridge Pipes' control plane: MiniStack's records with all that they were created with."""

from localcloud.engine.pipes.front import every_pipe, take_the_place

__all__ = ["every_pipe", "take_the_place"]
