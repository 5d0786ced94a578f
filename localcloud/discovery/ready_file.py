"""The ready file while the local cloud runs: written again whenever an API comes, goes or changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from pathlib import Path
from typing import Final

from localcloud.discovery import contents
from localcloud.lifecycle.cloud import LocalCloud

_AFTER: Final = 0.2  # seconds: a deployment changes much at once, and its end is what is wanted
log = logging.getLogger(__name__)


class ReadyFile:
    """The addresses of everything, for other programs.

    Parameters
    ----------
    path
        None where it was not requested.
    web
        The address of the site, when there is one.
    """

    def __init__(self, path: Path | None, local: LocalCloud, web: str | None) -> None:
        self._path, self._local, self._web = path, local, web
        self._written: dict[str, object] | None = None

    def write(self) -> None:
        """Write it, where it is not what it says already."""
        local = self._local
        if self._path is None or not local.stacks:
            return
        document = contents.describe(
            local.address,
            local.apis,
            local.gateway,
            local.stacks,
            functions=local.functions.url,
            web=self._web,
            event_apis=local.appsync.events.addresses(),
            iot=local.iot.address,
            function_urls=local.urls.addresses(),
        )
        if document != self._written:
            contents.write(self._path, document)
            self._written = document

    async def follow(self) -> None:
        """Write it again at each change, from any source; cancel to end."""
        while self._path is not None:
            await self._local.changed.wait()
            await asyncio.sleep(_AFTER)
            self._local.changed.clear()  # first: what changes from here on is looked at again
            try:
                await self._local.look_again()
                self.write()
            except Exception:
                log.exception("The addresses cannot be looked up; the ready file is unchanged")

    def remove(self) -> None:
        """Remove it: nothing is there any more."""
        if self._path is not None:
            with contextlib.suppress(FileNotFoundError):
                self._path.unlink()
