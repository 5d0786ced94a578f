"""X-Ray as the engine has it: its API is sent on to the daemon, and CloudFormation's resources with it."""

from localcloud.engine.traces.formation import form
from localcloud.engine.traces.forwarding import xray_requests
from localcloud.engine.traces.propagation import traced_requests

__all__ = ["form", "traced_requests", "xray_requests"]
