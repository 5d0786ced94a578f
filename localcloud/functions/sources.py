"""Where a function's code lies on this machine, and whether it has changed."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import io
import os
import shutil
import tempfile
import time
import zipfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from localcloud.functions.control import ControlPlane
from localcloud.functions.errors import EngineUnavailable
from localcloud.functions.model import FunctionDefinition, SourceTree
from localcloud.lambda_rules import is_bootstrapped, node_version


class WrongPackage(Exception):
    """A download is not what its hash says: the engine keeps no packages of older versions."""


class Artefacts:
    """Deployed code and layers, downloaded once per content into a folder that goes with the service."""

    def __init__(
        self, control: ControlPlane, foreign_layer: Callable[[str], Path | None] = lambda _arn: None
    ) -> None:
        self._control = control
        self._foreign_layer = foreign_layer
        self._root: Path | None = None
        self._folders: dict[str, asyncio.Task[Path]] = {}

    async def tree(self, function: FunctionDefinition) -> SourceTree:
        """Return the folders of a function's artefact and of its layers.

        Raises
        ------
        EngineUnavailable
            When one of them cannot be downloaded, or is no zip file.
        """
        try:
            code = await self._folder(function.code_sha256, lambda: self._download_code(function))
            layers = [await self._layer(arn) for arn in function.layers]
        except (ClientError, BotoCoreError, OSError, WrongPackage, zipfile.BadZipFile) as error:
            raise EngineUnavailable(function.name, error) from error
        return SourceTree(code, tuple(layers))

    async def _download_code(self, function: FunctionDefinition) -> bytes:
        archive = await self._control.download(function.code_location)
        if base64.b64encode(hashlib.sha256(archive).digest()).decode() != function.code_sha256:
            raise WrongPackage(
                f"the package of version {function.version} is not the one it was published with"
            )
        return archive

    async def _layer(self, arn: str) -> Path:
        foreign = await asyncio.to_thread(self._foreign_layer, arn)
        if foreign is not None:
            return foreign
        # A layer version never changes, so its ARN stands for its content.
        return await self._folder(arn, lambda: self._download_layer(arn))

    async def _download_layer(self, arn: str) -> bytes:
        return await self._control.download(await self._control.layer_location(arn))

    async def _folder(self, identity: str, download: Callable[[], Awaitable[bytes]]) -> Path:
        task = self._folders.get(identity)
        if task is None or (task.done() and (task.cancelled() or task.exception() is not None)):
            task = asyncio.get_running_loop().create_task(self._unpack(identity, download))
            self._folders[identity] = task
        return await asyncio.shield(task)

    async def _unpack(self, identity: str, download: Callable[[], Awaitable[bytes]]) -> Path:
        archive = await download()
        name = base64.b32encode(hashlib.sha256(identity.encode()).digest())[:16].decode().lower()
        if self._root is None:
            self._root = Path(tempfile.mkdtemp(prefix="localcloud-functions-"))
        return await asyncio.to_thread(unpack, archive, self._root / name)

    def remove(self) -> None:
        """Remove everything that was downloaded."""
        for task in self._folders.values():
            task.cancel()
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)


def unpack(archive: bytes, folder: Path) -> Path:
    """Unzip a deployment package, with the file modes that it carries."""
    with zipfile.ZipFile(io.BytesIO(archive)) as zipped:
        for entry in zipped.infolist():
            # ZipFile.extract takes leading slashes and ".." out of the names.
            path = Path(zipped.extract(entry, folder))
            mode = (entry.external_attr >> 16) & 0o777
            if mode and not entry.is_dir():
                path.chmod(mode | 0o400)
    folder.mkdir(exist_ok=True)  # an empty package is still a folder
    return folder


class EditWatch:
    """Notices changes of a source folder, looking at most every so many seconds."""

    def __init__(self, scan_seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._scan_seconds = scan_seconds
        self._clock = clock
        self._cached: dict[tuple[Path, Code], tuple[float, str]] = {}
        self._stamps: dict[tuple[Path, Code], dict[str, Stamp]] = {}

    def fingerprint(self, tree: SourceTree, runtime: str = "") -> str:
        """Return a text that is another one once a file of code in the tree is another one.

        Code is JavaScript and JSON for Node.js, every file where an executable is the runtime, else Python.
        """
        code = NODE if node_version(runtime) else EVERY if is_bootstrapped(runtime) else PYTHON
        return "-".join(self._of(folder, code) for folder in (tree.code, *tree.layers))

    def _of(self, folder: Path, code: Code) -> str:
        now = self._clock()
        key = (folder, code)
        cached = self._cached.get(key)
        # A layer of hundreds of files holds packages, and is looked at more rarely than a person's own code.
        if cached is not None and now - cached[0] < self._scan_seconds * max(
            1, len(self._stamps[key]) / MANY
        ):
            return cached[1]
        if cached is not None and _same(self._stamps[key]):
            self._cached[key] = (now, cached[1])
            return cached[1]
        stamps = self._stamps[key] = stamps_of(folder, code)
        digest = hashlib.blake2b(digest_size=12)
        for path, stamp in sorted(stamps.items()):
            if path.endswith(code) or (code is NODE and path.endswith(PACKAGES)):
                digest.update(f"{path}\0{stamp}\0".encode())
        value = digest.hexdigest()
        self._cached[key] = (now, value)
        return value


Stamp = tuple[int, int, int]
Code = tuple[str, ...]
# By which endings a language's code is known. npm's folder of packages counts as one file: it changes when
# packages are added or taken away.
PYTHON: Code = (".py",)
NODE: Code = (".js", ".mjs", ".cjs", ".json", ".ts", ".mts", ".cts", ".tsx")
EVERY: Code = ("",)
PACKAGES = "node_modules"
# A folder that changed so lately may change once more without another time.
UNSETTLED_NS = 50_000_000
MANY = 100


def _stamp(stat: os.stat_result) -> Stamp:
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def _same(stamps: Mapping[str, Stamp]) -> bool:
    """Return whether nothing changed: far cheaper than to look for files again."""
    try:
        return all(_stamp(os.stat(path)) == stamp for path, stamp in stamps.items())  # noqa: PTH116 - as below
    except OSError:
        return False


def stamps_of(folder: Path, code: Code = PYTHON) -> dict[str, Stamp]:
    """Return every file of code and every folder below ``folder``, through linked folders too."""
    stamps: dict[str, Stamp] = {}
    pending = [str(folder)]
    visited: set[tuple[int, int]] = set()  # a link may lead back up
    while pending:
        here = pending.pop()
        try:
            stat = os.stat(here)  # noqa: PTH116 - hundreds of files between two invocations: no Path objects
            entries = list(os.scandir(here))
        except OSError:
            continue  # it was removed just now
        if (stat.st_dev, stat.st_ino) in visited:
            continue
        visited.add((stat.st_dev, stat.st_ino))
        stamps[here] = _stamp(stat) if time.time_ns() - stat.st_mtime_ns > UNSETTLED_NS else (0, 0, 0)
        if code is NODE and here.endswith(PACKAGES):
            continue
        for entry in entries:
            if entry.name == "__pycache__" or entry.name.startswith("."):
                continue
            try:
                if entry.is_dir():
                    pending.append(entry.path)
                elif entry.name.endswith(code):
                    stamps[entry.path] = _stamp(entry.stat())
            except OSError:
                continue
    return stamps
