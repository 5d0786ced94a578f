"""X-Ray's segments of GraphQL requests, for APIs with ``XrayEnabled``: nothing of it runs for others."""

from localcloud.appsync.xray.segments import Recorder
from localcloud.appsync.xray.wrapping import XrayResolvers, XraySources, traced_requests

__all__ = ["Recorder", "XrayResolvers", "XraySources", "traced_requests"]
