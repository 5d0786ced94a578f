"""Node.js functions: where Node.js is, how an environment's process starts, what the runtime provides.

The runtime client itself is JavaScript, in ``runtime``; it imports nothing but Node.js.
"""

from __future__ import annotations

from localcloud.functions.node.preparing import Preparation
from localcloud.functions.node.program import NoNode
from localcloud.functions.node.starting import command, variables

__all__ = ["NoNode", "Preparation", "command", "variables"]
