"""EventBridge Pipes' control plane: MiniStack's records with all that they were created with."""

from localcloud.engine.pipes.adapter import every_pipe, install

__all__ = ["every_pipe", "install"]
