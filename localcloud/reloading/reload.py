"""Keeps a running stack at what its template and the template's files say."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.appsync.errors import RequestError
from localcloud.deploying.deployment import DeploymentTarget, Planned
from localcloud.deploying.planning import check_parameters
from localcloud.lifecycle.cloud import LocalCloud, Redeployed
from localcloud.network.ports import PortTaken
from localcloud.reloading.watch import Snapshot, changes
from localcloud.stack.buckets import read_local
from localcloud.stack.deploy import DeployError
from localcloud.stack.files import local_files
from localcloud.stack.fragments import source_files
from localcloud.stack.parameters import UsageError
from localcloud.stack.snippets import snippet_files
from localcloud.stack.template import Json, TemplateError

Check = Callable[[Planned, Path], Sequence[str]]
"""Returns what keeps a template from being taken over, one sentence each."""


class Reporter(Protocol):
    """Shows what a change came to: the console."""

    def reloaded(self, changed: Sequence[Path], done: Redeployed, seconds: float) -> None:
        """Show that it is live."""

    def refused(self, changed: Sequence[Path], reasons: Sequence[str]) -> None:
        """Show why what ran before stays."""


class WatchedTemplate:
    """A template that may change, and how it and its files were before they were last read.

    Parameters
    ----------
    path
        The template.
    target
        What it is deployed as: from there its paths start.
    """

    def __init__(self, path: Path, target: DeploymentTarget) -> None:
        self.path = path.resolve()
        self.target = target
        self.snapshot = Snapshot.of([self.path])

    async def read(self) -> dict[str, Json]:
        """Return the template as it is now; its files are to be read after this, not before.

        Raises
        ------
        TemplateError
        """
        self.snapshot = self.snapshot.again()
        document = await asyncio.to_thread(read_local, self.path, self.target.values)
        # Also when it is refused: what it names now is where the mistake may be mended.
        own = {*source_files(self.path), *snippet_files(self.path)}
        self.snapshot = self.snapshot.narrowed(own | self._files(document))
        return document

    def _files(self, document: dict[str, Json]) -> set[Path]:
        """Return the files to watch. Folders of functions are live by themselves, but not as artefacts."""
        files = local_files(document, self.target.base, self.target.values)
        artefacts = {file.path for file in files if not (file.zipped and self.target.live_sources)}
        return artefacts.union(*(file.inputs for file in files))


class WatchedTemplates:
    """Templates that are deployed in order, as one.

    Parameters
    ----------
    templates
        At least one.
    """

    def __init__(self, templates: Sequence[WatchedTemplate]) -> None:
        self.templates = templates
        self.snapshot = self._whole()

    @property
    def paths(self) -> list[Path]:
        """Their files."""
        return [template.path for template in self.templates]

    async def read(self) -> list[Planned]:
        """Return the templates as they are now, with the parameters that each declares.

        Raises
        ------
        TemplateError, UsageError
        """
        try:
            read = [Planned(await each.read(), each.target) for each in self.templates]
        finally:
            self.snapshot = self._whole()
        return check_parameters(read, self.paths)

    def _whole(self) -> Snapshot:
        files = [template.snapshot.files for template in self.templates]
        return Snapshot({path: stamps for each in files for path, stamps in each.items()})


class Reload:
    """Watches templates and their files, and updates the stacks when they change.

    Parameters
    ----------
    templates
        Read already: what they were read as is what runs.
    check
        Looks at the template first: CloudFormation takes schemas and code here that AWS would refuse.
    done
        Called after each update with the templates that are running now.
    """

    def __init__(
        self,
        templates: WatchedTemplates,
        local: LocalCloud,
        reporter: Reporter,
        *,
        check: Check,
        done: Callable[[Sequence[Planned], Redeployed], None],
    ) -> None:
        self._templates = templates
        self._local = local
        self._reporter = reporter
        self._check = check
        self._done = done

    async def follow(self) -> None:
        """Watch for ever; cancel to end."""
        async for changed in changes(lambda: self._templates.snapshot):
            started = time.monotonic()
            try:
                planned, done = await self._update()
            except ReloadRefused as refused:
                self._reporter.refused(changed, refused.reasons)
            except (
                TemplateError, UsageError, DeployError, RequestError, PortTaken, ClientError, BotoCoreError,
                OSError,
            ) as error:  # fmt: skip
                self._reporter.refused(changed, [str(error)])
            else:
                self._done(planned, done)
                self._reporter.reloaded(changed, done, time.monotonic() - started)

    async def _update(self) -> tuple[list[Planned], Redeployed]:
        planned = await self._templates.read()
        for each, path in zip(planned, self._templates.paths, strict=True):
            reasons = await asyncio.to_thread(self._check, each, path)
            if reasons:
                raise ReloadRefused(reasons)
        return planned, await self._local.redeploy(planned)


class ReloadRefused(Exception):
    """A template that is not applied."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons
