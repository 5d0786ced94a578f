"""Where the engine will be, the daemon that its callers send segments to, and where names of AWS lead."""

from __future__ import annotations

from localcloud.appsync.service import AppSyncService
from localcloud.aws import EngineAddress, new_credentials
from localcloud.aws_proxy import AwsProxy, Places
from localcloud.gateway.service import GatewayService
from localcloud.gateway.urls.service import FunctionUrls
from localcloud.iot import IotService
from localcloud.network.ports import Ports, required
from localcloud.watchtower.traces.service import XRay


async def addressed(ports: Ports, xray: XRay, proxy: AwsProxy, region: str, account: str) -> EngineAddress:
    """Start the daemon and the proxy, and return the engine's address with new credentials of its account.

    Raises
    ------
    localcloud.network.ports.PortTaken
        A port of theirs is in use.
    """
    with required():
        await xray.start(ports.xray)
        await proxy.start(ports.aws)
    url, led = f"http://127.0.0.1:{ports.engine}", f"127.0.0.1:{proxy.port}"
    return EngineAddress(url, region, account, new_credentials(account), xray.address, led)


def places_of(
    ports: Ports, gateway: GatewayService, appsync: AppSyncService, urls: FunctionUrls, iot: IotService
) -> Places:
    """Return where each name of AWS leads."""
    return Places(
        engine=ports.engine,
        function_urls=urls.port,
        iot=_port(iot.address.websocket),
        gateway=gateway.port_of,
        appsync=appsync.port_of,
        local=gateway.has_port,
    )


def _port(url: str) -> int:
    return int(url.partition("://")[2].partition("/")[0].rpartition(":")[2])
