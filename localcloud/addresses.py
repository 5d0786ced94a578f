"""Where the engine will be, and the daemon that its callers send their segments to."""

from __future__ import annotations

from localcloud.aws import EngineAddress, new_credentials
from localcloud.ports import Ports, needed
from localcloud.watchtower.traces.service import XRay


async def addressed(ports: Ports, xray: XRay, region: str, account: str) -> EngineAddress:
    """Start the daemon, and return the engine's address with new credentials of its account.

    Raises
    ------
    localcloud.ports.PortTaken
        The daemon's port is in use.
    """
    with needed():
        await xray.start(ports.xray)
    url = f"http://127.0.0.1:{ports.engine}"
    return EngineAddress(url, region, account, new_credentials(account), xray.address)
