"""Keeps a running stack at what its template and the template's files say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.errors import RequestError
from localcloud.cloud import LocalCloud, Redeployed
from localcloud.deploying import Target
from localcloud.ports import PortTaken
from localcloud.stack.deploy import DeployError
from localcloud.stack.files import local_files
from localcloud.stack.template import Json, TemplateError, read_template
from localcloud.watch import changes

Check = Callable[[dict[str, Json], Path], Sequence[str]]
"""Returns what keeps a template from being taken over, one sentence each."""


class Told(Protocol):
    """Shows what a change came to: the console."""

    def reloaded(self, changed: Sequence[Path], done: Redeployed, seconds: float) -> None:
        """Show that it is live."""

    def refused(self, changed: Sequence[Path], reasons: Sequence[str]) -> None:
        """Show why what was running goes on."""


class Reload:
    """Watches a template and its files, and updates the stack when they change.

    Parameters
    ----------
    check
        Looks at the template first: CloudFormation takes schemas and code here that AWS would refuse.
    done
        Called after each update with the template that is running now.
    """

    def __init__(
        self,
        template: Path,
        target: Target,
        local: LocalCloud,
        told: Told,
        *,
        check: Check,
        done: Callable[[dict[str, Json], Redeployed], None],
    ) -> None:
        self._template = template.resolve()
        self._target = target
        self._local = local
        self._told = told
        self._check = check
        self._done = done
        self._files: set[Path] = set()

    async def follow(self, document: dict[str, Json]) -> None:
        """Watch for ever; cancel to end. ``document`` is the template that is running."""
        self._files = self._named(document)
        async for changed in changes(lambda: self._files):
            begun = time.monotonic()
            try:
                document, done = await self._update()
            except Refused as refused:
                self._told.refused(changed, refused.reasons)
            except (
                TemplateError, DeployError, RequestError, PortTaken, ClientError, BotoCoreError, OSError,
            ) as error:  # fmt: skip
                self._told.refused(changed, [str(error)])
            else:
                self._done(document, done)
                self._told.reloaded(changed, done, time.monotonic() - begun)

    async def _update(self) -> tuple[dict[str, Json], Redeployed]:
        document = await asyncio.to_thread(read_template, self._template)
        # Also when it is refused: what it names now is where the mistake may be mended.
        self._files = self._named(document)
        reasons = await asyncio.to_thread(self._check, document, self._template)
        if reasons:
            raise Refused(reasons)
        return document, await self._local.redeploy(document, self._target)

    def _named(self, document: dict[str, Json]) -> set[Path]:
        """Return the files to watch. Folders of functions are live by themselves, but not as artefacts."""
        found = {
            file.path
            for file in local_files(document, self._target.base)
            if not (file.zipped and self._target.live_sources)
        }
        return {self._template, *found}


class Refused(Exception):
    """A template that is not taken over."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
