"""The site's server: files, the configuration, and the headers that go with every answer."""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import quote

from aiohttp import web

from localcloud.web import policy
from localcloud.web.config import Json, addresses, fill
from localcloud.web.folder import Folder, Served

HOST: Final = "127.0.0.1"
CONFIG: Final = "/config.json"
_ADDRESSES: Final = ("apis", "event_apis", "rest_apis", "websocket_apis")
log = logging.getLogger(__name__)
# aiohttp logs a traceback for each request that is no HTTP.
_malformed = logging.getLogger(f"{__name__}.malformed")
_malformed.setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class SiteFiles:
    """What a site serves.

    Attributes
    ----------
    folder
        The page.
    also
        More folders, by the path that they are served under (``/report``).
    config
        The file behind ``/config.json``, as read; None serves all that the cloud publishes.
    """

    folder: Path
    also: Mapping[str, Path] = field(default_factory=dict, hash=False)
    config: Json = None


class Site:
    """Serves a folder on a loopback port of its own.

    Parameters
    ----------
    values
        Returns what the cloud publishes to a page at this moment: without any credential.

    Examples
    --------
    ::

        site = Site(SiteFiles(Path("web/dist")), lambda: {"engine": …, "outputs": …})
        await site.start(4596)
        ...
        await site.stop()
    """

    def __init__(self, files: SiteFiles, values: Callable[[], Mapping[str, Json]]) -> None:
        self._folder = Folder(files.folder)
        self._also = {prefix: Folder(path) for prefix, path in files.also.items()}
        self._config = files.config
        self._values = values
        self._runner: web.ServerRunner | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Where a browser finds the site."""
        return f"http://{HOST}:{self.port}/"

    async def start(self, port: int = 0) -> None:
        """Listen; 0 takes a free port.

        Raises
        ------
        OSError
            The port is in use.
        """
        server = web.Server(self._handle, access_log=None, logger=_malformed)
        runner = web.ServerRunner(server, shutdown_timeout=1.0)
        await runner.setup()
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError:
            await runner.cleanup()
            raise
        self._runner, self.port = runner, runner.addresses[0][1]

    async def stop(self) -> None:
        """Close the port and every connection."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            answer = await self._answer(request)
        except (ConnectionError, asyncio.CancelledError):
            raise
        except Exception:
            log.exception("A request failed inside the site's server")
            answer = _text(500, "Something went wrong; see the log.")
        allowed = [*_addresses(self._values()), *addresses(self._config)]
        answer.headers.update(policy.headers(allowed))
        answer.headers.setdefault("Cache-Control", "no-cache")
        return answer

    async def _answer(self, request: web.BaseRequest) -> web.Response:
        # Another site's name may lead to this address; its pages shall read nothing here.
        if request.host not in {f"{HOST}:{self.port}", f"localhost:{self.port}"}:
            return _text(421, f"This is {self.url}")
        if request.method not in {"GET", "HEAD"}:
            return _text(405, "Only GET and HEAD are served.", Allow="GET, HEAD")
        path = request.rel_url.raw_path
        if path == CONFIG:
            return await asyncio.to_thread(self._configuration)
        served = await asyncio.to_thread(self._find, path)
        if served is None:
            return _text(404, f"There is nothing here; the page is {self.url}")
        return await asyncio.to_thread(_file, served, request.headers.get("If-None-Match", ""))

    def _find(self, path: str) -> Served | None:
        for prefix, folder in self._also.items():
            if path.startswith(f"{prefix}/"):
                return folder.find(path.removeprefix(prefix))
        return self._folder.find(path)

    def _configuration(self) -> web.Response:
        values = {**self._values(), "files": self._documents()}
        document: Json = values if self._config is None else fill(self._config, values)
        body = json.dumps(document, ensure_ascii=False).encode()
        return web.Response(body=body, headers={"Content-Type": "application/json"})

    def _documents(self) -> dict[str, Json]:
        """Return where the JSON files of the other folders are, by the folder's path and the file's stem.

        What is not there yet can be asked for only by a request that fails, and browsers complain of those.
        """
        return {
            prefix.strip("/"): {stem: f"{prefix}/{quote(name)}" for stem, name in folder.documents().items()}
            for prefix, folder in self._also.items()
        }


def _addresses(values: Mapping[str, Json]) -> list[str]:
    """Return every address that the cloud publishes: all that a page may call."""
    addresses = [values.get("engine")]
    for kind in _ADDRESSES:
        apis = values.get(kind)
        for api in apis if isinstance(apis, list) else []:
            if isinstance(api, dict):
                addresses += [api.get(name) for name in ("graphql", "http", "realtime", "url")]
    iot = values.get("iot")
    if isinstance(iot, dict):
        addresses.append(iot.get("websocket"))
    return [address for address in addresses if isinstance(address, str)]


def _file(served: Served, etags: str) -> web.Response:
    try:
        with served.path.open("rb") as file:
            body = file.read()
    except OSError:
        return _text(404, "There is nothing here.")
    if served.immutable:
        cached = {"Cache-Control": "public, max-age=31536000, immutable"}
        return web.Response(body=body, headers={"Content-Type": served.kind, **cached})
    tag = _tag(body)
    cached = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in (part.strip().removeprefix("W/") for part in etags.split(",")):
        return web.Response(status=304, headers=cached)
    return web.Response(body=body, headers={"Content-Type": served.kind, **cached})


def _tag(body: bytes) -> str:
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def _text(status: int, text: str, **more: str) -> web.Response:
    headers = {"Content-Type": "text/plain; charset=utf-8", **more}
    return web.Response(status=status, body=f"{text}\n".encode(), headers=headers)
