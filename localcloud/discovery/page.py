"""The site beside a running local cloud, from its stack to the cloud's end."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from localcloud.discovery import contents
from localcloud.lifecycle.cloud import LocalCloud
from localcloud.network.ports import required, site_port
from localcloud.stack.inspection import Stack
from localcloud.web.site import Site, SiteFiles


@contextlib.asynccontextmanager
async def site_of(
    files: SiteFiles | None, local: LocalCloud, stacks: Sequence[Stack], *, port: int
) -> AsyncIterator[Site | None]:
    """Serve the site until the block ends; None without files.

    Parameters
    ----------
    port
        Where the cloud's ports begin; 0 takes a free one.

    Raises
    ------
    localcloud.network.ports.PortTaken
    """
    if files is None:
        yield None
        return
    # APIs of API Gateway may come and go while it runs: the page gets what is there when it asks.
    site = Site(
        files,
        lambda: contents.public(
            local.address,
            local.apis,
            local.gateway_service.addresses(),
            local.stacks or stacks,
            event_apis=local.appsync.events.addresses(),
            iot=local.iot.address,
        ),
    )
    with required("the page"):
        await site.start(site_port(port))
    try:
        yield site
    finally:
        await site.stop()
