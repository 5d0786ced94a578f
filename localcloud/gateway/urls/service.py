"""The port of all function URLs, and which there are."""

from __future__ import annotations

import asyncio
import json
import logging
import urllib.request

from localcloud.auth.permissions import Permissions
from localcloud.auth.principals import CredentialRegistry, Principals
from localcloud.aws import EngineAddress
from localcloud.gateway.api_port import EndpointPort
from localcloud.gateway.authorizers.signatures import Signatures
from localcloud.gateway.definitions.urls import FunctionUrl, read_url
from localcloud.gateway.invoking import FunctionInvoker, Invoke
from localcloud.gateway.streaming import OpenStream
from localcloud.gateway.urls.endpoint import FunctionUrlEndpoint
from localcloud.network.blocked_ports import next_open

log = logging.getLogger(__name__)
SECONDS = 30.0


class FunctionUrls:
    """Serves every function URL of the engine, each below its id: ``http://127.0.0.1:PORT/ID/``.

    AWS gives each URL a host of its own. One port and a path need no name to resolve, and are known
    before the engine starts, which writes them into ``Fn::GetAtt FunctionUrl``.

    Parameters
    ----------
    invoke, streams
        ``LambdaService.invoke`` and ``LambdaService.stream``.
    registry
        Who else may sign, beside the administrator.
    """

    def __init__(
        self,
        engine: EngineAddress,
        invoke: Invoke,
        streams: OpenStream,
        *,
        registry: CredentialRegistry | None = None,
        permissions: Permissions | None = None,
    ) -> None:
        self.url = ""
        self._list = f"{engine.endpoint}/_localcloud/function-urls"
        self._urls: dict[str, FunctionUrl] = {}
        self._stale = True
        self._loading = asyncio.Lock()
        self._functions = FunctionInvoker(invoke)
        signatures = Signatures(
            Principals(engine, registry), engine.region, service="lambda", permissions=permissions
        )
        endpoint = FunctionUrlEndpoint(
            self.find, signatures=signatures, functions=self._functions, streams=streams
        )
        self._port = EndpointPort(endpoint)

    async def start(self, port: int = 0) -> None:
        """Listen; 0 takes a free port. The engine need not be there yet.

        Raises
        ------
        OSError
            The port is in use.
        """
        await self._port.open(next_open(port))
        self.url = f"http://127.0.0.1:{self._port.port}"

    @property
    def port(self) -> int:
        """The port, once it is open."""
        return self._port.port

    def notify(self) -> None:
        """Take note that functions have changed: the URLs are read again when they are needed."""
        self._stale = True

    async def load_all(self) -> list[FunctionUrl]:
        """Return every function URL as it is now; what cannot be read leaves them as they were."""
        async with self._loading:
            if self._stale:
                self._stale = False
                try:
                    self._urls = {url.id: url for url in await asyncio.to_thread(self._read)}
                except (OSError, ValueError):
                    self._stale = True
                    log.exception("The function URLs could not be read")
        return list(self._urls.values())

    def addresses(self) -> list[FunctionUrl]:
        """Return the function URLs that were read last."""
        return list(self._urls.values())

    async def find(self, url_id: str) -> FunctionUrl | None:
        """Return the function URL of an id; None when there is none."""
        if self._stale:
            await self.load_all()
        return self._urls.get(url_id)

    async def stop(self) -> None:
        """Close the port, and let go of what still runs."""
        await self._port.close()
        await self._functions.stop()

    def _read(self) -> list[FunctionUrl]:
        with urllib.request.urlopen(self._list, timeout=SECONDS) as answer:  # noqa: S310 - http, by us
            document = json.load(answer)
        return [read_url(entry) for entry in document["urls"]]
