"""API Gateway's second version: HTTP and WebSocket APIs, as they are kept and described.

MiniStack keeps about half of what an API consists of: no credentials, subtypes, templates' selection or
TLS of an integration, no models, and of a template neither ``Body``, nor quick create, nor responses.
These are its stores with the whole of it, and the gateway reads them by one page.
"""

from localcloud.engine.gateway_v2.adapter import install
from localcloud.engine.gateway_v2.page import described

__all__ = ["described", "install"]
