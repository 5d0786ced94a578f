"""What survives the end of the process: written down at once, and read at the next start."""

from localcloud.states.keeping.control import write_control
from localcloud.states.keeping.restoring import Restored, restore

__all__ = ["Restored", "restore", "write_control"]
